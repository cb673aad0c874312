package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

var frameTests = map[string]func(*testing.T, Harness){
	"InsertIfAbsent": testInsertIfAbsent,
	"SixteenRacers":  testFrameRace,
	"Within":         testWithin,
	"WithID":         testFrameWith,
	"ScanPages":      testScanFrames,
	"Unprojected":    testUnprojected,
	"TouchAddsUp":    testTouch,
	"Counts":         testCounts,
}

func fullFrame() store.Frame {
	f := frame(stream(1), 1, 3, "a")
	f.LineFaults = []store.LineFaults{{Seq: 2, Faults: schema.Faults{{Code: "required", Field: "unit"}}}}
	f.Forked = []uint64{3}
	return f
}

func testInsertIfAbsent(t *testing.T, h Harness) {
	b := open(t, h)
	f := fullFrame()
	stored := b.commit(f)
	if !reflect.DeepEqual(stored, f) {
		t.Errorf("stored\n%+v\nnot\n%+v", stored, f)
	}
	other := f
	other.Received, other.Sig, other.Unit = 5, []byte("another"), "another"
	b.do(func(ctx context.Context, st store.Steps) error {
		got, existed, err := st.CommitFrame(ctx, other)
		if !existed || !reflect.DeepEqual(got, f) {
			t.Errorf("the second: existed=%v, stands %+v; want what came first", existed, got)
		}
		return err
	})
	got := b.frames(stream(1), 1, 3)
	if len(got) != 1 || !reflect.DeepEqual(got[0], f) {
		t.Errorf("read back %+v", got)
	}
	fork := frame(stream(1), 1, 3, "b")
	b.commit(fork) // another head is another key
}

func testFrameRace(t *testing.T, h Harness) {
	b := open(t, h)
	f := frame(stream(1), 1, 20, "a")
	var existed [16]bool
	var errs [16]error
	race(16, func(i int) {
		ctx := t.Context()
		errs[i] = b.s.Batch(ctx, func(st store.Steps) error {
			_, was, err := st.CommitFrame(ctx, f)
			existed[i] = was
			return err
		})
	})
	inserted := 0
	for i := range existed {
		b.must(errs[i])
		if !existed[i] {
			inserted++
		}
	}
	if inserted != 1 {
		t.Errorf("%d of 16 racers inserted the frame", inserted)
	}
	if got := b.frames(stream(1), 1, 100); len(got) != 1 {
		t.Errorf("%d frames stand", len(got))
	}
}

func testWithin(t *testing.T, h Harness) {
	b := open(t, h)
	s := stream(1)
	all := []store.Frame{
		frame(s, 1, 5, "a"), frame(s, 1, 12, "a"), frame(s, 6, 10, "a"), frame(s, 6, 10, "b"),
		frame(s, 11, 11, "a"), frame(s, 30, 40, "a"),
	}
	for _, f := range all {
		b.commit(f)
	}
	b.commit(frame(stream(2), 1, 50, "a"))
	b.mark(all[0].Key)
	for _, c := range []struct{ first, last uint64 }{{1, 1}, {5, 6}, {10, 10}, {11, 29}, {13, 29}, {40, 99}, {41, 99}, {1, 99}} {
		var want []store.FrameKey
		for _, f := range all {
			if f.Key.First <= c.last && c.first <= f.Key.Last {
				want = append(want, f.Key)
			}
		}
		slices.SortFunc(want, compareKeys)
		if got := keysOf(b.frames(s, c.first, c.last)); !slices.Equal(got, want) {
			t.Errorf("within %d..%d:\n got %v\nwant %v", c.first, c.last, got, want)
		}
	}
}

func testFrameWith(t *testing.T, h Harness) {
	b := open(t, h)
	s := stream(1)
	a1, a2, fork := frame(s, 1, 5, "a"), frame(s, 6, 9, "a"), frame(s, 4, 7, "b")
	for _, f := range []store.Frame{a1, fork, a2} {
		b.commit(f)
	}
	b.mark(a1.Key)
	for _, c := range []struct {
		id   wire.ObsID
		want store.FrameKey
	}{
		{obsID(s, 1, "a"), a1.Key}, {obsID(s, 5, "a"), a1.Key}, {obsID(s, 6, "a"), a2.Key}, {obsID(s, 9, "a"), a2.Key},
		{obsID(s, 5, "b"), fork.Key}, {obsID(s, 7, "b"), fork.Key},
	} {
		got, err := b.s.FrameWith(t.Context(), c.id)
		if err != nil || got.Key != c.want {
			t.Errorf("with %v: %v, %v; want %v", c.id, got.Key, err, c.want)
		}
	}
	for _, id := range []wire.ObsID{obsID(s, 10, "a"), obsID(s, 9, "b"), obsID(s, 5, "c"), obsID(stream(2), 1, "a")} {
		if _, err := b.s.FrameWith(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("with %v, which nobody sent: %v", id, err)
		}
	}
}

