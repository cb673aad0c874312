package storetest

import (
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

var markTests = map[string]func(*testing.T, Harness){
	"GaplessAndIdempotent": testMarkNumbers,
	"RangesJoin":           testRanges,
	"ForksStayApart":       testForkRanges,
	"RacersNumberOnce":     testMarkRace,
}

func testMarkNumbers(t *testing.T, h Harness) {
	b := open(t, h)
	s := stream(1)
	f1, f2, f3 := frame(s, 1, 5, "a"), frame(s, 6, 10, "a"), frame(s, 11, 15, "a")
	for _, f := range []store.Frame{f1, f2, f3} {
		b.commit(f)
	}
	other := frame(stream(2), 1, 5, "a")
	b.commit(other)
	for i, f := range []store.Frame{f2, f1, f3} {
		for range 2 {
			if n := b.mark(f.Key); n != int64(i+1) {
				t.Errorf("frame %d got number %d, want %d", f.Key.First, n, i+1)
			}
		}
	}
	if n := b.mark(other.Key); n != 1 {
		t.Errorf("another stream begins with %d", n)
	}
	if n := b.mark(f2.Key); n != 1 {
		t.Errorf("marked again after others, it has number %d, want 1", n)
	}
	sum := b.summary(s)
	if sum.N != 3 || sum.Last != f3.Key || sum.Received != f3.Received {
		t.Errorf("summary %+v", sum)
	}
	for i, want := range []int64{2, 1, 3} {
		f := b.frames(s, 1, 15)[i]
		if f.N != want || !f.Projected {
			t.Errorf("frame %d: N=%d projected=%v, want %d", f.Key.First, f.N, f.Projected, want)
		}
	}
}

func rangeOf(s wire.StreamID, first, last int, branch string) wire.Range {
	f := frame(s, first, last, branch)
	return wire.Range{First: f.Key.First, Last: f.Key.Last, Prev: f.Prev, Head: f.Key.Head}
}

func testRanges(t *testing.T, h Harness) {
	b := open(t, h)
	s := stream(1)
	for _, c := range []struct {
		first, last int
		want        []wire.Range
	}{
		{1, 5, []wire.Range{rangeOf(s, 1, 5, "a")}},
		{11, 12, []wire.Range{rangeOf(s, 1, 5, "a"), rangeOf(s, 11, 12, "a")}},
		{8, 10, []wire.Range{rangeOf(s, 1, 5, "a"), rangeOf(s, 8, 12, "a")}},
		{6, 7, []wire.Range{rangeOf(s, 1, 12, "a")}},
		{9, 12, []wire.Range{rangeOf(s, 1, 12, "a")}}, // the same lines cut otherwise
		{13, 13, []wire.Range{rangeOf(s, 1, 13, "a")}},
	} {
		f := frame(s, c.first, c.last, "a")
		b.commit(f)
		if before := b.summary(s); len(before.Ranges) > 0 && before.Last == f.Key {
			t.Error("a frame is in the summary before it is marked")
		}
		b.mark(f.Key)
		if got := b.summary(s).Ranges; !reflect.DeepEqual(got, c.want) {
			t.Errorf("with %d..%d:\n got %v\nwant %v", c.first, c.last, got, c.want)
		}
	}
}

func testForkRanges(t *testing.T, h Harness) {
	b := open(t, h)
	s := stream(1)
	f := frame(s, 1, 5, "a")
	fork := frame(s, 4, 7, "b")
	fork.Forked = []uint64{4, 5}
	next := frame(s, 6, 8, "a")
	for _, f := range []store.Frame{f, fork, next} {
		b.commit(f)
		b.mark(f.Key)
	}
	sum := b.summary(s)
	if want := []wire.Range{rangeOf(s, 1, 8, "a"), rangeOf(s, 4, 7, "b")}; !reflect.DeepEqual(sum.Ranges, want) {
		t.Errorf("ranges %v, want %v", sum.Ranges, want)
	}
	if sum.Forks != 2 || sum.N != 3 {
		t.Errorf("forks %d, frames %d; want 2, 3", sum.Forks, sum.N)
	}
}

func testMarkRace(t *testing.T, h Harness) {
	b := open(t, h)
	const frames = 4
	keys := make([]store.FrameKey, frames)
	for i := range keys {
		f := frame(stream(1), 1+2*i, 2+2*i, "a")
		b.commit(f)
		keys[i] = f.Key
	}
	numbers := make([]int64, 16)
	errs := make([]error, 16)
	race(16, func(i int) {
		ctx := t.Context()
		errs[i] = b.s.Batch(ctx, func(st store.Steps) (err error) {
			numbers[i], err = st.Mark(ctx, keys[i%frames])
			return err
		})
	})
	for i := range numbers {
		b.must(errs[i])
		if numbers[i] != numbers[i%frames] {
			t.Errorf("frame %d was numbered %d and %d", i%frames, numbers[i%frames], numbers[i])
		}
	}
	got := slices.Sorted(slices.Values(numbers[:frames]))
	if !slices.Equal(got, []int64{1, 2, 3, 4}) {
		t.Errorf("numbers %v, want 1 to 4", got)
	}
	sum := b.summary(stream(1))
	if want := []wire.Range{rangeOf(stream(1), 1, 8, "a")}; sum.N != 4 || !reflect.DeepEqual(sum.Ranges, want) {
		t.Errorf("summary N=%d %v", sum.N, sum.Ranges)
	}
}
