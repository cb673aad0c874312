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
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/doubts"
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
	Silent(ctx context.Context, at, unit string) (*query.SilentTable, error)
	Completeness(ctx context.Context, ask query.Question) (*query.CompletenessTable, error)
	Catalogue(year int) (*catalogue.Catalogue, error)
	Years() []int
	Recorded(ctx context.Context, year int) (int64, error)
	Selection(ctx context.Context, unit, kind string) (code, name string, err error)
	Summaries(ctx context.Context, ids []string) (map[string]schema.Text, error)
}

// Doubter tells the records with doubts. *doubts.Reader implements Doubter.
type Doubter interface {
	Status(ctx context.Context) (doubts.Status, error)
	Counts(ctx context.Context, unit string) ([]doubts.Count, error)
	List(ctx context.Context, q doubts.Question) ([]doubts.Record, string, error)
}

// Authenticator signs users in. *auth.Auth implements Authenticator.
type Authenticator interface {
	SignIn(ctx context.Context, from, name, password string) (*auth.Session, error)
	Verify(ctx context.Context, token string) (*auth.Principal, error)
}

// Config holds what the pages need.
type Config struct {
	Query    Reader
	Doubts   Doubter
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

// route is one row of the table of pages.
type route struct {
	method, path string
	handle       fiber.Handler
	query        string // names of its parameters, with spaces between; all others are refused
}

// questionQuery names the parameters of every page about a year.
const questionQuery = "lang year at unit was"

func (w *Web) routes() []route {
	return []route{
		{fiber.MethodGet, "/", toOverview, questionQuery},
		{fiber.MethodGet, "/assets/:name", asset, ""},
		{fiber.MethodGet, "/live", w.liveState, ""},
		{fiber.MethodGet, "/signin", w.public(w.signInPage), "lang next expired"},
		{fiber.MethodPost, "/signin", w.public(w.signIn), ""},
		{fiber.MethodPost, "/signout", w.public(w.signOut), ""},
		{fiber.MethodGet, home, w.guarded(w.overview), questionQuery},
		{fiber.MethodGet, "/projects/:code", w.guarded(w.project), questionQuery},
		{fiber.MethodGet, "/projects/:code/sheet", w.guarded(w.sheet), questionQuery + " format"},
		{fiber.MethodGet, "/indicators/:id", w.guarded(w.indicator), questionQuery + " measure after"},
		{fiber.MethodGet, "/records/:id", w.guarded(w.record, ofAnyYear), questionQuery},
		{fiber.MethodGet, doubtsPath, w.guarded(w.doubts, ofAnyYear), questionQuery + " code open after"},
		{fiber.MethodGet, "/reports", w.guarded(w.reports), questionQuery},
		{fiber.MethodGet, "/budgets", w.guarded(w.budgets), questionQuery},
		{fiber.MethodGet, "/targets", w.guarded(w.targets), questionQuery},
	}
}

// Mount adds the pages' routes after the server's routes, and makes unknown addresses a page for browsers.
func (w *Web) Mount(app fiber.Router, host Host) {
	w.host = host
	app.Use(w.notFoundPage)
	for _, r := range w.routes() {
		handle := w.checkQuery(r)
		if r.method == fiber.MethodGet {
			app.Get(r.path, handle) // and HEAD
		} else {
			app.Add(r.method, r.path, handle)
		}
	}
}

// checkQuery refuses parameters that the page does not know, to browsers by a page.
func (w *Web) checkQuery(r route) fiber.Handler {
	known := strings.Fields(r.query)
	return func(c *fiber.Ctx) error {
		err := CheckQuery(c, known...)
		switch {
		case err == nil:
			return r.handle(c)
		case r.path == "/live":
			return err
		}
		return w.public(func(*pageRequest) (page, error) { return page{}, err })(c)
	}
}

// CheckQuery refuses a request with a parameter of another name, or one twice.
func CheckQuery(c *fiber.Ctx, known ...string) error {
	var given []string
	c.Context().QueryArgs().VisitAll(func(name, _ []byte) { given = append(given, string(name)) })
	return query.CheckNames(schema.Text{ZH: "参数", EN: "parameter"}, given, known...)
}

// PathParam is a part of the address as a person wrote it: a router leaves %23 for #.
func PathParam(c *fiber.Ctx, name string) string {
	text, err := url.PathUnescape(c.Params(name))
	if err != nil {
		return c.Params(name)
	}
	return text
}

// toOverview keeps the address's parameters.
func toOverview(c *fiber.Ctx) error {
	to := home
	if asked := string(c.Context().QueryArgs().QueryString()); asked != "" {
		to += "?" + asked
	}
	return c.Redirect(to, http.StatusSeeOther)
}
