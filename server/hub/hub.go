// Package hub puts a server together: the only place that knows which store, which clock and which
// randomness are used, and in which order things start and stop.
//
// It promises: one process a data directory; sums that were made by another version of the catalogue are
// made anew before anything is answered; frames that a crash left behind are finished; on the end of its
// context it takes nothing new, finishes what is in flight within a deadline, and closes the store last.
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
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/lease"
	"roadbook/server/pulse"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/timecheck"
	"roadbook/server/transfer"
	"roadbook/server/web"
	"roadbook/sync/tally"
)

// Config is how a server is to run.
type Config struct {
	Data   string // directory of the embedded store; made if it is not there
	Mongo  string // URI of a MongoDB; "" = the embedded store
	Listen string // host:port; port 0 = any

	TrustProxies []netip.Prefix // whose X-Forwarded-For says where a request came from; nil: nobody's

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
	// Steady is the time since some moment by a clock that nobody sets; nil: the machine's, or Now's where Now is set.
	Steady func() time.Duration
	Built  time.Time // the program did not exist before: a clock that says so is wrong. Zero: not known
	Rand   io.Reader // nil: crypto/rand

	// Catalogues adds to those of the program, and says whether the data are invented: every catalogue is then marked
	// so. nil: none, and they are not. The registry is open, nothing else is.
	Catalogues func(ctx context.Context, r store.Registry, s *schema.Schema) (more []*catalogue.Catalogue, demo bool, err error)

	// RecountProgress is told how many records of how many were counted anew, while they are; nil: nobody is.
	RecountProgress func(done, of int64)

	SweepEvery time.Duration // 0 = 5 s; less than leaseAfter
	StopWithin time.Duration // 0 = 8 s: less than what is usually granted before a kill

	Wrap    func(store.Store) store.Store // tests: faults
	Without store.Guard                   // tests: rules taken out

	ReplaceLost bool // start as a new server where the database was lost, and only there: ErrNothingLost

	transferring bool // Move or Backup is at work: the store bears their mark
	creating     bool // … and its database may be made where another one was lost
}

// Hub is a server that was put together. Run runs it, Close ends it.
type Hub struct {
	cfg         Config
	store       store.Store
	auth        *auth.Auth
	ingest      *ingest.Ingest
	api         *api.API
	counter     *tally.Counter
	current     string // name of the catalogue that observations are made under
	schema      *schema.Schema
	importer    *imports.Importer
	pulse       *pulse.Pulse
	clockWatch  *timecheck.Watch
	lease       *lease.Lease // of the sweeper; nil: this process has the store for itself
	sweeping    atomic.Bool
	fileWarning atomic.Int32 // index in fileTexts, -1 = none, as last looked at
	ln          net.Listener
	closers     []func() error // in the order in which they were opened
	once        sync.Once
	closed      error
}

// New opens everything, brings the sums up to date and takes the port, but answers nothing yet.
// ErrInUse: another process has the data directory. ErrGone, ErrNothingLost.
func New(ctx context.Context, cfg Config) (*Hub, error) {
	cfg.setDefaults()
	h := &Hub{cfg: cfg}
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
	cats, err := h.catalogues(ctx)
	if err != nil {
		return err
	}
	current := catalogue.Current(cats)
	h.counter, h.current = tally.NewCounter(cats...), current.Name()
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
	h.openIngest(names(cats, current))
	h.openImporter()
	if err := h.openLease(); err != nil {
		return err
	}
	if err := h.recountIfStale(ctx); err != nil {
		return err
	}
	if err := h.openAPI(cats, names(cats, current)); err != nil {
		return err
	}
	h.ln, err = new(net.ListenConfig).Listen(ctx, "tcp", h.cfg.Listen)
	return err
}

