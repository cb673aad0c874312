package hub

import (
	"errors"
	"fmt"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/transfer"
)

var errCut = errors.New("the power went")

// usedDirectory returns a data directory with a year of data and no running server.
func usedDirectory(t *testing.T) Config {
	t.Helper()
	cfg := Config{Data: t.TempDir()}
	h, _, stop := start(t, cfg)
	recordYear(t, h)
	stop()
	return cfg
}

// A move interrupted at its writes and then continued ends like an uninterrupted move: the server at the new place
// has the same identity and the same sums. Until then no server starts there.
func TestMoveIsCutAnywhere(t *testing.T) {
	from, to := usedDirectory(t), Config{Data: t.TempDir()}
	cuts := 0
	for writes, ended := 1, false; !ended; writes += 1 + writes/16 { // every write at first, then some
		left := writes
		cutting := to
		cutting.Wrap = func(s store.Store) store.Store {
			return faulty.Wrap(s, func(string, bool) error {
				if left--; left < 0 {
					return errCut
				}
				return nil
			})
		}
		_, err := Move(t.Context(), from, cutting, nil)
		if ended = err == nil || errors.Is(err, transfer.ErrMoved); ended { // moved: only the last answer was lost
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatalf("cut after %d steps: %v", writes, err)
		}
		if cuts++; cuts == 12 {
			if _, err := New(t.Context(), Config{Data: to.Data, Listen: "127.0.0.1:0"}); !errors.Is(err, transfer.ErrUnfinished) {
				t.Fatalf("a server on half a store: %v, want ErrUnfinished", err)
			}
		}
	}
	if cuts < 20 {
		t.Errorf("%d cuts only", cuts)
	}
	was, _, stop := start(t, from)
	epoch, key := was.Auth().Epoch(), was.Auth().PublicKey()
	stop()
	is, _, _ := start(t, to)
	if is.Auth().Epoch() != epoch || !is.Auth().PublicKey().Equal(key) {
		t.Error("the server became another one")
	}
	for measure, want := range map[string]int64{"plate_sets": yearPlates, "incident_dispatched": yearIncidents} {
		if got := sum(t, is, measure); got != want {
			t.Errorf("%s is %d, want %d", measure, got, want)
		}
	}
	if _, err := Move(t.Context(), from, Config{Data: to.Data}, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("a move onto a running server: %v, want ErrInUse", err)
	}
}

// A move that would mix two deployments, or has no source, is refused, and nothing is written.
func TestMoveRefuses(t *testing.T) {
	a, b := usedDirectory(t), usedDirectory(t)
	for _, c := range []struct {
		from, to Config
		want     error
	}{
		{Config{Data: t.TempDir()}, Config{Data: t.TempDir()}, store.ErrNotFound},
		{a, b, transfer.ErrTaken},
	} {
		if _, err := Move(t.Context(), c.from, c.to, nil); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if h, _, _ := start(t, b); sum(t, h, "plate_sets") != yearPlates {
		t.Error("the other deployment was changed")
	}
	to := Config{Data: t.TempDir()}
	var told string
	p, err := Move(t.Context(), a, to, func(done, of int64) { told = fmt.Sprint(done, of) })
	if err != nil || p.Observations != yearPlates+yearIncidents || p.Streams != 2 || told != "2 2" {
		t.Errorf("%+v, told %q, %v", p, told, err)
	}
	if _, err := Move(t.Context(), a, to, nil); !errors.Is(err, transfer.ErrMoved) {
		t.Errorf("a second time: %v, want ErrMoved", err)
	}
}

// The proof notices every difference.
func TestProofNotices(t *testing.T) {
	a := usedDirectory(t)
	h, _, _ := start(t, a)
	entry := store.Entry{Section: "user", Name: "only-here", Data: []byte("{}")}
	for name, c := range map[string]struct{ a, b store.Store }{
		"nothing":   {h.store, h.store},
		"a sum":     {h.store, alteredStore{Store: h.store, addSum: 1}},
		"a frame":   {h.store, alteredStore{Store: h.store, flipBit: true}},
		"a stream":  {h.store, alteredStore{Store: h.store, addFrames: 1}},
		"one entry": {withEntry{h.store, entry}, h.store},
	} {
		_, err := transfer.Prove(t.Context(), c.a, c.b)
		if want := name != "nothing"; errors.Is(err, transfer.ErrDiffers) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
