// Package hub assembles a server. Only this package chooses the store, the clock and the random source, and orders
// start and stop.
//
// The package guarantees:
//
//   - One process per data directory.
//   - Sums of another catalogue version are recounted before the first answer.
//   - Frames left unfinished by a crash are finished.
//   - A published catalogue is in force within seconds, without a restart, at every server on the database.
//   - When its context ends, the server accepts nothing new, finishes the requests in flight within a deadline, and closes
//     the store last.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/api"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/lease"
	"roadbook/server/pulse"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/timecheck"
	"roadbook/server/transfer"
	"roadbook/server/web"
)

// Config configures a server.
type Config struct {
	Data   string // directory of the embedded store; made if missing
	Mongo  string // URI of a MongoDB; "" = the embedded store
	Listen string // host:port; port 0 = any

	TrustProxies []netip.Prefix // proxies whose X-Forwarded-For names the client's address; nil: none

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
	// Steady is the time since a fixed moment by a steady clock, one never set. nil: the machine's clock, or Now if
	// Now is set.
	Steady func() time.Duration
	Built  time.Time // when the program was built: an earlier clock is wrong. Zero: not known
	Rand   io.Reader // nil: crypto/rand

	// Catalogues adds to the program's catalogues, and reports whether the data are invented: then every catalogue is
	// marked so. It is called when only the registry is open. nil: no further catalogues, real data.
	Catalogues func(ctx context.Context, r store.Registry, s *schema.Schema) (more []*catalogue.Catalogue, demo bool, err error)

	// RefoldProgress is called while records are derived anew with the number of frames done and the total, and
	// RecountProgress during the recount with numbers of records. nil: no calls.
	RefoldProgress, RecountProgress func(done, of int64)

	SweepEvery time.Duration // 0 = 5 s; less than leaseAfter
	StopWithin time.Duration // 0 = 8 s: less than the usual time before a kill

	Wrap    func(store.Store) store.Store // tests: faults
	Without store.Guard                   // tests: disabled rules

	ReplaceLost bool // start as a new server if the database was lost, and only then: ErrNothingLost

	doubtsEvery  time.Duration // tests: all intervals of the doubts' follower; 0 = its own
	followEvery  time.Duration // interval of looking for a publication; 0 = 2 s
	refoldPage   int           // tests: frames derived anew in a Batch
	transferring bool          // for Move and Backup: the store has their mark
	creating     bool          // … and may make a database in place of a lost one
}

// Hub is an assembled server. Run runs the server, Close ends it.
type Hub struct {
	cfg         Config
	store       store.Store
	auth        *auth.Auth
	ingest      *ingest.Ingest
	query       *query.Query
	doubts      *doubts.Reader
	api         *api.API
	inForce     atomic.Pointer[inForce]
	following   following
	schema      *schema.Schema
	importer    *imports.Importer
	pulse       *pulse.Pulse
	clockWatch  *timecheck.Watch
	lease       *lease.Lease // the sweeper's; nil: no other process uses the store
	sweeping    atomic.Bool
	counted     atomic.Int64 // time after began at which a frame was last counted here; 0: never
	began       time.Time
	fileWarning atomic.Int32 // index in fileWarnings at the last check, -1 = none
	ln          net.Listener
	closers     []func() error // in the order of opening
	once        sync.Once
	closed      error
}

// New opens everything, recounts stale sums and listens on the port, but answers nothing before Run.
// ErrInUse: another process has the data directory. ErrGone, ErrNothingLost.
func New(ctx context.Context, cfg Config) (*Hub, error) {
	cfg.setDefaults()
	h := &Hub{cfg: cfg, began: time.Now()}
	h.fileWarning.Store(-1)
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (c *Config) setDefaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = systemClock()
		if c.Steady == nil {
			c.Steady = steady
		}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = 5 * time.Second
	}
	if c.followEvery == 0 {
		c.followEvery = 2 * time.Second
	}
	if c.StopWithin == 0 {
		c.StopWithin = 8 * time.Second
	}
	c.Without = disabledRules(c.Without)
}

