package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// healthy: the process lives and answers.
func (a *API) healthy(c *fiber.Ctx, _ *auth.Principal) error {
	return c.JSON(fiber.Map{"status": "ok"})
}

// readyTime is how long the store may take to answer before the server counts as not ready.
const readyTime = 3 * time.Second

// ready: the store answers, and the server is not about to stop.
func (a *API) ready(c *fiber.Ctx, _ *auth.Principal) error {
	if a.closing.Load() {
		return wire.Refuse(wire.CodeBusy, "stopping")
	}
	ctx, cancel := a.within(readyTime)
	defer cancel()
	version, err := a.cfg.Store.CountedBy(ctx)
	if err != nil {
		a.cfg.Log.Warn("not ready", "err", err)
		return wire.Refuse(wire.CodeBusy, "store")
	}
	said := fiber.Map{"status": "ready", "catalogue": version}
	if a.cfg.Warnings != nil {
		if ws := a.cfg.Warnings(); len(ws) > 0 {
			said["warnings"] = ws
		}
	}
	return c.JSON(said)
}
