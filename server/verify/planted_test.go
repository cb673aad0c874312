package verify_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// A clean store has no findings, and the run has read everything: 3 frames of 6 lines, 4 records, one quarantined line.
func TestCleanStoreHasNoFindings(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			out := w.verify(w.store)
			w.wantFindings()
			if out.Frames != 3 || out.Observations != 6 || out.Records != 4 || out.Quarantined != 1 || out.Groups != 1 || out.Sums == 0 || out.Faults != 0 {
				t.Errorf("looked at %+v", out)
			}
		})
	}
}

// Each planted error is found with its class and place, and nothing else is found.
func TestPlantedErrorsAreNamed(t *testing.T) {
	for _, c := range planted {
		for name, open := range stores {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				w := newWorld(t, open(t))
				l := &lyingStore{Store: w.store}
				c.plant(w, l)
				w.verify(l)
				w.wantFindings(slices.Clone(c.want)...)
			})
		}
	}
}

// isFrameOfA reports whether f is the frame of clerk a beginning at first.
func isFrameOfA(f *store.Frame, w *world, first uint64) bool {
	return f.Key.Stream.Device == w.a.ID && f.Key.First == first
}

var planted = []struct {
	name  string
	plant func(*world, *lyingStore)
	want  []string
}{
	{"a frame is gone", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool { return !isFrameOfA(f, w, 1) }
	}, []string{"lost stream <a> frame n=1"}},
	{"the last frame is gone", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool { return !isFrameOfA(f, w, 3) }
	}, []string{"lost stream <a> frame n=2"}},
	{"a byte of a frame flipped", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if isFrameOfA(f, w, 1) {
				f.Packed = slices.Clone(f.Packed)
				f.Packed[len(f.Packed)/2] ^= 1
			}
			return true
		}
	}, []string{"altered frame <a> 1-2"}},
	{"a frame was written anew", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if isFrameOfA(f, w, 3) {
				f.Packed = wire.PackLines([][]byte{[]byte(`{"v":1}`), []byte(`{"v":1}`)})
			}
			return true
		}
	}, []string{"altered frame <a> 3-4"}},
	{"a line of a frame is gone", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if lines, err := wire.UnpackLines(f.Packed, 1<<20); err == nil && isFrameOfA(f, w, 1) {
				f.Packed = wire.PackLines(lines[:1])
			}
			return true
		}
	}, []string{"altered frame <a> 1-2"}},
	{"another signed", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if isFrameOfA(f, w, 3) {
				f.Sig = slices.Clone(f.Sig)
				f.Sig[7] ^= 1
			}
			return true
		}
	}, []string{"altered frame <a> 3-4"}},
	{"a key is not known", func(w *world, _ *lyingStore) { delete(w.keys, w.b.ID) }, []string{"unknown_key stream <b>"}},
	{"a number stands twice", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if isFrameOfA(f, w, 3) {
				f.N = 1
			}
			return true
		}
	}, []string{"doubled stream <a>"}},
	{"a fork is told", func(w *world, l *lyingStore) {
		l.frame = func(f *store.Frame) bool {
			if isFrameOfA(f, w, 3) {
				f.Forked = []uint64{3}
			}
			return true
		}
	}, []string{"forked stream <a>"}},
	{"a summary forgot a run", func(w *world, l *lyingStore) {
		l.stream = func(s *store.Stream) {
			if s.ID.Device == w.b.ID {
				s.Ranges = nil
			}
		}
	}, []string{"stale frame <b> 1-2"}},
	{"a record is gone", func(w *world, l *lyingStore) {
		l.record = func(r *store.Record) bool { return r.ID != w.plates[2].String() }
	}, []string{"lost record <2>"}},
	{"a record stands twice", func(w *world, l *lyingStore) {
		twin, err := w.store.Record(w.t.Context(), w.plates[2].String())
		if err != nil {
			w.t.Fatal(err)
		}
		l.extra = []store.Record{twin}
	}, []string{"doubled record <2>"}},
	{"a record lacks what was said later", func(w *world, l *lyingStore) {
		l.record = func(r *store.Record) bool {
			if r.ID == w.plates[1].String() {
				r.State.Obs = r.State.Obs[:1]
			}
			return true
		}
	}, []string{"stale record <1>"}},
	{"a record stands elsewhere", func(w *world, l *lyingStore) {
		l.record = func(r *store.Record) bool {
			if r.ID == w.plates[0].String() {
				r.Place.Unit = "office-9"
			}
			return true
		}
	}, []string{"stale record <0>"}},
	{"a record's value was changed", func(w *world, l *lyingStore) {
		l.record = func(r *store.Record) bool {
			if r.ID == w.plates[2].String() {
				r.State.Obs = slices.Clone(r.State.Obs)
				o := &r.State.Obs[0]
				o.Fields = slices.Clone(o.Fields).With("sets", schema.Value{Type: schema.TypeInt, I: 2})
			}
			return true
		}
	}, []string{"altered record <2>"}},
	{"a record that nobody wrote", func(w *world, l *lyingStore) {
		l.extra = []store.Record{{ID: "0", Rev: 1, State: merge.State{Obs: []merge.Obs{{ID: wire.ObsID{Device: w.a.ID, Epoch: "zzzzzzzz", Seq: 1}, Act: wire.Void, Kind: "plate"}}}}}
	}, []string{"orphaned record 0"}},
	{"a sum counts twice", func(w *world, l *lyingStore) { l.sums = sumTimes(2) },
		[]string{"doubled sum office-1 20201220 plate_sets"}},
	{"a sum counts nothing", func(w *world, l *lyingStore) { l.sums = sumTimes(0) },
		[]string{"stale sum office-1 20201220 plate_sets"}},
	{"a group is gone", func(_ *world, l *lyingStore) {
		l.groups = func([]store.Group) []store.Group { return nil }
	}, []string{"lost group <g>"}},
	{"a group lacks a member", func(_ *world, l *lyingStore) {
		l.groups = func(gs []store.Group) []store.Group {
			for i := range gs {
				gs[i].Members = gs[i].Members[:1]
			}
			return gs
		}
	}, []string{"stale group <g>"}},
	{"a member of a group says something else", func(_ *world, l *lyingStore) {
		l.groups = func(gs []store.Group) []store.Group {
			for i := range gs {
				gs[i].Members = slices.Clone(gs[i].Members)
				gs[i].Members[0].Eligible = !gs[i].Members[0].Eligible
			}
			return gs
		}
	}, []string{"stale group <g>"}},
	{"a group that nobody names", func(_ *world, l *lyingStore) {
		l.groups = func(gs []store.Group) []store.Group {
			return append([]store.Group{{Name: "0", Members: []merge.Member{{Record: "x"}, {Record: "y"}}}}, gs...)
		}
	}, []string{"orphaned group 0"}},
	{"a held line is not shown", func(w *world, l *lyingStore) {
		l.quarantined = func([]store.Quarantined) []store.Quarantined { return nil }
	}, []string{"lost held <h>"}},
	{"a line that counts is shown as held", func(w *world, l *lyingStore) {
		l.quarantined = func(qs []store.Quarantined) []store.Quarantined {
			return append(slices.Clone(qs), store.Quarantined{ID: w.plates[2], Faults: schema.Faults{{Code: ingest.CodeBadRecord}}})
		}
	}, []string{"orphaned held <2>"}},
}

