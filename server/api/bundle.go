package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/ingest"
)

// bundleTime bounds the taking in of one bundle: it may hold a season's work.
const bundleTime = 10 * time.Minute

// ByCertificate finds the device that a bundle's certificate speaks of.
func ByCertificate(a *auth.Auth) ingest.ByCertificate {
	return func(ctx context.Context, certificate string) (ingest.Device, error) {
		d, err := a.ByCertificate(ctx, certificate)
		return ingestDevice(&d, d.Revoked != 0), err
	}
}

// ingestDevice is a device as the write path knows it.
func ingestDevice(d *auth.Device, deposit bool) ingest.Device {
	return ingest.Device{ID: d.ID, Key: d.Key, Unit: d.Unit, Role: d.Role, Deposit: deposit}
}

// bundle takes in a device's bundle that someone of HQ has been handed, and gives the answer's file back. It counts as
// a sync: few at a time.
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
