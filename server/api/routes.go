package api

import (
	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// access says who may use a route.
type access int

const (
	anyone  access = iota
	device         // an enrolled device, a revoked one too
	looking        // every user
	acting         // HQ and administrators
	admins
)

// route is one row of the table of routes. who is nil where anyone may ask.
type route struct {
	method, path string
	access       access
	handle       func(c *fiber.Ctx, who *auth.Principal) error
}

func (a *API) routes() []route {
	return []route{
		{fiber.MethodGet, "/healthz", anyone, a.healthy},
		{fiber.MethodGet, "/readyz", anyone, a.ready},
		{fiber.MethodGet, "/metrics", anyone, a.metrics},

		{fiber.MethodPost, "/v1/enroll", anyone, a.enroll},
		{fiber.MethodPost, "/v1/nonce", anyone, a.nonce},
		{fiber.MethodPost, "/v1/token", anyone, a.token},
		{fiber.MethodPost, "/v1/sync", device, a.sync},

		{fiber.MethodPost, "/v1/signin", anyone, a.signIn},
		{fiber.MethodGet, "/v1/indicators", looking, a.indicators},
		{fiber.MethodGet, "/v1/drill", looking, a.drill},
		{fiber.MethodGet, "/v1/completeness", looking, a.completeness},
		{fiber.MethodGet, "/v1/units", looking, a.units},
		{fiber.MethodGet, "/v1/records/:id", looking, a.record},
		{fiber.MethodGet, "/v1/quarantine", looking, a.quarantine},
		{fiber.MethodPost, "/v1/acts", acting, a.act},
		{fiber.MethodPost, "/v1/bundles", acting, a.bundle},
		{fiber.MethodPost, "/v1/imports", acting, a.importTable},
		{fiber.MethodGet, "/v1/imports", acting, a.importRuns},
		{fiber.MethodPost, "/v1/imports/:run/undo", acting, a.undoImport},
		{fiber.MethodGet, "/v1/export/observations", acting, a.exportObservations},
		{fiber.MethodGet, "/v1/export/records", acting, a.exportRecords},
		{fiber.MethodGet, "/v1/reports/selfevaluation", acting, a.selfEvaluation},

		{fiber.MethodGet, "/v1/devices", admins, a.devices},
		{fiber.MethodPost, "/v1/devices/:id/revoke", admins, a.revoke},
		{fiber.MethodPost, "/v1/codes", admins, a.newCode},
	}
}

func (a *API) register() {
	for _, r := range a.routes() {
		a.app.Add(r.method, r.path, a.guarded(r))
	}
}

// guarded checks who asks before the handler sees the request.
func (a *API) guarded(r route) fiber.Handler {
	if r.access == anyone {
		return func(c *fiber.Ctx) error {
			if err := a.bring(c, strangerLimit, nil); err != nil {
				return err
			}
			return r.handle(c, nil)
		}
	}
	return func(c *fiber.Ctx) error {
		token, ok := bearer(c)
		if !ok {
			return wire.Refuse(wire.CodeUnauthorized, "")
		}
		ctx, cancel := a.within(a.cfg.ReadTime)
		defer cancel()
		who, err := a.cfg.Auth.Verify(ctx, token)
		if err != nil {
			return err
		}
		c.Locals(localWho, who)
		a.known(c)
		if !r.access.allows(who) {
			return wire.Refuse(wire.CodeForbidden, "")
		}
		if err := a.turnedAway(r); err != nil {
			return err
		}
		if err := a.bring(c, a.mayBring(r), who); err != nil {
			return err
		}
		return r.handle(c, who)
	}
}

// mayBring bounds what one who was let in may send, in bytes.
func (a *API) mayBring(r route) int {
	switch r.path {
	case "/v1/sync":
		return a.cfg.Ingest.Limits().Hard
	case "/v1/bundles":
		return wire.MaxBundle
	case "/v1/imports":
		return maxTable
	}
	return jsonLimit
}

// turnedAway says busy before the body is read. Who slips through is told after it.
func (a *API) turnedAway(r route) error {
	if r.access == device && (a.closing.Load() || len(a.syncs) == cap(a.syncs)) {
		return wire.Refuse(wire.CodeBusy, "")
	}
	return nil
}

func (x access) allows(who *auth.Principal) bool {
	if x == device {
		return who.Device != nil
	}
	if who.User == "" {
		return false
	}
	switch who.Role {
	case auth.RoleAdmin:
		return true
	case auth.RoleHQ:
		return x != admins
	case auth.RoleViewer:
		return x == looking
	}
	return false
}
