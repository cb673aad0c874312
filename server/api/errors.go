package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// causes is the table from error to refusal code; wire's table gives each code its status. A *wire.Error is its own
// refusal, and an unlisted error is an internal one.
var causes = []struct {
	is   error
	code string
}{
	{store.ErrNotFound, wire.CodeNotFound},
	{store.ErrExists, wire.CodeConflict},
	{store.ErrConflict, wire.CodeConflict},
	{ingest.ErrNoGroup, wire.CodeConflict},
	{store.ErrUnavailable, wire.CodeBusy},
	{store.ErrFull, wire.CodeBusy},
	{store.ErrGone, wire.CodeBusy},
	{store.ErrDenied, wire.CodeBusy},
	{context.DeadlineExceeded, wire.CodeTimeout},
	{context.Canceled, wire.CodeBusy},
}

// statuses is the same table for Fiber's own refusals.
var statuses = map[int]string{
	http.StatusNotFound:                    wire.CodeNotFound,
	http.StatusMethodNotAllowed:            wire.CodeNotAcceptable,
	http.StatusRequestEntityTooLarge:       wire.CodeTooLarge,
	http.StatusUnsupportedMediaType:        wire.CodeBadEncoding,
	http.StatusUnprocessableEntity:         wire.CodeBadRequest,
	http.StatusBadRequest:                  wire.CodeBadRequest,
	http.StatusRequestHeaderFieldsTooLarge: wire.CodeBadRequest,
	http.StatusRequestTimeout:              wire.CodeTimeout,
}

// retryAfter is the minimum delay before a refused client should ask again, in seconds, by code.
var retryAfter = map[string]int{wire.CodeBusy: 2, wire.CodeTooMany: 20}

func refusalOf(err error) *wire.Error {
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		return refusal
	}
	for _, c := range causes {
		if errors.Is(err, c.is) {
			return wire.Refuse(c.code, "")
		}
	}
	if f, ok := errors.AsType[*fiber.Error](err); ok {
		if code, ok := statuses[f.Code]; ok {
			return wire.Refuse(code, "")
		}
	}
	return wire.Refuse(wire.CodeInternal, "")
}

// needsOperator reports whether err lasts until a person acts.
func needsOperator(err error) bool {
	return errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrDenied)
}

// refuse is Fiber's error handler: it sends a refusal.
func (a *API) refuse(c *fiber.Ctx, err error) error {
	r := refusalOf(err)
	if missing, ok := errors.AsType[*query.NoCatalogue](err); ok && askedByHQ(c) {
		r = missing.ForHQ()
	}
	if r.Code == wire.CodeInternal || needsOperator(err) {
		a.cfg.Log.Error("internal error", "request", requestID(c), "path", c.Path(), "err", err)
	}
	if s, ok := retryAfter[r.Code]; ok && c.GetRespHeader(fiber.HeaderRetryAfter) == "" {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(s))
	}
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	return c.Status(r.HTTP()).JSON(r)
}

// askedByHQ reports whether the request's user may publish.
func askedByHQ(c *fiber.Ctx) bool {
	who, ok := c.Locals(localWho).(*auth.Principal)
	return ok && who.Device == nil && (who.Role == auth.RoleHQ || who.Role == auth.RoleAdmin)
}
