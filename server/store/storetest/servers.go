package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Everything done by one server is seen by every other server, from the moment at which the first returned; a frame
// may go through its steps on many servers.
var serverTests = map[string]func(*testing.T, Harness){
	"EachStepIsSeen":       testSeenAtOnce,
	"RegistryIsOne":        testRegistryOfTwo,
	"StepsOfOneFrame":      testStepsByTurns,
	"SameFramesFromAll":    testSameFramesFromAll,
	"FeedGoesOnElsewhere":  testFeedElsewhere,
	"RebuildReachesOthers": testRebuildElsewhere,
}

func testSeenAtOnce(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	a, b := bs[0], bs[1]
	b.summary(stream(1)) // the earlier read must not hide later writes
	b.read(obsID(stream(1), 1, "a").String())
	for i := range 4 {
		f := frame(stream(1), 1+i, 1+i, "a")
		a.commit(f)
		if got := b.frames(stream(1), uint64(1+i), uint64(1+i)); len(got) != 1 {
			t.Errorf("frame %d is not seen", i)
		}
		boot := clock.Boot{ID: fmt.Sprintf("boot%04d", i), Base: 5}
		a.fix(stream(1), boot)
		if got := b.summary(stream(1)); len(got.Boots) != i+1 || !slices.Contains(got.Boots, boot) {
			t.Errorf("boot %d is not seen: %v", i, got.Boots)
		}
		a.quarantine(quarantinedLine(obsID(stream(1), 1+i, "a")))
		if got := b.quarantinedLines(stream(1), false); len(got) != i+1 {
			t.Errorf("%d quarantined lines are seen, want %d", len(got), i+1)
		}
		r := rec(obsID(stream(1), 1, "a"), int64(i), place("u", 20200101))
		r.Rev = int64(i)
		a.put(r)
		if got := b.read(r.ID)[0]; got.Rev != int64(i+1) || amountOf(&got) != int64(i) {
			t.Errorf("revision %d is seen, want %d", got.Rev, i+1)
		}
		a.mark(f.Key)
		if got := b.summary(stream(1)); got.N != int64(i+1) || got.Last != f.Key {
			t.Errorf("number %d is seen, want %d", got.N, i+1)
		}
		a, b = b, a
	}
}

func testRegistryOfTwo(t *testing.T, h Harness) {
	bs := servers(t, h, 3)
	ctx := t.Context()
	e, err := bs[0].s.Put(ctx, store.Entry{Section: "code", Name: "c", Data: []byte{0}, Expires: farAway})
	bs[0].must(err)
	for i := range 6 {
		b := bs[i%3]
		if _, err := b.s.Put(ctx, store.Entry{Section: "code", Name: "c"}); !errors.Is(err, store.ErrExists) {
			t.Errorf("a code given out by another server: %v, want ErrExists", err)
		}
		stale := e
		got, err := b.s.Get(ctx, "code", "c")
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("server %d reads %+v, %v; stored was %+v", i%3, got, err, e)
		}
		got.Data = []byte{byte(i + 1)}
		e, err = b.s.Put(ctx, got)
		b.must(err)
		if _, err := bs[(i+1)%3].s.Put(ctx, stale); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a put over what another server changed: %v, want ErrConflict", err)
		}
	}
	bs[1].must(bs[1].s.Expire(ctx, farAway+1))
	if got := bs[2].names("code", 10); len(got) != 0 {
		t.Errorf("another server removed it, still listed: %v", got)
	}
}

// testStepsByTurns runs the steps of each frame in turn on three servers.
func testStepsByTurns(t *testing.T, h Harness) {
	bs := servers(t, h, 3)
	turn := 0
	next := func() *bench { turn++; return bs[turn%len(bs)] }
	truth := map[string]store.Record{}
	for i := range 9 {
		f := frame(stream(1), 1+i, 1+i, "a")
		next().commit(f)
		r := rec(obsID(stream(1), 1+i%3, "a"), int64(10+i), place([]string{"u", "v"}[i/3%2], 20200101))
		r.Group = []string{"g", "h"}[i%2]
		truth[r.ID] = r
		r.Rev = next().read(r.ID)[0].Rev
		next().do(func(ctx context.Context, st store.Steps) error {
			_, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)})
			return err
		})
		next().do(func(ctx context.Context, st store.Steps) error { // the same again, as after a lost answer
			_, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)})
			return err
		})
		if n := next().mark(f.Key); n != int64(i+1) {
			t.Errorf("frame %d has number %d", i, n)
		}
		next().checkSums(plainRecount(truth))
	}
}

// testSameFramesFromAll: the same lines, cut in four ways, reach two servers at once on sixteen connections.
func testSameFramesFromAll(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	cuts := sameLines()
	r := rec(obsID(stream(1), 5, "a"), 7, place("u", 20200101))
	errs := make([]error, racers)
	race(racers, func(i int) {
		ctx := t.Context()
		for _, f := range cuts[i/2%len(cuts)] {
			err := bs[i%2].s.Batch(ctx, func(st store.Steps) error {
				if _, _, err := st.CommitFrame(ctx, f); err != nil {
					return err
				}
				if _, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)}); err != nil {
					return err
				}
				_, err := st.Mark(ctx, f.Key)
				return err
			})
			errs[i] = errors.Join(errs[i], err)
		}
	})
	for _, err := range errs {
		bs[0].must(err)
	}
	for _, b := range bs {
		b.checkSums(map[cell]int64{
			{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
		})
		sum := b.summary(stream(1))
		if sum.N != 7 || !reflect.DeepEqual(sum.Ranges, []wire.Range{rangeOf(stream(1), 1, 6, "a")}) {
			t.Errorf("summary N=%d %v, want 7 frames, 1 to 6", sum.N, sum.Ranges)
		}
		if c := counted(b); c.Frames != 7 || c.Records != 1 || c.Unprojected != 0 {
			t.Errorf("counts %+v; want 7 frames, 1 record", c)
		}
	}
}

func testFeedElsewhere(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	r := bs[0].reader("")
	for i := range 8 {
		k := bs[i%2].commitTouched(frame(stream(i%3), 1+i, 1+i, "a"), []string{"r"}, []string{"u"})
		bs[1-i%2].mark(k)
		r.b = bs[i/2%2]
		if got := r.poll(2); !slices.Equal(got, []store.FrameKey{k}) {
			t.Errorf("frame %d, marked by the other server, is shown as %v", i, got)
		}
	}
}

func testRebuildElsewhere(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	r := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	bs[0].put(r)
	bs[1].checkSums(map[cell]int64{})
	bs[0].must(bs[0].s.Rebuild(t.Context(), "v1", selfOf, countOf, nil))
	bs[1].checkSums(map[cell]int64{
		{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
	})
	if v, err := bs[1].s.CountedBy(t.Context()); err != nil || v != "v1" {
		t.Errorf("counted by %q, %v; want v1", v, err)
	}
	if err := bs[1].s.CountAs(t.Context(), "v2"); !errors.Is(err, store.ErrNewer) {
		t.Errorf("counting as v2: %v", err)
	}
	bs[1].must(bs[1].s.CountAs(t.Context(), "v1"))
	more := rec(obsID(stream(1), 2, "a"), 5, place("u", 20200101))
	bs[1].change(1, map[string]func(*store.Record){more.ID: become(more)})
	bs[0].checkSums(map[cell]int64{
		{"u", "amount", 20200101}: 12, {"u", "items", 20200101}: 2, {"u", "started", 20200102}: 2,
	})
}
