package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

const (
	headerRequestID = "X-Request-Id"
	localRequest    = "request"
	localWho        = "who"
)

// observe wraps every request: an id, a log line, metrics, and panics turned into internal errors.
func (a *API) observe(c *fiber.Ctx) error {
	a.inFlight.Add(1)
	defer a.inFlight.Add(-1)
	if a.closing.Load() || a.conns.crowded() {
		c.Response().SetConnectionClose()
	}
	room := a.resolveForwarded(c)
	began := a.cfg.Now()
	id := uuid.NewString()
	c.Locals(localRequest, id)
	c.Set(headerRequestID, id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
	err := error(wire.Refuse(wire.CodeBusy, ""))
	if room {
		err = callNext(c)
	}
	if err != nil {
		if err = a.refuse(c, err); err != nil {
			return err
		}
	}
	took := a.cfg.Now().Sub(began)
	a.meter.request(c, took)
	a.logRequest(c, took)
	return nil
}

var errPanic = errors.New("panic")

func callNext(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, r, debug.Stack())
		}
	}()
	return c.Next()
}

func (a *API) logRequest(c *fiber.Ctx, took time.Duration) {
	status := c.Response().StatusCode()
	level := slog.LevelDebug
	if status >= 500 && status != fiber.StatusServiceUnavailable {
		level = slog.LevelWarn
	}
	if !a.cfg.Log.Enabled(context.Background(), level) {
		return
	}
	a.cfg.Log.Log(context.Background(), level, "request", "id", requestID(c), "method", c.Method(), "path", c.Path(),
		"status", status, "took", took, "from", c.IP(), "who", whoIs(c))
}

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(localRequest).(string)
	return id
}

func whoIs(c *fiber.Ctx) string {
	who, ok := c.Locals(localWho).(*auth.Principal)
	switch {
	case !ok:
		return ""
	case who.Device != nil:
		return who.Device.ID
	}
	return who.User
}

// bearer returns the request's token.
func bearer(c *fiber.Ctx) (string, bool) {
	scheme, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// within gives one request's work its deadline. A closed connection does not cancel the work: Fiber does not report
// one.
func (a *API) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}
