package verify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// cell is the unit, day and measure of a sum.
type cell struct {
	unit    string
	day     clock.Day
	measure string
}

func (c cell) String() string { return fmt.Sprintf("%s %d %s", c.unit, c.day, c.measure) }

type sums map[cell]int64

// maxRounds is how often differing sums or groups are compared while servers write.
const maxRounds = 6

const (
	firstDay = clock.Day(1)
	lastDay  = clock.Day(99991231)
)

// checkSums counts everything anew from the frames and compares. A round reads the sums, then the new frames, then the
// sums again. A sum is wrong if in two rounds it stood still in between, differs from the recount, and is touched by no
// pending frame.
func (r *run) checkSums(ctx context.Context) error {
	by, err := r.Store.CountedBy(ctx)
	if err != nil {
		return err
	}
	if by != r.Counter.Version() {
		if by != "" || len(r.records) > 0 {
			r.emit(finding(Stale, "catalogue", "汇总按目录 %q，现行为 %q", "sums were counted by %q, in force is %q", by, r.Counter.Version()))
		}
		return nil
	}
	var doubtful map[cell][2]int64
	for look := range maxRounds {
		if look > 0 {
			if err := r.Wait(ctx); err != nil {
				return err
			}
		}
		differ, open, err := r.compareSums(ctx)
		if err != nil {
			return err
		}
		r.Progress("sums", int64(look+1), maxRounds)
		for c, pair := range differ {
			if _, twice := doubtful[c]; twice {
				r.emitSum(c, pair[0], pair[1])
				delete(differ, c)
			}
		}
		doubtful = differ
		if len(differ) == 0 && !open {
			break
		}
	}
	return nil
}

func (r *run) emitSum(c cell, got, want int64) {
	r.emittedSums[c] = true
	class := Stale
	if got > want {
		class = Doubled
	}
	r.emit(finding(class, "sum "+c.String(), "汇总为 %d，按日志重算为 %d", "the sum is %d, a recount of the log gives %d", got, want))
}

// compareSums compares once. differ has the stored and the expected amount; open: some sums changed meanwhile, or may
// change.
func (r *run) compareSums(ctx context.Context) (differ map[cell][2]int64, open bool, err error) {
	before, err := r.readSums(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := r.catchUp(ctx); err != nil {
		return nil, false, err
	}
	after, err := r.readSums(ctx)
	if err != nil {
		return nil, false, err
	}
	want, flight, err := r.expected()
	if err != nil {
		return nil, false, err
	}
	differ = map[cell][2]int64{}
	for _, c := range cellsOf(before, after, want) {
		switch {
		case before[c] != after[c]:
			open = true
		case after[c] == want[c], r.emittedSums[c]:
		case flight[c]:
			open = true
		default:
			differ[c] = [2]int64{after[c], want[c]}
		}
	}
	r.summary.Sums = int64(len(after))
	return differ, open, nil
}

func (r *run) readSums(ctx context.Context) (sums, error) {
	rows, err := r.Store.Sums(ctx, store.SumQuery{From: firstDay, To: lastDay, ByUnit: true, ByDay: true})
	out := make(sums, len(rows))
	for _, s := range rows {
		out[cell{s.Unit, s.Day, s.Measure}] += s.Amount
	}
	return out, err
}

// catchUp reads the frames marked since the last read, and the pending frames.
func (r *run) catchUp(ctx context.Context) error {
	now, err := r.summaries(ctx)
	if err != nil {
		return err
	}
	changed := map[wire.StreamID]bool{}
	for id, s := range now {
		if s.N != r.streams[id].N || len(s.Boots) != len(r.streams[id].Boots) {
			changed[id] = true
		}
		r.streams[id] = s
	}
	for k := range r.pending {
		changed[k.Stream] = true
	}
	waiting, err := r.Store.Unprojected(ctx, store.Frame{}, recordPage)
	if err != nil {
		return err
	}
	for i := range waiting {
		changed[waiting[i].Key.Stream] = true
	}
	for id := range changed {
		if err := r.catchUpStream(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) catchUpStream(ctx context.Context, id wire.StreamID) error {
	for f, err := range store.AllFrames(ctx, r.Store, id, framePage) {
		if err != nil {
			return err
		}
		if r.processed[f.Key] {
			continue
		}
		key, err := r.keyOf(ctx, id)
		if err != nil {
			return err
		}
		if _, bad := checkFrame(f, key); bad != nil {
			r.emit(*bad)
			r.processed[f.Key] = true
			continue
		}
		if err := r.readFrameLines(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// expected are the sums according to the marked frames, and the cells whose sums depend on pending frames.
func (r *run) expected() (want sums, flight map[cell]bool, err error) {
	want, err = r.records.count(r.Counter, r.Schema)
	flight = map[cell]bool{}
	if err != nil || len(r.pending) == 0 {
		return want, flight, err
	}
	with, err := r.withPending()
	if err != nil {
		return nil, nil, err
	}
	other, err := with.count(r.Counter, r.Schema)
	for _, c := range cellsOf(want, other) {
		flight[c] = want[c] != other[c]
	}
	return want, flight, err
}

// cellsOf are the cells of all sums, in order.
func cellsOf(all ...sums) []cell {
	set := map[cell]bool{}
	for _, s := range all {
		for c := range s {
			set[c] = true
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b cell) int {
		return cmp.Or(strings.Compare(a.unit, b.unit), cmp.Compare(a.day, b.day), strings.Compare(a.measure, b.measure))
	})
}

// checkPending reports frames received before the run and still not marked.
func (r *run) checkPending(ctx context.Context) error {
	frames, err := r.Store.Unprojected(ctx, store.Frame{}, recordPage)
	if err != nil {
		return err
	}
	for i := range frames {
		f := &frames[i]
		if _, early := r.pending[f.Key]; early && f.Received < r.began {
			r.emit(finding(Unprojected, framePlace(f.Key), "已收下但从未计入", "it was taken in and never counted"))
		}
	}
	return nil
}