// sumTimes multiplies the plates of office-1 by n: of its three plates two count, the third was voided.
func sumTimes(n int64) func([]tally.Sum) []tally.Sum {
	return func(rows []tally.Sum) []tally.Sum {
		rows = slices.Clone(rows)
		for i := range rows {
			if rows[i].Unit == "office-1" && rows[i].Measure == "plate_sets" {
				rows[i].Amount *= n
			}
		}
		return rows
	}
}

// A frame left behind by a crash is found, and nothing else; after a sweep nothing is found.
func TestFrameLeftBehindIsNamed(t *testing.T) {
	w := newWorld(t, stores["mongo"](t))
	w.plate(w.a, "冀F8K009")
	f := w.a.Frame(4, 5)
	err := w.store.Batch(t.Context(), func(s store.Steps) error {
		_, _, err := s.CommitFrame(t.Context(), store.Frame{
			Key:  store.FrameKey{Stream: f.Stream, First: 5, Last: 5, Head: f.Head},
			Prev: f.Prev, Sig: f.Sig, Packed: wire.PackLines(f.Lines), Received: w.now.UnixMilli() - 1, Unit: "office-1", Role: "clerk",
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.verify(w.store)
	w.wantFindings("unprojected frame <a> 5-5")
	if n, err := w.in.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.verify(w.store)
	w.wantFindings()
}

// busyStore writes beside the reader: before the first reads of frames, records and sums a clerk's frame arrives.
type busyStore struct {
	store.Store
	w                     *world
	frames, records, sums int
}

func (b *busyStore) pushBefore(left *int) {
	if *left > 0 {
		*left--
		b.w.plate(b.w.a, fmt.Sprintf("冀F7K%d%d%d", b.frames, b.records, b.sums))
		b.w.push(b.w.a)
	}
}

func (b *busyStore) ScanFrames(ctx context.Context, id wire.StreamID, after store.FrameKey, n int) ([]store.Frame, error) {
	b.pushBefore(&b.frames)
	return b.Store.ScanFrames(ctx, id, after, n)
}

func (b *busyStore) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	b.pushBefore(&b.records)
	return b.Store.ScanRecords(ctx, q)
}

func (b *busyStore) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	b.pushBefore(&b.sums)
	return b.Store.Sums(ctx, q)
}

// Frames arriving while the run reads are no findings, at any moment of arrival.
func TestNoFalseAlarmUnderLoad(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			b := &busyStore{Store: w.store, w: w, frames: 1, records: 2, sums: 7}
			w.verify(b)
			w.wantFindings()
			if b.frames+b.records+b.sums > 0 {
				t.Errorf("%d, %d, %d frames never came", b.frames, b.records, b.sums)
			}
		})
	}
}
