# The client: one static file on an empty image. Build from the top of the checkout:
#   docker build -f docker/client.Dockerfile -t roadbook-client .
FROM golang:1.26.8-bookworm AS build
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY schema schema
COPY sync sync
COPY client client
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags='-s -w' -o /image/client ./client
RUN mkdir -p /image/etc/ssl/certs /owned/data /owned/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && chmod 700 /owned/data /owned/tmp

# /data holds the device's key and what has not been sent yet: keep the volume.
FROM scratch
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /owned/ /
USER 65532:65532
VOLUME /data
ENV ROADBOOK_DATA=/data
ENTRYPOINT ["/client"]
CMD ["status"]
