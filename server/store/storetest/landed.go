package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// An operation is done, and its answer is lost: the caller learns that the store is unavailable and repeats the call.
// The repetition must give the same answer, and the stored state must be the same as without the loss.
var landedTests = map[string]func(*testing.T, Harness){
	"EachStep":      testLandedSteps,
	"PutOfANewName": testLandedPutNew,
	"PutOverARev":   testLandedPutRev,
	"ExpireAgain":   testLandedExpire,
	"RebuildAgain":  testLandedRebuild,
	"ReadOfAnEntry": testLandedGet,
}

// framePath is the path of a frame. One of its lines moves record one from place u and group g to place v and group h, and
// there record one counts before record three; a boot is fixed; a line is quarantined and released.
type framePath struct {
	f        store.Frame
	one, two store.Record // both in u and g before
	three    store.Record // in v and h
	boot     clock.Boot
	line     wire.ObsID
	bucket   store.Place // chosen for one, kept by the caller between steps
}

// newFramePath stores the records present before the frame, counted.
func newFramePath(b *bench) *framePath {
	j := &framePath{
		f: frame(stream(1), 1, 3, "a"), boot: clock.Boot{ID: "boot0001", Base: 5}, line: obsID(stream(1), 3, "a"),
		one: rec(obsID(stream(2), 1, "a"), 7, place("u", 20200101)), two: rec(obsID(stream(2), 2, "a"), 3, place("u", 20200101)),
		three: rec(obsID(stream(2), 3, "a"), 50, place("v", 20210505)),
	}
	j.one.Group, j.two.Group, j.three.Group = "g", "g", "h"
	b.change(1, map[string]func(*store.Record){j.one.ID: become(j.one), j.two.ID: become(j.two), j.three.ID: become(j.three)})
	return j
}

// step is one step of the path, with its answers on first execution and on repetition.
type step struct {
	name        string
	run         func(ctx context.Context, st store.Steps) (any, error)
	want, again any
}

func (j *framePath) steps() []step {
	ids := []string{j.one.ID, j.two.ID}
	all := []string{j.one.ID, j.two.ID, j.three.ID}
	revs := func(ctx context.Context, st store.Steps) ([]store.Record, any, error) {
		rs, err := st.Records(ctx, ids)
		if err != nil {
			return nil, nil, err
		}
		return rs, []any{amountOf(&rs[0]), rs[0].Group, amountOf(&rs[1]), rs[1].Group}, nil
	}
	return []step{
		{"Stream", func(ctx context.Context, st store.Steps) (any, error) {
			s, err := st.Stream(ctx, stream(1))
			return s.N, err
		}, int64(0), int64(0)},
		{"FixBoots", func(ctx context.Context, st store.Steps) (any, error) {
			s, err := st.FixBoots(ctx, stream(1), []clock.Boot{j.boot})
			return fmt.Sprint(s.Boots), err
		}, fmt.Sprint([]clock.Boot{j.boot}), fmt.Sprint([]clock.Boot{j.boot})},
		{"CommitFrame", func(ctx context.Context, st store.Steps) (any, error) {
			stored, existed, err := st.CommitFrame(ctx, j.f)
			return []any{stored.Key == j.f.Key && stored.Received == j.f.Received, existed}, err
		}, []any{true, false}, []any{true, true}},
		{"FramesWithin", func(ctx context.Context, st store.Steps) (any, error) {
			fs, err := st.FramesWithin(ctx, stream(1), 1, 3)
			return len(fs), err
		}, 1, 1},
		{"Quarantine", func(ctx context.Context, st store.Steps) (any, error) {
			return nil, st.Quarantine(ctx, []store.Quarantined{quarantinedLine(j.line)})
		}, nil, nil},
		{"Release", func(ctx context.Context, st store.Steps) (any, error) { return nil, st.Release(ctx, j.line, "by") }, nil, nil},
		{"Records", func(ctx context.Context, st store.Steps) (any, error) {
			_, seen, err := revs(ctx, st)
			return seen, err
		}, []any{int64(7), "g", int64(3), "g"}, []any{int64(7), "g", int64(3), "g"}},
		{"BucketsFor", func(ctx context.Context, st store.Steps) (any, error) {
			ps, err := st.BucketsFor(ctx, []store.Place{place("v", 20210505)})
			if err != nil {
				return nil, err
			}
			j.bucket = ps[0]
			return samePlace(ps[0], place("v", 20210505)), nil
		}, true, true},
		{"ReplaceRecords", j.joinStep(revs), []any{int64(7), "h", int64(3), "g"}, []any{int64(7), "h", int64(3), "g"}},
		{"Regroup", func(ctx context.Context, st store.Steps) (any, error) {
			members, err := st.Regroup(ctx, []string{"g", "h"}, selfOf)
			slices.Sort(members)
			return slices.Compact(members), err
		}, all, all},
		{"Touch", func(ctx context.Context, st store.Steps) (any, error) {
			return nil, st.Touch(ctx, j.f.Key, all, []string{"u", "v"})
		}, nil, nil},
		{"Recount", func(ctx context.Context, st store.Steps) (any, error) {
			rs, _, err := revs(ctx, st)
			if err != nil {
				return nil, err
			}
			more, err := st.Records(ctx, all[2:])
			if err != nil {
				return nil, err
			}
			places := []store.Place{rs[0].Place, rs[1].Place, rs[0].Departed[0].Place, more[0].Place}
			return nil, st.Recount(ctx, distinct(places), all, countOf)
		}, nil, nil},
		{"ClearDeparted", func(ctx context.Context, st store.Steps) (any, error) {
			return nil, st.ClearDeparted(ctx, j.f.Key, ids)
		}, nil, nil},
		{"Mark", func(ctx context.Context, st store.Steps) (any, error) { return anyResult(st.Mark(ctx, j.f.Key)) }, int64(1), int64(1)},
	}
}

