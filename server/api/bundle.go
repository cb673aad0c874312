package api

import (
	"context"
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

// bundle imports a device's bundle, uploaded by HQ, and returns the answer file. A bundle counts as a sync for the
// bound on syncs at once.
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
	return c.JSON(in)
}
