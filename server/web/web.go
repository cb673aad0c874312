// Package web makes HQ's pages, for reading and printing. The pages are made on the server, work without JavaScript
// and load nothing from other servers. With JavaScript, an open page follows the figures: the page polls any of the
// servers for a change of the counts and then reloads its main part (assets/live.js).
//
// The package guarantees:
//
//   - Figures come from query, formatted and never recomputed.
//   - A missing figure is shown as a word with its reason, never as 0.
//   - Colour is never the only sign. Sensitive values are masked.
//   - Pages with data are shown only to viewers, HQ and administrators, and are not cached.
//   - A form is accepted only from a page of this server.
//
// Chinese comes first, with English beside; the source's own words stay Chinese.
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

// Reader answers the pages' questions. *query.Query implements Reader.
type Reader interface {
	Indicators(ctx context.Context, ask query.Question) (*query.Indicators, error)
	Drill(ctx context.Context, ask query.DrillQuestion) (*query.Drill, error)
	Trail(ctx context.Context, id string) (*query.Trail, error)
	Units(ctx context.Context, at clock.Day) ([]query.Unit, error)
	Completeness(ctx context.Context, ask query.Question) (*query.CompletenessTable, error)
	Catalogue(year int) (*catalogue.Catalogue, error)
	Years() []int
}

// Authenticator signs users in. *auth.Auth implements Authenticator.
type Authenticator interface {
	SignIn(ctx context.Context, from, name, password string) (*auth.Session, error)
	Verify(ctx context.Context, token string) (*auth.Principal, error)
}

// Config holds what the pages need.
type Config struct {
	Query    Reader
	Auth     Authenticator
	Schema   *schema.Schema
	Now      func() time.Time
	Log      *slog.Logger
	ReadTime time.Duration // all queries of one page; 0 = 20 s
	// State identifies the current counts: it changes whenever a count does. nil: pages do not follow the figures.
	State func(context.Context) (string, error)
	// Warnings returns conditions that need HQ's attention while the server runs on. nil: none.
	Warnings func() []schema.Text
}

// Web makes the pages.
type Web struct {
	cfg       Config
	host      Host
	templates map[string]templateSet // by language
}

// Host holds the functions of the server around the pages. The server also reads the forms' bodies, small ones only.
type Host struct {
	Enter   func() (leave func(), err error) // bounds the queries at once
	Refusal func(error) *wire.Error          // the table from error to refusal
	Known   func(c *fiber.Ctx)               // notes an authenticated request
}

// New makes the pages; an error means a fault in the templates.
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

// Mount adds the pages' routes after the server's routes, and makes unknown addresses a page for browsers.
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
