package mongostore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// sweepAndCheck runs one sweeper to the end, without faults, and compares the state at rest.
func (w *modelRun) sweepAndCheck() (broken []string) {
	ctx := context.Background()
	w.sched.calm = true
	note := func(err error) {
		if err != nil {
			broken = append(broken, err.Error())
		}
	}
	for !w.h.without.Off(store.Sweep) {
		n, err := w.h.sweep(ctx)
		note(err)
		if n == 0 || err != nil {
			break
		}
	}
	note(w.follower.poll(ctx))
	truth, lines, err := w.recount(ctx)
	note(err)
	sums, err := w.h.s.Sums(ctx, store.SumQuery{From: 1, To: 99991231, ByUnit: true, ByDay: true})
	note(err)
	got := map[tally.Sum]int64{}
	for _, s := range sums {
		got[tally.Sum{Unit: s.Unit, Day: s.Day, Measure: s.Measure}] += s.Amount
	}
	if !reflect.DeepEqual(got, truth) {
		broken = append(broken, fmt.Sprintf("sums %v, a recount gives %v", got, truth))
	}
	if followed := w.follower.total(); !reflect.DeepEqual(followed, truth) {
		broken = append(broken, fmt.Sprintf("a feed reader has %v, a recount gives %v", followed, truth))
	}
	for id := range w.acked {
		if !lines[id] {
			broken = append(broken, fmt.Sprintf("%v was acknowledged and is not in the log", id))
		}
	}
	return append(broken, w.checkDocuments(ctx)...)
}

func (r *follower) total() map[tally.Sum]int64 {
	out := map[tally.Sum]int64{}
	for _, sums := range r.counts {
		for row, amount := range sums {
			out[row] += amount
		}
	}
	return out
}

// recount adds up the raw frames with code of its own: lines by id, records by lines, groups by records.
func (w *modelRun) recount(ctx context.Context) (map[tally.Sum]int64, map[wire.ObsID]bool, error) {
	fs, err := w.h.s.ScanFrames(ctx, wire.StreamID{}, store.FrameKey{}, 1000)
	if err != nil {
		return nil, nil, err
	}
	type stamped struct {
		toyLine
		id wire.ObsID
	}
	type record struct {
		lines  []stamped
		last   stamped
		amount int64
		items  int64
	}
	known, records := map[wire.ObsID]bool{}, map[string]*record{}
	for _, f := range fs {
		lines, err := wire.UnpackLines(f.Packed, 1<<20)
		if err != nil {
			return nil, nil, err
		}
		h := f.Prev
		for i, text := range lines {
			h = wire.ChainHash(h, text)
			l := stamped{id: wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h)}
			if err := json.Unmarshal(text, &l.toyLine); err != nil {
				return nil, nil, err
			}
			if known[l.id] {
				continue
			}
			known[l.id] = true
			if records[l.Record] == nil {
				records[l.Record] = &record{last: stamped{toyLine: toyLine{Unit: "u", Group: "g"}}}
			}
			records[l.Record].lines = append(records[l.Record].lines, l)
		}
	}
	for _, r := range records {
		units := " u "
		for range r.lines { // each round may share with one more unit
			for _, l := range r.lines {
				if l.From == "" || strings.Contains(units, " "+l.From+" ") {
					units += l.Share + " "
				}
			}
		}
		for _, l := range r.lines {
			if l.From != "" && !strings.Contains(units, " "+l.From+" ") {
				continue
			}
			r.amount, r.items = r.amount+l.Amount, r.items+1
			if l.HLC > r.last.HLC || l.HLC == r.last.HLC && l.id.Compare(r.last.id) > 0 {
				r.last = l
			}
		}
	}
	out := map[tally.Sum]int64{}
	for id, r := range records {
		counts, items := true, r.items
		for other, o := range records {
			if other != id && o.last.Group == r.last.Group {
				counts, items = counts && id < other, items+o.items
			}
		}
		if counts {
			out[tally.Sum{Unit: r.last.Unit, Day: clock.Day(20201215), Measure: "amount"}] += r.amount
			out[tally.Sum{Unit: r.last.Unit, Day: clock.Day(20201215), Measure: "items"}] += items
		}
	}
	maps.DeleteFunc(out, func(_ tally.Sum, n int64) bool { return n == 0 })
	return out, known, nil
}

// checkDocuments checks the documents: every frame numbered, without gaps, in its stream's ranges; nothing left over.
func (w *modelRun) checkDocuments(ctx context.Context) (broken []string) {
	summaries, err := w.h.s.Streams(ctx, wire.StreamID{}, 100)
	if err != nil {
		return []string{err.Error()}
	}
	for _, sum := range summaries {
		fs, err := w.h.s.ScanFrames(ctx, sum.ID, store.FrameKey{}, 1000)
		if err != nil {
			return []string{err.Error()}
		}
		taken := map[int64]bool{}
		for _, f := range fs {
			covered := slices.ContainsFunc(sum.Ranges, func(r wire.Range) bool { return r.First <= f.Key.First && f.Key.Last <= r.Last })
			switch {
			case !f.Projected || f.N < 1 || f.N > sum.N || taken[f.N]:
				broken = append(broken, fmt.Sprintf("frame %v has number %d of %d", f.Key, f.N, sum.N))
			case !covered:
				broken = append(broken, fmt.Sprintf("frame %v is not in the ranges", f.Key))
			}
			taken[f.N] = true
		}
		if int64(len(fs)) != sum.N {
			broken = append(broken, fmt.Sprintf("stream %v numbers %d frames of %d", sum.ID, sum.N, len(fs)))
		}
	}
	recs, err := w.h.s.ScanRecords(ctx, store.RecordQuery{})
	if err != nil {
		return append(broken, err.Error())
	}
	for i := range recs {
		if len(recs[i].Departed) > 0 {
			broken = append(broken, fmt.Sprintf("record %s still has %v left", recs[i].ID, recs[i].Departed))
		}
	}
	return broken
}
