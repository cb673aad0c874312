// Package api is the server's HTTP side: routes, access rights, limits, and one table from error to status. Of the
// server's packages, only this one and server/web, which makes HQ's pages, import Fiber.
//
// The package guarantees:
//
//   - Every refusal has one shape (wire.Error), in Chinese and English. Only the log has an internal error's detail.
//   - Nothing of a request is kept after its handler has returned.
//   - This package decodes bodies with hard limits; Fiber would inflate without a bound. A body is read only after its
//     sender is allowed to send, and within a budget of bytes (intake.go).
//   - Connections are bounded, and idle strangers keep no device out (conntable.go).
//   - Pulls are made within a budget of bytes, each device in turn (pullqueue.go).
//   - Every call into the store has a deadline.
//   - A request beyond a limit is answered 503 with Retry-After before memory is spent on its body.
package api

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/web"
	"roadbook/sync/wire"
)

// Writer is the write path.
type Writer interface {
	// Sync answers a device's request. Errors are *wire.Error.
	Sync(ctx context.Context, who ingest.Device, req *wire.Request) (*wire.Answer, error)
	// Bundle imports a device's bundle. Errors are *wire.Error.
	Bundle(ctx context.Context, file []byte, find ingest.ByCertificate) (*ingest.BundleResult, error)
	// Do writes acts in an officer's name.
	Do(ctx context.Context, who ingest.Officer, acts ...ingest.Act) (*wire.Answer, error)
	// AddBoots adds to an answer the fixed times of all of the boots of a request's stream.
	AddBoots(ctx context.Context, req *wire.Request, a *wire.Answer) error
	// Seal encodes an answer for sending and signs the bytes.
	Seal(a *wire.Answer, req *wire.Request, enc wire.Encoding) (wire.SignedAnswer, error)
	Limits() wire.Limits
	// Kinds are the lines taken.
	Kinds() *wire.Kinds
}

// Puller answers the pull part of a sync.
type Puller interface {
	Pull(ctx context.Context, device wire.StreamID, unit string, ask *wire.Pull) (*wire.Pulled, error)
	// Fates returns the fates of a revoked device's own lines.
	Fates(ctx context.Context, device, unit string, ask *wire.Pull) (*wire.Pulled, error)
}

// Config holds what an API needs. The zero limits are the defaults.
type Config struct {
	Auth   *auth.Auth
	Ingest Writer
	Pull   Puller
	Query  *query.Query
	Doubts *doubts.Reader
	Store  store.Reader // health and metrics
	Import Importer

	Reconcile Reconciler
	Pages     *web.Web // HQ's pages; nil: none
	Now       func() time.Time
	Log       *slog.Logger

	Sweeping func() bool // whether this server runs the sweeper now; nil: no such metric

	Warnings func() []Warning // conditions that need a person's attention while the server runs on; nil: none

	TrustProxies []netip.Prefix // proxies whose X-Forwarded-For names the client's address; nil: none

	MaxSyncs  int           // syncs at once; 0 = 256
	MaxReads  int           // HQ's queries at once; 0 = 64
	MaxConns  int           // connections, at most half of them strangers'; 0 = 16384
	MaxWait   int           // devices waiting for their turn to pull; 0 = 1024
	SyncTime  time.Duration // one sync's work in the store; 0 = 30 s
	ReadTime  time.Duration // one query; 0 = 20 s
	PullWait  time.Duration // waiting for a device's turn to pull; 0 = 5 s
	WriteTime time.Duration // sending one answer, exports included; 0 = 15 min

	BodyBudget     int // bytes of authenticated senders' bodies in memory at once, inflated; 0 = 96 MiB
	StrangerBudget int // the same for senders without a token; 0 = 32 MiB
	PullBudget     int // bytes of pulls in progress and of answers being sent; 0 = 32 MiB
}

// API serves HTTP.
type API struct {
	cfg     Config
	app     *fiber.App
	syncs   gate
	reads   gate
	meter   *meter
	closing atomic.Bool

	bodyBudget, strangerBudget byteBudget
	pulls                      pullQueue
	conns                      *connTable

	inFlight atomic.Int64 // requests in a handler

	tableAtWork sync.Mutex // held by an import or a comparison
}

// Warning is a condition that needs a person's attention while the server runs on.
type Warning struct {
	Code    string      `json:"code"`
	Message schema.Text `json:"message"`
}

