package storetest

import (
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

func testRebuild(t *testing.T, h Harness) {
	b := open(t, h)
	if v, err := b.s.CountedBy(t.Context()); err != nil || v != "" {
		t.Errorf("a new database was counted by %q, %v", v, err)
	}
	truth := map[string]store.Record{}
	changes := map[string]func(*store.Record){}
	for i := range 9 {
		r := rec(obsID(stream(1), i+1, "a"), int64(i), place("u", 20200101+clock.Day(i%2)))
		if i%3 == 0 {
			r.Group = "g"
		}
		truth[r.ID], changes[r.ID] = r, become(r)
	}
	b.change(1, changes)
	none := func(*store.Record, []merge.Member) []tally.Contribution { return nil }
	b.must(b.s.Rebuild(t.Context(), "v0", selfOf, none, nil))
	b.checkSums(map[cell]int64{})
	var done, of int64
	b.must(b.s.Rebuild(t.Context(), "v1", selfOf, countOf, func(d, o int64) { done, of = d, o }))
	b.checkSums(plainRecount(truth))
	if done != 9 || of != 9 {
		t.Errorf("the last progress was %d of %d, want 9 of 9", done, of)
	}
	if v, err := b.s.CountedBy(t.Context()); err != nil || v != "v1" {
		t.Errorf("counted by %q, %v; want v1", v, err)
	}
	moved := truth[obsID(stream(1), 2, "a").String()]
	moved.Place = place("w", 20200303)
	truth[moved.ID] = moved
	b.change(2, map[string]func(*store.Record){moved.ID: become(moved)})
	b.checkSums(plainRecount(truth)) // a move after a rebuild leaves nothing behind either
}

func testCountRace(t *testing.T, h Harness) {
	b := open(t, h)
	truth := map[string]store.Record{}
	errs := make([]error, 16)
	frames := make([]map[string]func(*store.Record), 16)
	for i := range frames {
		r := rec(obsID(stream(i), 1, "a"), int64(i+1), place("u", 20200101))
		r.Group = "same"
		truth[r.ID] = r
		frames[i] = map[string]func(*store.Record){r.ID: become(r)}
	}
	race(len(frames), func(i int) {
		f := frame(stream(500+i), 1, 1, "a")
		ctx := t.Context()
		errs[i] = b.s.Batch(ctx, func(st store.Steps) error {
			if _, _, err := st.CommitFrame(ctx, f); err != nil {
				return err
			}
			if _, err := project(ctx, st, f.Key, frames[i]); err != nil {
				return err
			}
			_, err := st.Mark(ctx, f.Key)
			return err
		})
	})
	for _, err := range errs {
		b.must(err)
	}
	b.checkSums(plainRecount(truth))
}
