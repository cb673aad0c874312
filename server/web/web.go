// Package web is HQ's pages: what the server knows, as a person reads and prints it. The pages are made on
// the server, work without JavaScript and fetch nothing from elsewhere. Where scripts run, an open page follows the
// figures: it asks whether anything was counted, at whichever server, and then for itself anew (assets/live.js).
//
// It promises: the figures are query's, formatted and never computed anew; a figure that is not there is a
// word with its reason, never 0; a colour never stands alone; sensitive values come masked; pages with data
// are shown to those who may look (viewers, HQ, administrators), are not cached, and a form is taken only
// from a page of this server. Chinese first, English beside it; the source's own words stay Chinese.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Reader answers what the pages ask. *query.Query is one.
type Reader interface {
	Indicators(ctx context.Context, ask query.Question) (*query.Indicators, error)
	Drill(ctx context.Context, ask query.DrillQuestion) (*query.Drill, error)
	Trail(ctx context.Context, id string) (*query.Trail, error)
	Units(ctx context.Context, at clock.Day) ([]query.Unit, error)
	Completeness(ctx context.Context, ask query.Question) (*query.CompletenessTable, error)
	Catalogue(year int) (*catalogue.Catalogue, error)
}

// Authenticator signs users in. *auth.Auth is one.
type Authenticator interface {
	SignIn(ctx context.Context, from, name, password string) (*auth.Session, error)
	Verify(ctx context.Context, token string) (*auth.Principal, error)
}

// Config is what the pages stand on.
type Config struct {
	Query      Reader
	Auth       Authenticator
	Schema     *schema.Schema
	Catalogues []*catalogue.Catalogue
	Now        func() time.Time
	Log        *slog.Logger
	ReadTime   time.Duration // of one page's questions; 0 = 20 s
	// State names what was counted so far: it changes when that does. nil: pages stay as they are.
	State func(context.Context) (string, error)
	// Warnings are what HQ should see to though the server goes on. nil: nothing.
	Warnings func() []schema.Text
}

// Web makes the pages.
type Web struct {
	cfg       Config
	host      Host
	templates map[string]templateSet // by language
}

// Host is what the server around the pages lends them. It brings in the forms' bodies, small ones only.
type Host struct {
	Enter   func() (leave func(), err error) // bounds how many questions are asked at once
	Refusal func(error) *wire.Error          // the table from error to refusal
	Known   func(c *fiber.Ctx)               // hears that a request came from one who may look
}

// New makes the pages; an error is a fault in their templates.
func New(cfg Config) (*Web, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.ReadTime == 0 {
		cfg.ReadTime = 20 * time.Second
	}
	sets, err := parse()
	return &Web{cfg: cfg, templates: sets}, err
}

// Mount adds the pages' routes behind those of the server, and shows a browser an address that is none as a page.
func (w *Web) Mount(app fiber.Router, host Host) {
	w.host = host
	app.Use(w.notFoundPage)
	app.Get("/", func(c *fiber.Ctx) error { return c.Redirect("/overview", http.StatusSeeOther) })
	app.Get("/assets/:name", asset)
	app.Get("/live", w.liveState)
	app.Get("/signin", w.public(w.signInPage))
	app.Post("/signin", w.public(w.signIn))
	app.Post("/signout", w.public(w.signOut))
	app.Get("/overview", w.guarded(w.overview))
	app.Get("/projects/:code", w.guarded(w.project))
	app.Get("/projects/:code/sheet", w.guarded(w.sheet))
	app.Get("/indicators/:id", w.guarded(w.indicator))
	app.Get("/records/:id", w.guarded(w.record))
	app.Get("/reports", w.guarded(w.reports))
	app.Get("/budgets", w.guarded(w.budgets))
	app.Get("/targets", w.guarded(w.targets))
}