// catalogues loads the program's own, those that were published and those that the configuration adds.
func (h *Hub) catalogues(ctx context.Context) ([]*catalogue.Catalogue, error) {
	cats, err := Catalogues(ctx, h.store, h.schema)
	if err != nil {
		return nil, err
	}
	if h.cfg.Catalogues != nil {
		more, demo, err := h.cfg.Catalogues(ctx, h.store, h.schema)
		if err != nil {
			return nil, err
		}
		cats = append(cats, more...)
		for _, c := range cats {
			c.Demo = c.Demo || demo
		}
	}
	return cats, catalogue.CheckMeasuresAgree(cats)
}

func (h *Hub) openIngest(catalogues []string) {
	h.ingest = ingest.New(ingest.Config{
		Store: h.store, Schema: h.schema, Catalogues: catalogues, Counter: h.counter,
		Key: h.auth.ServerKey(), Epoch: h.auth.Epoch(), Now: h.cfg.Now, ClockCheck: h.clockWatch, Rand: h.cfg.Rand, Log: h.cfg.Log,
		Without: h.cfg.Without, Counted: h.pulse.NoteCounted,
	})
	h.closers = append(h.closers, func() error { h.ingest.Close(); return nil })
}

func (h *Hub) openAPI(cats []*catalogue.Catalogue, catalogues []string) error {
	q := query.New(query.Config{
		Store: h.store, Schema: h.schema, Catalogues: cats, Counter: h.counter, DeliveringDevices: h.reporters, Now: h.cfg.Now,
	})
	pages, err := web.New(web.Config{
		Query: q, Auth: h.auth, Schema: h.schema, Catalogues: cats, Now: h.cfg.Now, Log: h.cfg.Log,
		State: h.pulse.State, Warnings: h.warningTexts,
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
		Auth:     h.auth, Ingest: killWriter(h.ingest), Store: h.store, Import: h.importer, Now: h.cfg.Now, Log: h.cfg.Log,
		Pull:  &query.Puller{Store: h.store, Epoch: h.auth.Epoch(), Catalogues: catalogues, Now: h.cfg.Now},
		Query: q, Pages: pages, TrustProxies: h.cfg.TrustProxies, Sweeping: h.sweeping.Load,
		Warnings: h.warnings,
	})
	return nil
}

// reporters are the devices that are expected to report.
func (h *Hub) reporters(ctx context.Context) ([]query.DeliveringDevice, error) {
	ds, err := h.auth.Devices(ctx)
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

// names lists the catalogues' names, the current one first.
func names(cats []*catalogue.Catalogue, current *catalogue.Catalogue) []string {
	out := []string{current.Name()}
	for _, c := range cats {
		if c != current {
			out = append(out, c.Name())
		}
	}
	return out
}

// recountIfStale makes the sums anew when another version of the catalogue made them.
func (h *Hub) recountIfStale(ctx context.Context) error {
	by, err := h.store.CountedBy(ctx)
	if err != nil || by == h.counter.Version() {
		return err
	}
	log := h.cfg.Log.With("from", by, "to", h.counter.Version())
	began := h.cfg.Now()
	progress := func(done, of int64) {
		log.Info("counting anew", "done", done, "of", of)
		if h.cfg.RecountProgress != nil {
			h.cfg.RecountProgress(done, of)
		}
	}
	err = h.store.Rebuild(ctx, h.counter.Version(), h.ingest.Member(), h.ingest.Count(), progress)
	if err != nil {
		return fmt.Errorf("counting anew by %s: %w", h.counter.Version(), err)
	}
	log.Info("counted", "took", h.cfg.Now().Sub(began))
	return nil
}

// Auth gives access to codes, devices and users.
func (h *Hub) Auth() *auth.Auth { return h.auth }

// Store is the open store.
func (h *Hub) Store() store.Store { return h.store }

// Schema is what may be said.
func (h *Hub) Schema() *schema.Schema { return h.schema }

// Catalogue names the catalogue version that observations are to name: the latest year's latest.
func (h *Hub) Catalogue() string { return h.current }

// URL is where the server answers, as this machine may ask it.
func (h *Hub) URL() string {
	addr, ok := h.ln.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsUnspecified() {
		return "http://" + h.ln.Addr().String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d", addr.Port)
}
