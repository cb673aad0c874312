package pulse_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/pulse"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

type world struct {
	t   *testing.T
	now time.Time
	reg store.Store
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Unix(1_600_000_000, 0)}
	s, err := mongostore.New(context.Background(), simdoc.New(nil), mongostore.Config{Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	w.reg = s
	return w
}

func (w *world) open(name string, r store.Registry) *pulse.Pulse {
	return pulse.New(pulse.Config{Registry: r, Name: name, Now: func() time.Time { return w.now }})
}

func (w *world) wait(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) state(p *pulse.Pulse) string {
	w.t.Helper()
	s, err := p.State(w.t.Context())
	if err != nil || s == "" {
		w.t.Fatalf("state %q, %v", s, err)
	}
	return s
}

func (w *world) publish(ps ...*pulse.Pulse) {
	w.t.Helper()
	for _, p := range ps {
		if err := p.Publish(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A count at one server changes the state of all, and at rest all have the same state.
func TestOthersHear(t *testing.T) {
	w := newWorld(t)
	var ps []*pulse.Pulse
	for i := range 3 {
		ps = append(ps, w.open(fmt.Sprint(i), w.reg))
	}
	past := map[string]bool{}
	for round := range 12 {
		want := w.state(ps[0])
		for i, p := range ps {
			if got := w.state(p); got != want {
				t.Errorf("round %d: at rest server %d says %s, the first %s", round, i, got, want)
			}
		}
		if past[want] {
			t.Errorf("round %d: %s was said before something more was counted", round, want)
		}
		past[want] = true
		teller := ps[round%3]
		for range 1 + round%4 {
			teller.NoteCounted()
		}
		if w.state(teller) == want {
			t.Errorf("round %d: it was counted here, and not heard", round)
		}
		w.publish(ps...)
		w.wait(pulse.Every)
	}
}

// While nothing is counted nothing is written, and within Every nothing is read twice.
func TestQuiet(t *testing.T) {
	w := newWorld(t)
	var puts, gets atomic.Int64
	p := w.open("a", faulty.Wrap(w.reg, func(step string, before bool) error {
		if step == "Put" && before {
			puts.Add(1)
		}
		return nil
	}))
	w.publish(p, p)
	p.NoteCounted()
	p.NoteCounted()
	w.publish(p, p, p)
	if puts.Load() != 1 {
		t.Errorf("%d entries were written, one was due", puts.Load())
	}
	q := w.open("b", &countingRegistry{w.reg, &gets})
	for range 5 {
		w.state(q)
		w.wait(pulse.Every / 4)
	}
	if gets.Load() != 2 {
		t.Errorf("within a second the registry was read %d times, want 2", gets.Load())
	}
}

type countingRegistry struct {
	store.Registry
	n *atomic.Int64
}

func (l *countingRegistry) List(ctx context.Context, bucket, after string, limit int) ([]store.Entry, error) {
	l.n.Add(1)
	return l.Registry.List(ctx, bucket, after, limit)
}

// After days without a count all states are still the same.
func TestLongQuiet(t *testing.T) {
	w := newWorld(t)
	p, q := w.open("a", w.reg), w.open("b", w.reg)
	p.NoteCounted()
	w.publish(p, q)
	w.wait(pulse.Every)
	want := w.state(p)
	for range 100 {
		w.wait(time.Hour)
		w.publish(p, q)
		if w.state(p) != want || w.state(q) != want {
			t.Fatalf("%s and %s, it was %s", w.state(p), w.state(q), want)
		}
	}
}

// Despite lost answers, refused writes and an expired entry every count is published in the end.
func TestToldInTheEnd(t *testing.T) {
	const lost = "lost"
	for name, trouble := range map[string]error{lost: faulty.ErrLost, "refused": faulty.ErrRefused} {
		for _, at := range []int{1, 2} {
			t.Run(fmt.Sprint(name, at), func(t *testing.T) {
				w := newWorld(t)
				n := 0
				p := w.open("a", faulty.Wrap(w.reg, func(step string, before bool) error {
					if step != "Put" || before == (name == lost) {
						return nil
					}
					if n++; n == at {
						return trouble
					}
					return nil
				}))
				q := w.open("b", w.reg)
				for range 2 {
					was := w.state(q)
					p.NoteCounted()
					for tries := 0; p.Publish(t.Context()) != nil; tries++ {
						if tries == 3 {
							t.Fatal("never told")
						}
					}
					w.wait(pulse.Every)
					if w.state(q) == was || w.state(q) != w.state(p) {
						t.Errorf("b says %s, a %s, before it was %s", w.state(q), w.state(p), was)
					}
					w.wait(48 * time.Hour) // a long time without counts
				}
			})
		}
	}
}

// A store used by one process needs no entries; a store without an answer is an error, not an unchanged state.
func TestAloneAndDeaf(t *testing.T) {
	w := newWorld(t)
	alone := w.open("a", nil)
	was := w.state(alone)
	alone.NoteCounted()
	w.publish(alone)
	if w.state(alone) == was {
		t.Error("it did not hear itself")
	}
	deaf := w.open("b", brokenRegistry{w.reg})
	if s, err := deaf.State(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("state %q, %v; want ErrUnavailable", s, err)
	}
}

type brokenRegistry struct{ store.Registry }

func (brokenRegistry) List(context.Context, string, string, int) ([]store.Entry, error) {
	return nil, store.ErrUnavailable
}
