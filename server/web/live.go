package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/sync/wire"
)

// liveTime bounds one answer to a page that asks whether anything was counted.
const liveTime = 5 * time.Second

// recordState notes on a visit what was counted before its page is made: what comes while it is made is then something new.
// A page whose state can't be told stays as it is.
func (w *Web) recordState(v *pageRequest) {
	if w.cfg.State == nil {
		return
	}
	state, err := w.cfg.State(v.ctx)
	if err != nil {
		w.cfg.Log.Debug("the page will not follow", "path", v.c.Path(), "err", err)
		return
	}
	v.state = state
}

// liveState tells a page's script what was counted so far. Who may not look is refused, and not led to the sign-in.
func (w *Web) liveState(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.Background(), liveTime)
	defer cancel()
	if w.cfg.State == nil {
		return wire.Refuse(wire.CodeNotFound, "")
	}
	who, err := w.cfg.Auth.Verify(ctx, c.Cookies(cookieSession))
	if err != nil {
		return err
	}
	if !mayView(who) {
		return wire.Refuse(wire.CodeForbidden, "")
	}
	w.host.Known(c)
	state, err := w.cfg.State(ctx)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return c.Status(http.StatusOK).JSON(map[string]string{"state": state})
}
