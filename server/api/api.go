// Package api is the server's HTTP side: routes, who may use them, limits, and one table from error to
// status. It and server/web, which makes HQ's pages, are the only packages that import Fiber.
//
// It promises: every refusal has one shape (wire.Error) in Chinese and English; nothing of a request is
// kept after its handler returned; bodies are decoded with hard limits, by this package and not by Fiber,
// which inflates without bound; nobody's body is read before he may send it, and then against a budget of
// bytes (intake.go); connections are bounded, and idle strangers keep nobody out (book.go); pulls are made within a budget
// of bytes, each device in its turn (turns.go); every call into the store has a deadline; what comes too fast is answered
// 503 with Retry-After before it takes memory; the detail of an internal error goes to the log only.
package api

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/web"
	"roadbook/sync/wire"
)

// Writer is the one write path.
type Writer interface {
	// Sync takes a request of a device. Errors are *wire.Error.
	Sync(ctx context.Context, who ingest.Device, req *wire.Request) (*wire.Answer, error)
	// Bundle takes a device's bundle in. Errors are *wire.Error.
	Bundle(ctx context.Context, file []byte, find ingest.ByCertificate) (*ingest.BundleResult, error)
	// Do says acts in an officer's name.
	Do(ctx context.Context, who ingest.Officer, acts ...ingest.Act) (*wire.Answer, error)
	// AddBoots adds to an answer all that was fixed about a stream's boots.
	AddBoots(ctx context.Context, id wire.StreamID, a *wire.Answer) error
	// Seal writes an answer as it travels, signed.
	Seal(a *wire.Answer, req *wire.Request, enc wire.Encoding) (wire.Sealed, error)
	Limits() wire.Limits
}

// Puller answers the pull part of a sync.
type Puller interface {
	Pull(ctx context.Context, device wire.StreamID, unit string, ask *wire.Pull) (*wire.Pulled, error)
	// Fates is what a revoked device is told: what became of its own lines.
	Fates(ctx context.Context, device, unit string, ask *wire.Pull) (*wire.Pulled, error)
}

// Config is what an API stands on. The zero limits are the defaults.
type Config struct {
	Auth   *auth.Auth
	Ingest Writer
	Pull   Puller
	Query  *query.Query
	Store  store.Reader // health and metrics
	Import Importer
	Pages  *web.Web // HQ's pages; nil: none
	Now    func() time.Time
	Log    *slog.Logger

	Sweeping func() bool // whether it is this server that finishes what crashes left behind; nil: the metrics don't say

	Warnings func() []Warning // what a person should see to though the server goes on; nil: nothing

	TrustProxies []netip.Prefix // whose X-Forwarded-For says where a request came from; nil: nobody's

	MaxSyncs  int           // syncs at once; 0 = 256
	MaxReads  int           // questions of HQ at once; 0 = 64
	MaxConns  int           // connections, of strangers at most half of them; 0 = 16384
	MaxWait   int           // devices that wait for their turn to pull; 0 = 1024
	SyncTime  time.Duration // of one sync, in the store; 0 = 30 s
	ReadTime  time.Duration // of one question; 0 = 20 s
	PullWait  time.Duration // until a device's turn to pull; 0 = 5 s
	WriteTime time.Duration // of sending one answer, exports too; 0 = 15 min

	BodyBudget     int // bytes of bodies at once, inflated, of those who showed a token; 0 = 96 MiB
	StrangerBudget int // of those who need none; 0 = 32 MiB
	PullBudget     int // bytes of pulls being made and of their answers on the way; 0 = 32 MiB
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
}

// Warning is something that a person should see to though the server goes on.
type Warning struct {
	Code    string      `json:"code"`
	Message schema.Text `json:"message"`
}

// jsonLimit bounds bodies other than those of syncs, in bytes.
const jsonLimit = 64 << 10

// New makes the API; Serve serves it.
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
		Concurrency:                  fasthttp.DefaultConcurrency, // never reached: the book bounds what is open, and what it closed winds down
		ReadBufferSize:               16 << 10,                    // header lines: a token is up to 8 KiB
		ReadTimeout:                  headerTime,
		WriteTimeout:                 cfg.WriteTime,
		IdleTimeout:                  2 * time.Minute,
		Immutable:                    true, // strings of the request stay after it
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

// Serve answers on ln until Shutdown. It returns nil after that.
func (a *API) Serve(ln net.Listener) error {
	return a.app.Listener(&listener{Listener: ln, table: a.conns, isProxy: a.isTrustedProxy, now: a.cfg.Now, log: a.cfg.Log})
}

// Shutdown takes no further connections, answers syncs on those that are open with busy, and waits for what
// is in flight, until ctx ends. Connections on which nothing is being answered are cut.
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

// whenIdle calls do once nothing has been in flight for a while: long enough to send the last answer.
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

// idle: no request is being answered, no export being written.
func (a *API) idle() bool { return a.inFlight.Load() == 0 && len(a.reads) == 0 }

// gate lets a bounded number through at once and turns the others away.
type gate chan struct{}

func (g gate) enter() (leave func(), err error) {
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	default:
		return nil, wire.Refuse(wire.CodeBusy, "")
	}
}
