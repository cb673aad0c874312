package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/query"
)

func (a *API) devices(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		ds, err := a.cfg.Auth.Devices(ctx)
		return fiber.Map{"devices": ds}, err
	})
}

func (a *API) revoke(c *fiber.Ctx, who *auth.Principal) error {
	unseen, err := query.Flag("unseen", c.Query("unseen"))
	if err != nil {
		return err
	}
	return a.read(c, func(ctx context.Context) (any, error) {
		revoke := a.cfg.Auth.Revoke
		if unseen {
			revoke = a.cfg.Auth.RevokeUnknown
		}
		d, err := revoke(ctx, c.Params("id"), who.User)
		if err == nil {
			a.cfg.Log.Info("device revoked", "device", d.ID, "user", who.User)
		}
		return d, err
	})
}

// moveRequest names the unit to which a device is given.
type moveRequest struct {
	Unit string `json:"unit"` // code, or name in the register
	New  bool   `json:"new"`  // the unit is new, or ended and is in use again
}

func (a *API) move(c *fiber.Ctx, who *auth.Principal) error {
	var in moveRequest
	if err := readStrictJSON(c, &in); err != nil {
		return err
	}
	return a.read(c, func(ctx context.Context) (any, error) {
		unit, err := a.findUnit(ctx, in.Unit, in.New)
		if err != nil {
			return nil, err
		}
		d, err := a.cfg.Auth.Move(ctx, schema.CleanName(c.Params("id")), unit.Code, who.User)
		if err == nil {
			a.cfg.Log.Info("device moved", "device", d.ID, "unit", d.Unit, "earlier", d.Earlier, "user", who.User)
		}
		return d, err
	})
}