func (h *Hub) open(ctx context.Context) error {
	if err := h.openStore(ctx); err != nil {
		return err
	}
	if !h.cfg.transferring {
		if err := transfer.Check(ctx, h.store); err != nil {
			return err
		}
	}
	h.schema = schema.Default()
	now, err := h.readInForce(ctx)
	if err != nil {
		return err
	}
	if err := checkRules(ctx, h.store); err != nil {
		return err
	}
	h.inForce.Store(now)
	h.auth, err = auth.New(ctx, auth.Config{Registry: h.store, Clock: h.cfg.Now, Rand: h.cfg.Rand})
	if err != nil {
		return err
	}
	h.writeMark()
	if err := h.openPulse(); err != nil {
		return err
	}
	if err := h.openClockWatch(ctx); err != nil {
		return err
	}
	h.openQuery()
	h.logCatalogues()
	h.openIngest()
	h.openImporter()
	if err := h.openLease(); err != nil {
		return err
	}
	if err := h.recountIfStale(ctx); err != nil {
		return err
	}
	if err := h.openAPI(); err != nil {
		return err
	}
	h.ln, err = new(net.ListenConfig).Listen(ctx, "tcp", h.cfg.Listen)
	return err
}

// referenceAge is how old HQ's lists may be, as devices and doubts use them.
const referenceAge = 5 * time.Second

func (h *Hub) openQuery() {
	h.doubts = &doubts.Reader{Store: h.store, Schema: h.schema, Now: h.cfg.Now}
	now := h.inForce.Load()
	h.query = query.New(query.Config{
		Store: h.store, Schema: h.schema, Catalogues: now.catalogues, Counter: now.counter, DeliveringDevices: h.deliveringDevices, Now: h.cfg.Now,
		ReferenceAge: referenceAge, Doubts: h.doubts,
	})
}

func (h *Hub) openIngest() {
	h.ingest = ingest.New(ingest.Config{
		Store: h.store, Schema: h.schema, Catalogues: h.known().Names, Counter: h.counter(),
		Key: h.auth.ServerKey(), Epoch: h.auth.Epoch(), Now: h.cfg.Now, ClockCheck: h.clockWatch, Rand: h.cfg.Rand, Log: h.cfg.Log,
		Without: h.cfg.Without, Counted: h.noteCounted, Reference: h.query.Reference, RefoldPage: h.cfg.refoldPage,
	})
	h.closers = append(h.closers, func() error { h.ingest.Close(); return nil })
}

func (h *Hub) openAPI() error {
	pages, err := web.New(web.Config{
		Query: h.query, Doubts: h.doubts, Auth: h.auth, Schema: h.schema, Now: h.cfg.Now, Log: h.cfg.Log, State: h.state, Warnings: h.warningTexts,
	})
	if err != nil {
		return err
	}
	conns, err := h.maxConns()
	if err != nil {
		return err
	}
	h.api = api.New(api.Config{
		MaxConns: conns,
		Auth:     h.auth, Ingest: killWriter(h.ingest), Store: h.store, Import: h.importer, Reconcile: h.Reconciler(), Now: h.cfg.Now, Log: h.cfg.Log,
		Pull:  &query.Puller{Store: h.store, Schema: h.schema, Epoch: h.auth.Epoch(), Catalogues: h.known, Now: h.cfg.Now, Reference: h.query.Reference, Doubts: h.doubts},
		Query: h.query, Doubts: h.doubts, Pages: pages, TrustProxies: h.cfg.TrustProxies, Sweeping: h.sweeping.Load,
		Warnings: h.warnings,
	})
	return nil
}

func (h *Hub) deliveringDevices(ctx context.Context) ([]query.DeliveringDevice, error) {
	return devicesOf(ctx, h.auth)
}

// devicesOf returns the devices expected to deliver.
func devicesOf(ctx context.Context, a *auth.Auth) ([]query.DeliveringDevice, error) {
	ds, err := a.Devices(ctx)
	if err != nil {
		return nil, err
	}
	var out []query.DeliveringDevice
	for _, d := range ds {
		if d.Revoked == 0 {
			out = append(out, query.DeliveringDevice{ID: d.ID, Unit: d.Unit, Role: d.Role, Seen: d.Seen})
		}
	}
	return out, nil
}

// Auth gives access to codes, devices and users.
func (h *Hub) Auth() *auth.Auth { return h.auth }

// Store is the open store.
func (h *Hub) Store() store.Store { return h.store }

// Schema returns the kinds of records, their fields and codes.
func (h *Hub) Schema() *schema.Schema { return h.schema }

// Catalogue returns the name of the catalogue version for new observations: the latest version of the latest year.
func (h *Hub) Catalogue() string { return h.inForce.Load().current.Name() }

// Query returns the server's queries, for commands on a hub without Run.
func (h *Hub) Query() *query.Query { return h.query }

// URL is the server's address as seen from this machine.
func (h *Hub) URL() string {
	addr, ok := h.ln.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsUnspecified() {
		return "http://" + h.ln.Addr().String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d", addr.Port)
}