// jsonLimit bounds the bodies of all requests but syncs, bundles and imports, in bytes.
const jsonLimit = 64 << 10

// New makes an API. Serve starts it.
func New(cfg Config) *API {
	cfg.MaxSyncs = orDefault(cfg.MaxSyncs, 256)
	cfg.MaxReads = orDefault(cfg.MaxReads, 64)
	cfg.MaxConns = orDefault(cfg.MaxConns, 16384)
	cfg.MaxWait = orDefault(cfg.MaxWait, 1024)
	cfg.PullWait = orDefault(cfg.PullWait, 5*time.Second)
	cfg.PullBudget = orDefault(cfg.PullBudget, 32<<20)
	cfg.SyncTime = orDefault(cfg.SyncTime, 30*time.Second)
	cfg.ReadTime = orDefault(cfg.ReadTime, 20*time.Second)
	cfg.WriteTime = orDefault(cfg.WriteTime, 15*time.Minute)
	cfg.BodyBudget = orDefault(cfg.BodyBudget, 96<<20)
	cfg.StrangerBudget = orDefault(cfg.StrangerBudget, 32<<20)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{cfg: cfg, syncs: make(gate, cfg.MaxSyncs), reads: make(gate, cfg.MaxReads)}
	a.bodyBudget.limit, a.strangerBudget.limit = int64(cfg.BodyBudget), int64(cfg.StrangerBudget)
	a.pulls.limit, a.pulls.maxWaiting = int64(cfg.PullBudget), cfg.MaxWait
	a.conns = newConnTable(cfg.MaxConns, cfg.Now, cfg.Log)
	a.meter = newMeter(a)
	settings := fiber.Config{
		StreamRequestBody:            true, // handlers run before the body is read: see intake.go
		DisablePreParseMultipartForm: true,
		Concurrency:                  fasthttp.DefaultConcurrency, // never reached: connTable bounds the open connections, and evicted ones finish
		ReadBufferSize:               16 << 10,                    // header lines: a token is up to 8 KiB
		ReadTimeout:                  headerTime,
		WriteTimeout:                 cfg.WriteTime,
		IdleTimeout:                  2 * time.Minute,
		Immutable:                    true, // the request's strings stay valid after the request
		DisableStartupMessage:        true,
		ErrorHandler:                 a.refuse,
	}
	trustProxies(&settings, cfg.TrustProxies)
	a.app = fiber.New(settings)
	a.app.Use(a.observe)
	a.register()
	a.app.Use(a.readSmallBody)
	if cfg.Pages != nil {
		cfg.Pages.Mount(a.app, web.Host{Enter: a.reads.enter, Refusal: refusalOf, Known: a.markKnown})
	}
	server := a.app.Server()
	server.HeaderReceived = beforeBody
	server.Handler = a.withUnreadBody(server.Handler)
	return a
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Serve answers on ln until Shutdown, and then returns nil.
func (a *API) Serve(ln net.Listener) error {
	return a.app.Listener(&listener{Listener: ln, table: a.conns, isProxy: a.isTrustedProxy, now: a.cfg.Now, log: a.cfg.Log})
}

// Shutdown accepts no further connections, answers syncs on open connections with busy, and waits for the requests in
// flight, until ctx ends. Connections without a request are closed.
func (a *API) Shutdown(ctx context.Context) error {
	a.closing.Store(true)
	a.pulls.close()
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go a.whenIdle(waiting, cancel)
	err := a.app.ShutdownWithContext(waiting)
	if a.idle() {
		return nil
	}
	return err
}

// whenIdle calls do after a while without requests in flight, long enough for sending the last answer.
func (a *API) whenIdle(ctx context.Context, do func()) {
	const look, enough = 50 * time.Millisecond, 6
	t := time.NewTicker(look)
	defer t.Stop()
	for calm := 0; calm < enough; {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		if calm++; !a.idle() {
			calm = 0
		}
	}
	do()
}

// idle reports that no request is being answered and no export written.
func (a *API) idle() bool { return a.inFlight.Load() == 0 && len(a.reads) == 0 }

// gate admits a bounded number at once and refuses the rest.
type gate chan struct{}

func (g gate) enter() (leave func(), err error) {
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	default:
		return nil, wire.Refuse(wire.CodeBusy, "")
	}
}
