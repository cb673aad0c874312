package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/web"
	"roadbook/sync/wire"
)

// access is a route's access right.
type access int

const (
	accessAnyone access = iota
	accessDevice        // an enrolled device, revoked ones included
	accessView          // every user
	accessAct           // HQ and administrators
	accessAdmin
)

// route is one row of the table of routes. The argument who is nil on routes for anyone.
type route struct {
	method, path string
	access       access
	handle       func(c *fiber.Ctx, who *auth.Principal) error
	query        string // names of its parameters, with spaces between; all others are refused
}

func (a *API) routes() []route {
	return []route{
		{fiber.MethodGet, "/healthz", accessAnyone, a.health, ""},
		{fiber.MethodGet, "/readyz", accessAnyone, a.ready, ""},
		{fiber.MethodGet, "/metrics", accessAnyone, a.metrics, ""},

		{fiber.MethodPost, "/v1/enroll", accessAnyone, a.enroll, ""},
		{fiber.MethodPost, "/v1/nonce", accessAnyone, a.nonce, ""},
		{fiber.MethodPost, "/v1/token", accessAnyone, a.token, ""},
		{fiber.MethodPost, "/v1/sync", accessDevice, a.sync, ""},

		{fiber.MethodPost, "/v1/signin", accessAnyone, a.signIn, ""},
		{fiber.MethodGet, "/v1/indicators", accessView, a.indicators, "year at unit"},
		{fiber.MethodGet, "/v1/drill", accessView, a.drill, "year at unit row measure limit after"},
		{fiber.MethodGet, "/v1/completeness", accessView, a.completeness, "year at unit"},
		{fiber.MethodGet, "/v1/silent", accessAct, a.silent, "at unit"},
		{fiber.MethodGet, "/v1/units", accessView, a.units, "at"},
		{fiber.MethodGet, "/v1/records/:id", accessView, a.record, ""},
		{fiber.MethodGet, "/v1/quarantine", accessView, a.quarantine, "stream after limit released"},
		{fiber.MethodGet, "/v1/doubts", accessView, a.listDoubts, "code unit after open limit"},
		{fiber.MethodPost, "/v1/acts", accessAct, a.act, ""},
		{fiber.MethodPost, "/v1/bundles", accessAct, a.bundle, ""},
		{fiber.MethodPost, "/v1/imports", accessAct, a.importTable, ""},
		{fiber.MethodGet, "/v1/imports", accessAct, a.importRuns, ""},
		{fiber.MethodPost, "/v1/imports/:run/undo", accessAct, a.undoImport, ""},
		{fiber.MethodPost, "/v1/reconciliations", accessAct, a.reconcile, ""},
		{fiber.MethodGet, "/v1/export/observations", accessAct, a.exportObservations, "all"},
		{fiber.MethodGet, "/v1/export/records", accessAct, a.exportRecords, "unit kind near"},
		{fiber.MethodGet, "/v1/reports/selfevaluation", accessAct, a.selfEvaluation, "year at project format"},

		{fiber.MethodGet, "/v1/devices", accessAdmin, a.devices, ""},
		{fiber.MethodPost, "/v1/devices/:id/revoke", accessAdmin, a.revoke, "unseen"},
		{fiber.MethodPost, "/v1/devices/:id/move", accessAdmin, a.move, ""},
		{fiber.MethodPost, "/v1/codes", accessAdmin, a.newCode, ""},
	}
}

func (a *API) register() {
	for _, r := range a.routes() {
		a.app.Add(r.method, r.path, a.guarded(r))
	}
}

// guarded checks the names of parameters, authenticates and authorises before the handler sees the request.
func (a *API) guarded(r route) fiber.Handler {
	handle := a.authorised(r)
	known := strings.Fields(r.query)
	return func(c *fiber.Ctx) error {
		if err := web.CheckQuery(c, known...); err != nil {
			return err
		}
		return handle(c)
	}
}

func (a *API) authorised(r route) fiber.Handler {
	if r.access == accessAnyone {
		return func(c *fiber.Ctx) error {
			if err := a.readBody(c, strangerBodyLimit, nil); err != nil {
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
		a.markKnown(c)
		if !r.access.allows(who) {
			return wire.Refuse(wire.CodeForbidden, "")
		}
		if err := a.refuseIfBusy(r); err != nil {
			return err
		}
		if err := a.readBody(c, a.bodyLimit(r), who); err != nil {
			return err
		}
		return r.handle(c, who)
	}
}

// bodyLimit bounds an authenticated request's body, in bytes.
func (a *API) bodyLimit(r route) int {
	switch r.path {
	case "/v1/sync":
		return a.cfg.Ingest.Limits().Hard
	case "/v1/bundles":
		return wire.MaxBundle
	case "/v1/imports", "/v1/reconciliations":
		return maxTable
	}
	return jsonLimit
}

// refuseIfBusy refuses before the body is read. The gate refuses the rest, after reading.
func (a *API) refuseIfBusy(r route) error {
	if r.access == accessDevice && (a.closing.Load() || len(a.syncs) == cap(a.syncs)) {
		return wire.Refuse(wire.CodeBusy, "")
	}
	return nil
}

func (x access) allows(who *auth.Principal) bool {
	if x == accessDevice {
		return who.Device != nil
	}
	if who.User == "" {
		return false
	}
	switch who.Role {
	case auth.RoleAdmin:
		return true
	case auth.RoleHQ:
		return x != accessAdmin
	case auth.RoleViewer:
		return x == accessView
	}
	return false
}
