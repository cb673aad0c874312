package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/sync/wire"
)

// liveTime bounds one answer to an open page.
const liveTime = 5 * time.Second

// recordState notes the state of the counts before the page is made: a change while the page is being made then
// counts as new. On an error the page does not follow the figures.
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

// liveState returns the state of the counts to a page's script. A user without access is refused, not redirected to
// the sign-in.
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
