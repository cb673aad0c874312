package ingest_test

import (
	"context"
	"fmt"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// commitOnly commits a frame, like a server dying right after the commit.
func (w *world) commitOnly(f *wire.Frame, unit, role string, change func(*store.Frame)) {
	w.t.Helper()
	stored := store.Frame{
		Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
		Prev: f.Prev, Sig: f.Sig, Packed: wire.PackLines(f.Lines), Received: 1, Unit: unit, Role: role,
	}
	if change != nil {
		change(&stored)
	}
	if err := w.store.Batch(context.Background(), func(s store.Steps) error {
		_, _, err := s.CommitFrame(context.Background(), stored)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestSweeperLeavesAloneWhatIsUnderWay(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		sweeper, atomic := w.in.NewSweeper(), w.store.Traits().Atomic
		round := func(want int) {
			t.Helper()
			if n, err := sweeper.Round(t.Context()); n != want || err != nil {
				t.Fatalf("finished %d, %v; want %d", n, err, want)
			}
		}
		round(0)
		w.plate(d, "冀F00001", noon)
		w.commitOnly(d.Frame(0, 1), d.Unit, d.Role, nil)
		if !atomic {
			round(0)
			w.wantSets("", 0)
		}
		round(1)
		w.wantSets("", 1)
		round(0)

		w.plate(d, "冀F00002", noon)
		w.commitOnly(d.Frame(1, 2), d.Unit, d.Role, nil)
		if !atomic {
			round(0)
		}
		w.send(d, d.Frame(1, 2)) // the sender returned
		round(0)
		w.wantSets("", 2)
	})
}

// More unfinishable frames than a page holds do not keep the rest waiting.
func TestSweepGoesPastWhatFails(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		const bad = 120
		for i := range bad {
			d := w.device(fmt.Sprint("bad", i), "office-1", "clerk")
			w.plate(d, fmt.Sprintf("冀F1%04d", i), noon)
			w.commitOnly(d.Frame(0, 1), d.Unit, d.Role, func(f *store.Frame) { f.Packed = []byte("torn") })
		}
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		w.commitOnly(d.Frame(0, 1), d.Unit, d.Role, func(f *store.Frame) { f.Received = 2 })
		if n, err := w.in.Sweep(t.Context()); n != 1 || err == nil {
			t.Fatalf("finished %d, %v; want one, and what the others lack", n, err)
		}
		w.wantSets("", 1)
	})
}

// A crash left a frame committed and uncounted. The device is revoked and sends the frame's line again behind another
// line: the line was accepted, counts, and is not quarantined as well.
func TestUnfinishedFrameOfARevokedDevice(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		first := w.plate(d, "冀F00001", noon)
		w.plate(d, "冀F00002", noon)
		w.commitOnly(d.Frame(1, 2), d.Unit, d.Role, nil)
		revoked := who(d)
		revoked.Deposit = true
		a, err := w.in.Sync(t.Context(), revoked, d.Request(d.Frame(0, 2), w.now.UnixMilli()))
		if err != nil {
			t.Fatal(err)
		}
		w.wantStatuses(a, wire.Quarantined, wire.Exists)
		if _, err := w.in.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantSets("", 1)
		if qs := quarantinedLines(w).([]store.Quarantined); len(qs) != 1 || qs[0].ID != first {
			t.Errorf("quarantined are %+v, want %v alone", qs, first)
		}
	})
}