func anyResult(n int64, err error) (any, error) { return n, err }

// joinStep is the join by a caller that may have joined before: a record with the join is left unchanged.
func (j *framePath) joinStep(revs func(context.Context, store.Steps) ([]store.Record, any, error)) func(context.Context, store.Steps) (any, error) {
	return func(ctx context.Context, st store.Steps) (any, error) {
		rs, _, err := revs(ctx, st)
		if err != nil {
			return nil, err
		}
		r := rs[0]
		if len(r.Departed) == 0 {
			r.Departed = []store.Departed{{Place: r.Place, Group: r.Group, Frame: j.f.Key}}
			r.Group, r.Place = "h", j.bucket
		}
		if _, err := st.ReplaceRecords(ctx, []store.Record{r}); err != nil {
			return nil, err
		}
		_, seen, err := revs(ctx, st)
		return seen, err
	}
}

// checkResult checks the stored state after the path, with everything counted once.
func (j *framePath) checkResult(b *bench) {
	t := b.t
	t.Helper()
	b.checkSums(map[cell]int64{
		{"v", "amount", 20210505}: 7, {"v", "items", 20210505}: 2, {"v", "started", 20210506}: 1,
		{"u", "amount", 20200101}: 3, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
	})
	if c := counted(b); c != (store.Counts{Frames: 2, Observations: 4, Records: 3}) {
		t.Errorf("counts %+v; want 2 frames of 4 lines, 3 records, nothing held, nothing pending", c)
	}
	sum := b.summary(stream(1))
	if sum.N != 1 || !sameBoots(sum.Boots, j.boot) || !reflect.DeepEqual(sum.Ranges, []wire.Range{rangeOf(stream(1), 1, 3, "a")}) {
		t.Errorf("summary %+v", sum)
	}
	if got := b.quarantinedLines(stream(1), true); len(got) != 1 || got[j.line].Released != "by" {
		t.Errorf("released lines: %+v", got)
	}
	rs := b.read(j.one.ID, j.two.ID)
	if rs[0].Group != "h" || rs[1].Group != "g" || len(rs[0].Departed)+len(rs[1].Departed) != 0 || len(rs[0].State.Obs) != 1 {
		t.Errorf("the records are %+v", rs)
	}
	f := b.frames(stream(1), 1, 3)[0]
	slices.Sort(f.Touched)
	if f.N != 1 || !slices.Equal(f.Touched, []string{j.one.ID, j.two.ID, j.three.ID}) {
		t.Errorf("the frame has number %d and touched %v", f.N, f.Touched)
	}
	for id, want := range map[string][]string{j.one.ID: {j.one.ID, j.three.ID}, j.two.ID: {j.two.ID}} {
		if got := b.groupSeen(id); !slices.Equal(got, want) {
			t.Errorf("%s is counted with %v, want %v", id, got, want)
		}
	}
}

// testLandedSteps loses the answer of every step of the path, once or twice: after the step (in a transaction, which
// is then rolled back), or after the commit.
func testLandedSteps(t *testing.T, h Harness) {
	for _, atCommit := range []bool{false, true} {
		for times := 1; times <= 2; times++ {
			runLosing(t, h, atCommit, times)
		}
	}
}

// runLosing runs the path, each step in a batch of its own, and loses the given number of answers per step.
func runLosing(t *testing.T, h Harness, atCommit bool, times int) {
	t.Helper()
	plain := h.Open(t)
	j := newFramePath(&bench{t, plain})
	left, at := 0, ""
	b := &bench{t, faulty.Wrap(plain, func(op string, before bool) error {
		if op == at && !before && left > 0 {
			left--
			return faulty.ErrLost
		}
		return nil
	})}
	landed := atCommit || !plain.Traits().Atomic
	for _, s := range j.steps() {
		if left, at = times, s.name; atCommit {
			at = faulty.Commit
		}
		for range times {
			_, err := runStep(b, s)
			if !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: the answer that was lost came as %v", s.name, err)
			}
		}
		want := s.want
		if landed {
			want = s.again
		}
		if answer, err := runStep(b, s); err != nil || !reflect.DeepEqual(answer, want) {
			t.Errorf("%s, after %d lost answers: %v, %v; want %v", s.name, times, answer, err, want)
		}
	}
	j.checkResult(&bench{t, plain})
}

func runStep(b *bench, s step) (answer any, err error) {
	ctx := b.t.Context()
	err = b.s.Batch(ctx, func(st store.Steps) (err error) {
		answer, err = s.run(ctx, st)
		return err
	})
	return answer, err
}
