package hub

import (
	"context"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

// until waits for something that is bound to come; a test that waits in vain is ended by its runner's deadline.
func until(t *testing.T, what func() bool) {
	t.Helper()
	for !what() {
		if t.Context().Err() != nil {
			t.Fatal("it did not come")
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// On one database one server sweeps; when it ends in good order, the other one does.
func TestOneServerSweeps(t *testing.T) {
	engine := simdoc.New(nil)
	open := func() (*Hub, func()) {
		h, _, stop := start(t, Config{Data: t.TempDir(), SweepEvery: 2 * time.Millisecond, Wrap: func(own store.Store) store.Store {
			if err := own.Close(); err != nil { // a store that several servers share takes its place
				t.Fatal(err)
			}
			s, err := mongostore.New(context.Background(), engine, mongostore.Config{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}})
		return h, stop
	}
	one, stop := open()
	until(t, one.sweeping.Load)
	two, _ := open()
	asked := leaseWrites(t, two)
	until(t, func() bool { return leaseWrites(t, two) > asked+5 }) // the one goes on saying so meanwhile
	if two.sweeping.Load() || !one.sweeping.Load() {
		t.Fatal("both sweep, or none")
	}
	stop()
	until(t, two.sweeping.Load)
}

// leaseWrites counts how often the sweeper's lease was written.
func leaseWrites(t *testing.T, h *Hub) int64 {
	t.Helper()
	e, err := h.store.Get(t.Context(), "lease", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	return e.Rev
}
