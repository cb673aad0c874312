package api

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// drill answers a drill-down into a figure.
func (a *API) drill(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		ask := query.DrillQuestion{
			Year: c.Query("year"), At: c.Query("at"), Unit: schema.CleanName(c.Query("unit")),
			Row: c.Query("row"), Measure: c.Query("measure"), After: c.Query("after"),
		}
		if text := c.Query("limit"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n == 0 {
				return nil, badRequest("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
			}
			ask.Limit = n
		}
		return a.cfg.Query.Drill(ctx, ask)
	})
}

// completeness lists the expected deliveries.
func (a *API) completeness(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		return a.cfg.Query.Completeness(ctx, query.Question{Year: c.Query("year"), At: c.Query("at"), Unit: schema.CleanName(c.Query("unit"))})
	})
}

// silent names the devices that have not been heard from.
func (a *API) silent(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		return a.cfg.Query.Silent(ctx, c.Query("at"), schema.CleanName(c.Query("unit")))
	})
}

// units lists the units to choose from.
func (a *API) units(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		var at clock.Day
		if text := c.Query("at"); text != "" {
			var err error
			if at, err = query.ReadDay(text); err != nil {
				return nil, err
			}
		}
		units, err := a.cfg.Query.Units(ctx, at)
		return fiber.Map{"units": units}, err
	})
}
