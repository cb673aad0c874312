package hub

import (
	"context"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

// until polls for an expected event; the test runner's deadline ends a wait in vain.
func until(t *testing.T, what func() bool) {
	t.Helper()
	for !what() {
		if t.Context().Err() != nil {
			t.Fatal("it did not come")
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// openShared returns a function that starts servers on one database.
func openShared(t *testing.T, cfg Config) func() (*Hub, func()) {
	t.Helper()
	engine := simdoc.New(nil)
	cfg.Wrap = func(own store.Store) store.Store {
		if err := own.Close(); err != nil { // a store shared by several servers takes its place
			t.Fatal(err)
		}
		s, err := mongostore.New(context.Background(), engine, mongostore.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return func() (*Hub, func()) {
		cfg := cfg
		cfg.Data = t.TempDir()
		h, _, stop := start(t, cfg)
		return h, stop
	}
}

// On a shared database a single server sweeps; after its orderly end, the other server does.
func TestOneServerSweeps(t *testing.T) {
	open := openShared(t, Config{SweepEvery: 2 * time.Millisecond})
	one, stop := open()
	until(t, one.sweeping.Load)
	two, _ := open()
	asked := leaseWrites(t, two)
	until(t, func() bool { return leaseWrites(t, two) > asked+5 }) // meanwhile the first server renews its lease
	if two.sweeping.Load() || !one.sweeping.Load() {
		t.Fatal("both sweep, or none")
	}
	stop()
	until(t, two.sweeping.Load)
}

// leaseWrites returns the number of writes of the sweeper's lease.
func leaseWrites(t *testing.T, h *Hub) int64 {
	t.Helper()
	e, err := h.store.Get(t.Context(), "lease", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	return e.Rev
}
