package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

var batchTests = map[string]func(*testing.T, Harness){
	"ErrorComesBack":    testBatchError,
	"AllOrNothing":      testAllOrNothing,
	"FramesSeeOneOther": testFramesInOneBatch,
	"Cancelled":         testCancelled,
}

var reopenTests = map[string]func(*testing.T, Harness){"EverythingStands": testReopen}

var errOwn = errors.New("the batch's own error")

func testBatchError(t *testing.T, h Harness) {
	b := open(t, h)
	runs := 0
	err := b.s.Batch(t.Context(), func(store.Steps) error { runs++; return errOwn })
	if !errors.Is(err, errOwn) || runs != 1 {
		t.Errorf("Batch returned %v after %d runs", err, runs)
	}
	b.commit(frame(stream(1), 1, 1, "a")) // and the next batch works
}

func testAllOrNothing(t *testing.T, h Harness) {
	b := open(t, h)
	r := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	r.Group = "g"
	f := frame(stream(1), 1, 1, "a")
	all := func(st store.Steps) error {
		ctx := t.Context()
		if _, _, err := st.CommitFrame(ctx, f); err != nil {
			return err
		}
		if _, err := st.FixBoots(ctx, stream(1), []clock.Boot{{ID: "boot0001", Base: 5}}); err != nil {
			return err
		}
		if err := st.Quarantine(ctx, []store.Quarantined{quarantinedLine(obsID(stream(1), 1, "a"))}); err != nil {
			return err
		}
		if _, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)}); err != nil {
			return err
		}
		_, err := st.Mark(ctx, f.Key)
		return err
	}
	if err := b.s.Batch(t.Context(), func(st store.Steps) error { return errors.Join(all(st), errOwn) }); !errors.Is(err, errOwn) {
		t.Fatal(err)
	}
	if b.s.Traits().Atomic {
		if got := b.frames(stream(1), 1, 1); len(got) != 0 {
			t.Error("a frame of a failed batch stands")
		}
		if s := b.summary(stream(1)); s.Rev != 0 || len(s.Boots) > 0 || s.N != 0 {
			t.Errorf("a summary of a failed batch stands: %+v", s)
		}
		if got := b.read(r.ID)[0]; got.Rev != 0 {
			t.Error("a record of a failed batch stands")
		}
		if got := b.quarantinedLines(stream(1), false); len(got) != 0 {
			t.Error("a quarantined line of a failed batch stands")
		}
		if got := b.regroup("g"); len(got) != 0 {
			t.Error("a member of a failed batch stands")
		}
		if got := b.reader("").poll(5); len(got) != 0 {
			t.Error("the feed shows a failed batch")
		}
		if c, err := b.s.Counts(t.Context()); err != nil || c != (store.Counts{}) {
			t.Errorf("counts of a failed batch: %+v, %v", c, err)
		}
		b.checkSums(map[cell]int64{})
	}
	b.must(b.s.Batch(t.Context(), all)) // the same again: everything is stored once
	b.checkSums(plainRecount(map[string]store.Record{r.ID: r}))
	if s := b.summary(stream(1)); s.N != 1 {
		t.Errorf("numbered %d frames", s.N)
	}
}

func testFramesInOneBatch(t *testing.T, h Harness) {
	b := open(t, h)
	truth := map[string]store.Record{}
	b.do(func(ctx context.Context, st store.Steps) error {
		for i := range 6 {
			f := frame(stream(1), 1+i, 1+i, "a")
			if s, err := st.Stream(ctx, stream(1)); err != nil || s.N != int64(i) {
				t.Errorf("frame %d of a batch sees %d before it, %v", i, s.N, err)
			}
			if _, existed, err := st.CommitFrame(ctx, f); err != nil || existed {
				t.Errorf("frame %d: existed=%v, %v", i, existed, err)
			}
			if _, existed, err := st.CommitFrame(ctx, f); err != nil || !existed {
				t.Errorf("frame %d again: existed=%v, %v", i, existed, err)
			}
			if fs, err := st.FramesWithin(ctx, stream(1), 1, 100); err != nil || len(fs) != i+1 {
				t.Errorf("frame %d of a batch sees %d stored, %v", i, len(fs), err)
			}
			r := rec(obsID(stream(1), 1+i/2, "a"), int64(i), place("u", 20200101+clock.Day(i)))
			r.Group = []string{"g", "h"}[i%2]
			truth[r.ID] = r
			if _, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)}); err != nil {
				return err
			}
			if n, err := st.Mark(ctx, f.Key); err != nil || n != int64(i+1) {
				t.Errorf("frame %d numbered %d, %v", i, n, err)
			}
		}
		return nil
	})
	b.checkSums(plainRecount(truth))
}

