package lease_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roadbook/server/lease"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

const after = 20 * time.Second

type fakeClock struct{ t time.Time }

func (w *fakeClock) now() time.Time { return w.t }

func registry(t testing.TB) store.Store {
	t.Helper()
	s, err := mongostore.New(context.Background(), simdoc.New(nil), mongostore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newLease(r store.Registry, holder string, w *fakeClock) *lease.Lease {
	return lease.New(lease.Config{Registry: r, Name: "sweep", Holder: holder, After: after, Now: w.now})
}

func wantHeld(t *testing.T, l *lease.Lease, held bool) {
	t.Helper()
	if got, err := l.Hold(t.Context()); got != held || err != nil {
		t.Fatalf("held %v, %v; want %v", got, err, held)
	}
}

func TestLeaseGoesOnWhileItIsHeld(t *testing.T) {
	r, w1, w2 := registry(t), &fakeClock{time.Unix(1e6, 0)}, &fakeClock{time.Unix(5, 0)} // no two clocks are compared
	one, two := newLease(r, "one", w1), newLease(r, "two", w2)
	for range 10 {
		wantHeld(t, one, true)
		wantHeld(t, two, false)
		w1.t, w2.t = w1.t.Add(after-time.Second), w2.t.Add(after-time.Second)
	}
	wantHeld(t, two, false) // renewed nineteen seconds ago
	w2.t = w2.t.Add(time.Second - time.Nanosecond)
	wantHeld(t, two, false)
	w2.t = w2.t.Add(time.Nanosecond)
	wantHeld(t, two, true)
	wantHeld(t, one, false)
}

func TestReleaseLetsAnotherOneIn(t *testing.T) {
	r, w := registry(t), &fakeClock{time.Unix(1, 0)}
	one, two := newLease(r, "one", w), newLease(r, "two", w)
	if err := one.Release(t.Context()); err != nil {
		t.Fatalf("nothing is held: %v", err)
	}
	wantHeld(t, one, true)
	if err := two.Release(t.Context()); err != nil { // not the holder
		t.Fatal(err)
	}
	wantHeld(t, two, false)
	if err := one.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHeld(t, two, true)
	wantHeld(t, one, false)
}

// A successful write with a lost answer does not lock its holder out.
func TestHoldAfterALostAnswer(t *testing.T) {
	lose := true
	r := faulty.Wrap(registry(t), func(step string, before bool) error {
		if step == "Put" && !before && lose {
			lose = false
			return faulty.ErrLost
		}
		return nil
	})
	w := &fakeClock{time.Unix(1, 0)}
	one, two := newLease(r, "one", w), newLease(r, "two", w)
	if held, err := one.Hold(t.Context()); held || err == nil {
		t.Fatalf("held %v, %v", held, err)
	}
	wantHeld(t, two, false)
	wantHeld(t, one, true)
}

func TestOneOfManyGetsADeadOnesLease(t *testing.T) {
	r, w := registry(t), &fakeClock{time.Unix(1, 0)}
	wantHeld(t, newLease(r, "dead", w), true)
	racers := make([]*lease.Lease, 16)
	for i := range racers {
		racers[i] = newLease(r, fmt.Sprint("racer", i), w)
		wantHeld(t, racers[i], false)
	}
	w.t = w.t.Add(after)
	got := make([]bool, len(racers))
	var all sync.WaitGroup
	for i, l := range racers {
		all.Go(func() { got[i], _ = l.Hold(context.Background()) })
	}
	all.Wait()
	if n := len(slices.DeleteFunc(got, func(held bool) bool { return !held })); n != 1 {
		t.Fatalf("%d of %d got it", n, len(racers))
	}
}

// At no moment do two servers hold the lease, if both ask as often as required; and some time after the last holder's
// death another server holds the lease.
func TestAtMostOneHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, w := registry(t), &fakeClock{time.Unix(1, 0)}
		var ls []*lease.Lease
		for i := range rapid.IntRange(2, 4).Draw(rt, "servers") {
			ls = append(ls, newLease(r, fmt.Sprint(i), w))
		}
		until := make([]time.Time, len(ls)) // until then each may believe to hold the lease
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			w.t = w.t.Add(time.Duration(rapid.IntRange(0, 15).Draw(rt, "seconds")) * time.Second)
			i := rapid.IntRange(0, len(ls)-1).Draw(rt, "server")
			if rapid.IntRange(0, 9).Draw(rt, "end") == 0 {
				if err := ls[i].Release(context.Background()); err != nil {
					rt.Fatal(err)
				}
				until[i] = time.Time{}
				continue
			}
			held, err := ls[i].Hold(context.Background())
			if err != nil {
				rt.Fatal(err)
			}
			if until[i] = (time.Time{}); held {
				until[i] = w.t.Add(after)
			}
			n := slices.DeleteFunc(slices.Clone(until), func(u time.Time) bool { return !u.After(w.t) })
			if len(n) > 1 {
				rt.Fatalf("%d hold it", len(n))
			}
		}
		for range 2 { // the first look, and a second one later
			for _, l := range ls[1:] { // the first server died
				if held, _ := l.Hold(context.Background()); held {
					return
				}
			}
			w.t = w.t.Add(after)
		}
		if held, _ := ls[1].Hold(context.Background()); !held {
			rt.Fatal("nobody gets the lease of one who died")
		}
	})
}