func testScanFrames(t *testing.T, h Harness) {
	b := open(t, h)
	var want []store.FrameKey
	for s := range 3 {
		for i := range 5 {
			f := frame(stream(2-s), 1+3*i, 3+3*i, "a")
			b.commit(f)
			want = append(want, f.Key)
		}
	}
	fork := frame(stream(1), 4, 6, "b")
	b.commit(fork)
	want = append(want, fork.Key)
	slices.SortFunc(want, compareKeys)
	for _, limit := range []int{1, 4, 100} {
		if got := b.scanFrames(wire.StreamID{}, limit); !slices.Equal(got, want) {
			t.Errorf("limit %d:\n got %v\nwant %v", limit, got, want)
		}
	}
	of1 := slices.DeleteFunc(slices.Clone(want), func(k store.FrameKey) bool { return k.Stream != stream(1) })
	if got := b.scanFrames(stream(1), 2); !slices.Equal(got, of1) {
		t.Errorf("one stream: %v, want %v", got, of1)
	}
}

func (b *bench) scanFrames(s wire.StreamID, limit int) (keys []store.FrameKey) {
	b.t.Helper()
	var after store.FrameKey
	for {
		fs, err := b.s.ScanFrames(b.t.Context(), s, after, limit)
		b.must(err)
		if len(fs) == 0 {
			return keys
		}
		if len(fs) > limit {
			b.t.Fatalf("a page of %d frames, limit %d", len(fs), limit)
		}
		keys = append(keys, keysOf(fs)...)
		after = fs[len(fs)-1].Key
	}
}

func testUnprojected(t *testing.T, h Harness) {
	b := open(t, h)
	f1, f2, f3 := frame(stream(3), 1, 2, "a"), frame(stream(1), 1, 2, "a"), frame(stream(2), 1, 2, "a")
	f1.Received, f2.Received, f3.Received = 100, 200, 300
	for _, f := range []store.Frame{f1, f2, f3} {
		b.commit(f)
	}
	b.mark(f2.Key)
	fs, err := b.s.Unprojected(t.Context(), store.Frame{}, 10)
	b.must(err)
	if got := keysOf(fs); !slices.Equal(got, []store.FrameKey{f1.Key, f3.Key}) {
		t.Errorf("unprojected, oldest first: %v", got)
	}
	if fs, err = b.s.Unprojected(t.Context(), store.Frame{}, 1); err != nil || len(fs) != 1 || !reflect.DeepEqual(fs[0], f1) {
		t.Errorf("the first of them: %+v, %v", fs, err)
	}
	if fs, err = b.s.Unprojected(t.Context(), f1, 10); err != nil || len(fs) != 1 || !reflect.DeepEqual(fs[0], f3) {
		t.Errorf("what comes after the first: %+v, %v", fs, err)
	}
	if fs, err = b.s.Unprojected(t.Context(), f3, 10); err != nil || len(fs) != 0 {
		t.Errorf("what comes after the last: %+v, %v", fs, err)
	}
	b.mark(f1.Key)
	b.mark(f3.Key)
	if fs, err = b.s.Unprojected(t.Context(), store.Frame{}, 10); err != nil || len(fs) != 0 {
		t.Errorf("all are marked: %v, %v", fs, err)
	}
}

func testTouch(t *testing.T, h Harness) {
	b := open(t, h)
	f := frame(stream(1), 1, 2, "a")
	b.commit(f)
	touch := func(records, units []string) {
		b.do(func(ctx context.Context, st store.Steps) error { return st.Touch(ctx, f.Key, records, units) })
	}
	touch([]string{"r2", "r1"}, []string{"u1"})
	touch([]string{"r2", "r3"}, []string{"u2", "u1"})
	b.mark(f.Key)
	got := b.frames(stream(1), 1, 2)[0]
	slices.Sort(got.Touched)
	slices.Sort(got.Units)
	if !slices.Equal(got.Touched, []string{"r1", "r2", "r3"}) || !slices.Equal(got.Units, []string{"u1", "u2"}) {
		t.Errorf("touched %v in %v", got.Touched, got.Units)
	}
	if !got.Projected || got.N != 1 {
		t.Errorf("marked, but N=%d, projected=%v", got.N, got.Projected)
	}
}

func testCounts(t *testing.T, h Harness) {
	b := open(t, h)
	if c, err := b.s.Counts(t.Context()); err != nil || c != (store.Counts{}) {
		t.Errorf("a new database holds %+v, %v", c, err)
	}
	f1, f2 := frame(stream(1), 1, 3, "a"), frame(stream(2), 1, 4, "a")
	b.commit(f1)
	b.commit(f2)
	b.mark(f1.Key)
	b.put(rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101)), rec(obsID(stream(1), 2, "a"), 1, place("u", 20200101)))
	b.do(func(ctx context.Context, st store.Steps) error {
		return st.Quarantine(ctx, []store.Quarantined{{ID: obsID(stream(1), 3, "a"), Unit: "u", Received: 1}})
	})
	c, err := b.s.Counts(t.Context())
	b.must(err)
	if want := (store.Counts{Frames: 2, Observations: 7, Records: 2, Quarantined: 1, Unprojected: 1}); c != want {
		t.Errorf("counts %+v, want %+v", c, want)
	}
}

func keysOf(fs []store.Frame) (ks []store.FrameKey) {
	for _, f := range fs {
		ks = append(ks, f.Key)
	}
	return ks
}