func testCancelled(t *testing.T, h Harness) {
	b := open(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := frame(stream(1), 1, 1, "a")
	err := b.s.Batch(ctx, func(st store.Steps) error {
		_, _, err := st.CommitFrame(ctx, f)
		return err
	})
	if err == nil {
		t.Error("a batch whose time is over said nothing of it")
	}
	b.do(func(ctx context.Context, st store.Steps) error { return errOf3(st.CommitFrame(ctx, f)) })
	if got := b.frames(stream(1), 1, 1); len(got) != 1 {
		t.Errorf("%d frames stand after a cancelled try and another", len(got))
	}
}

func errOf3[A, B any](_ A, _ B, err error) error { return err }

func testReopen(t *testing.T, h Harness) {
	b := open(t, h)
	truth := map[string]store.Record{}
	changes := map[string]func(*store.Record){}
	for i := range 5 {
		r := rec(obsID(stream(1), i+1, "a"), int64(i), place("u", 20200101))
		r.Group = []string{"g", "h"}[i%2]
		truth[r.ID], changes[r.ID] = r, become(r)
	}
	b.change(1, changes)
	pending := frame(stream(3), 1, 4, "a")
	b.commitTouched(pending, []string{"r"}, []string{"u"})
	b.fix(stream(3), clock.Boot{ID: "boot0001", Base: 7})
	b.quarantine(quarantinedLine(obsID(stream(3), 2, "a")))
	b.must(b.s.Rebuild(t.Context(), "v1", selfOf, countOf, nil))
	entry, err := b.s.Put(t.Context(), store.Entry{Section: "user", Name: "u", Data: []byte("x")})
	b.must(err)
	r := b.reader("")
	r.poll(5)

	before, counts := b.everything(), counted(b)
	b.s = h.Reopen(t, b.s)
	r.b = b
	if after := b.everything(); !reflect.DeepEqual(after, before) {
		t.Errorf("after reopening\n%+v\nnot\n%+v", after, before)
	}
	if got := counted(b); got != counts {
		t.Errorf("counts %+v, were %+v", got, counts)
	}
	if got, err := b.s.Get(t.Context(), "user", "u"); err != nil || !reflect.DeepEqual(got, entry) {
		t.Errorf("registry: %+v, %v", got, err)
	}
	b.checkSums(plainRecount(truth))
	b.mark(pending.Key)
	if got := r.poll(5); len(got) != 1 || got[0] != pending.Key {
		t.Errorf("the cursor goes on with %v", got)
	}
	moved := truth[obsID(stream(1), 1, "a").String()]
	moved.Place, moved.Group = place("v", 20200202), "h"
	truth[moved.ID] = moved
	b.change(2, map[string]func(*store.Record){moved.ID: become(moved)})
	b.checkSums(plainRecount(truth))
}

func counted(b *bench) store.Counts {
	c, err := b.s.Counts(b.t.Context())
	b.must(err)
	return c
}

// readerView is everything visible to a reader.
type readerView struct {
	Frames  []store.Frame
	Records map[string]int
	Streams []store.Stream
	Held    map[wire.ObsID]store.Quarantined
	Open    []store.Frame
	Version string
}

func (b *bench) everything() (w readerView) {
	b.t.Helper()
	ctx := b.t.Context()
	var err error
	w.Frames, err = b.s.ScanFrames(ctx, wire.StreamID{}, store.FrameKey{}, 100)
	b.must(err)
	w.Streams, err = b.s.Streams(ctx, wire.StreamID{}, 100)
	b.must(err)
	w.Open, err = b.s.Unprojected(ctx, store.Frame{}, 100)
	b.must(err)
	w.Version, err = b.s.CountedBy(ctx)
	b.must(err)
	w.Records = b.scan(store.RecordQuery{Limit: 100}, func(int) {})
	w.Held = b.quarantinedLines(wire.StreamID{}, false)
	return w
}
