package api

import (
	"context"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// bundleTime bounds the import of one bundle, which may hold a season's work.
const bundleTime = 10 * time.Minute

// ByCertificate finds a bundle's device by the bundle's certificate.
func ByCertificate(a *auth.Auth) ingest.ByCertificate {
	return func(ctx context.Context, certificate string) (ingest.Device, error) {
		d, err := a.ByCertificate(ctx, certificate)
		if err != nil {
			return ingest.Device{}, err
		}
		d, news, err := a.Reconcile(ctx, d, certificate)
		return ingestDevice(&d, d.Revoked != 0, news), err
	}
}

// ingestDevice converts a device to the write path's type. news is a move that the device has not heard of.
func ingestDevice(d *auth.Device, deposit bool, news *wire.Moved) ingest.Device {
	return ingest.Device{ID: d.ID, Key: d.Key, Unit: d.Unit, Earlier: d.Earlier, Role: d.Role, Deposit: deposit, Moved: news}
}

// bundle imports a device's bundle, uploaded by HQ, and returns the answer file: within JSON, or as a file where Accept
// asks for one. A bundle counts as a sync for the bound on syncs at once.
func (a *API) bundle(c *fiber.Ctx, who *auth.Principal) error {
	leave, err := a.syncs.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := a.within(bundleTime)
	defer cancel()
	in, err := a.cfg.Ingest.Bundle(ctx, c.Request().Body(), ByCertificate(a.cfg.Auth))
	if err != nil {
		return err
	}
	a.cfg.Log.Info("bundle imported", "request", requestID(c), "user", who.User, "device", in.Device,
		"created", in.Created, "exists", in.Exists, "quarantined", in.Quarantined)
	if !wantsFile(c.Get(fiber.HeaderAccept)) {
		return c.JSON(in)
	}
	said := url.Values{"device": {in.Device}, "unit": {in.Unit}, "created": {decimal(in.Created)}, "exists": {decimal(in.Exists)},
		"quarantined": {decimal(in.Quarantined)}, "fork": {decimal(in.Forked)}}
	if in.Refused != nil {
		said.Set("refused", in.Refused.Code)
	}
	c.Set("X-Bundle", said.Encode()) // a unit's name may be any text
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+in.Device+`.rbk.answer"`)
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	return c.Send(in.Answer)
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// wantsFile reports whether an Accept header names application/octet-stream above JSON. A header without that name,
// with patterns, or without sense asks for JSON.
func wantsFile(accept string) bool {
	var file, other float64
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, said := params["q"]; said {
			if quality, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch name {
		case fiber.MIMEOctetStream:
			file = max(file, quality)
		case fiber.MIMEApplicationJSON:
			other = max(other, quality)
		}
	}
	return file > other
}
