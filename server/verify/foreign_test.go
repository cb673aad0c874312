package verify_test

import (
	"context"
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Clerk b corrects a plate of clerk a's unit: the correction is listed. Then a shares the plate: the note says so.
func TestNotesOfForeignLinesAreChecked(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			change := w.change(w.b, w.plates[2], nil)
			w.verify(w.store)
			w.wantFindings()
			w.verify(&notesStore{w.store, func(qs []store.Quarantined) []store.Quarantined {
				return slices.DeleteFunc(qs, func(q store.Quarantined) bool { return q.ID == change })
			}})
			w.wantFindings("lost held " + change.String())

			w.change(w.a, w.plates[2], []string{"office-2"})
			w.verify(w.store)
			w.wantFindings()
			w.verify(&notesStore{w.store, func(qs []store.Quarantined) []store.Quarantined {
				for i := range qs {
					qs[i].Released = ""
				}
				return qs
			}})
			w.wantFindings("stale held " + change.String())
		})
	}
}

// TestUnlistedLinesBesideLateOnes: of clerk b's corrections none is listed. Those that came after the log was read are no
// findings, and hide no other.
func TestUnlistedLinesBesideLateOnes(t *testing.T) {
	const each = 6 // of each: a search that ends at the first late one misses some, in 923 of 924 orders
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			var want []string
			for range each {
				want = append(want, "lost held "+w.change(w.b, w.plates[2], nil).String())
			}
			late := &lateStore{Store: w.store, before: func() {
				for range each {
					w.change(w.b, w.plates[2], nil)
				}
			}}
			w.verify(&notesStore{late, func(qs []store.Quarantined) []store.Quarantined {
				return slices.DeleteFunc(qs, func(q store.Quarantined) bool { return q.Faults[0].Code == ingest.CodeForeignUnit })
			}})
			w.wantFindings(want...)
			if late.before != nil {
				t.Error("no line came late")
			}
		})
	}
}

// lateStore calls before once, between the reading of the log and of the records.
type lateStore struct {
	store.Store
	before func()
}

func (l *lateStore) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	if l.before != nil {
		l.before()
		l.before = nil
	}
	return l.Store.ScanRecords(ctx, q)
}

// notesStore lies about the listed lines, in every list.
type notesStore struct {
	store.Store
	lie func([]store.Quarantined) []store.Quarantined
}

func (s *notesStore) QuarantinedLines(ctx context.Context, id wire.StreamID, after wire.ObsID, released bool, n int) ([]store.Quarantined, error) {
	qs, err := s.Store.QuarantinedLines(ctx, id, after, released, n)
	return s.lie(qs), err
}

// change amends a plate by a clerk, and shares it.
func (w *world) change(d *fleet.Device, plate wire.ObsID, share []string) wire.ObsID {
	w.t.Helper()
	id := d.Save(fleet.Observation{
		Kind: kind("plate"), Act: wire.Amend, At: w.now.UnixMilli(), Record: plate.String(), Seen: []string{plate.String()}, Share: share,
		Fields: schema.Values{{Name: "remark", Value: schema.Value{Type: schema.TypeText, S: "x"}}},
	})
	w.push(d)
	return id
}

// A unit that somebody adds to a frame in the database shows: the stored records were derived from the frame as it came.
func TestUnitsOfAFrameAreChecked(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			w.verify(&lyingStore{Store: w.store, frame: func(f *store.Frame) bool {
				if isFrameOfA(f, w, 1) {
					f.Earlier = []string{"office-2"}
				}
				return true
			}})
			w.wantFindings("altered record <0>", "altered record <1>")
		})
	}
}
