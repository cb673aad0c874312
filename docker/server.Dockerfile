# The server: one static file on an empty image. Build from the top of the checkout:
#   docker build -f docker/server.Dockerfile -t roadbook-server .
FROM golang:1.26.8-bookworm AS build
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY schema schema
COPY sync sync
COPY server server
# The moment of the release, RFC 3339: a server whose clock shows an earlier one says that it is wrong.
ARG RELEASE
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags="-s -w -X main.release=$RELEASE" -o /image/server ./server
RUN mkdir -p /image/etc/ssl/certs /owned/data /owned/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && chmod 700 /owned/data /owned/tmp

# The time zones are in the program (time/tzdata); of a system it needs certificates, and two folders to write in.
FROM scratch
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /owned/ /
USER 65532:65532
VOLUME /data
ENV ROADBOOK_DATA=/data ROADBOOK_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/server"]
CMD ["serve"]
