package storetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

var countTests = map[string]func(*testing.T, Harness){
	"MoveLeavesNothingBehind": testMove,
	"RandomWalkIsExact":       testRandomWalk,
	"RepeatChangesNothing":    testRecountTwice,
	"SumsQueries":             testSumsQueries,
	"RebuildFromNothing":      testRebuild,
	"RacersAreExact":          testCountRace,
}

// amountOf adds up the amounts in a record's observations.
func amountOf(r *store.Record) (sum int64) {
	for _, o := range r.State.Obs {
		if v, ok := o.Fields.Get("amount"); ok {
			sum += v.I
		}
	}
	return sum
}

// selfOf is a toy: a record is eligible while its amount is not negative; it brings one item.
func selfOf(r *store.Record) merge.Member {
	return merge.Member{
		Record: r.ID, Least: merge.Stamp{HLC: r.State.Obs[0].HLC, ID: r.State.Obs[0].ID}, Eligible: amountOf(r) >= 0,
		Items: []merge.Item{{ID: r.State.Obs[0].ID, Kind: "thing"}},
	}
}

// countOf is a toy: only the eligible member of a group with the smallest id counts: its amount today, the group's
// items today, and one for "started" on the day after.
func countOf(r *store.Record, members []merge.Member) []tally.Contribution {
	if r.Place.IsZero() {
		return nil
	}
	if len(members) == 0 {
		members = []merge.Member{selfOf(r)}
	}
	winner, items := "", int64(0)
	for _, m := range members {
		if m.Eligible && (winner == "" || m.Record < winner) {
			winner = m.Record
		}
		items += int64(len(m.Items))
	}
	if winner != r.ID {
		return nil
	}
	return []tally.Contribution{
		{Day: r.Place.Day, Measure: "amount", Amount: amountOf(r)},
		{Day: r.Place.Day, Measure: "items", Amount: items},
		{Day: r.Place.Day + 1, Measure: "started", Amount: 1},
	}
}

// cell is a key of the plain recount's sums.
type cell struct {
	unit, measure string
	day           clock.Day
}

// plainRecount recounts records without the store: it groups them by name, counts each, and adds up. Zeros are left out.
func plainRecount(rs map[string]store.Record) map[cell]int64 {
	groups := map[string][]merge.Member{}
	for _, r := range rs {
		groups[r.Group] = append(groups[r.Group], selfOf(&r))
	}
	sums := map[cell]int64{}
	for _, r := range rs {
		for _, c := range countOf(&r, groups[r.Group]) {
			sums[cell{r.Place.Unit, c.Measure, c.Day}] += c.Amount
		}
	}
	for c, n := range sums {
		if n == 0 {
			delete(sums, c)
		}
	}
	return sums
}

// sums are all sums of the store.
func (b *bench) sums() map[cell]int64 {
	b.t.Helper()
	rows, err := b.s.Sums(b.t.Context(), store.SumQuery{From: 1, To: 99991231, ByUnit: true, ByDay: true})
	b.must(err)
	got := map[cell]int64{}
	for _, r := range rows {
		c := cell{r.Unit, r.Measure, r.Day}
		if _, twice := got[c]; twice {
			b.t.Errorf("%v stands twice in the sums", c)
		}
		got[c] = r.Amount
	}
	return got
}

// checkSums compares the store's sums with want.
func (b *bench) checkSums(want map[cell]int64) {
	b.t.Helper()
	got := b.sums()
	for c, n := range got {
		if want[c] != n {
			b.t.Errorf("%v is %d, want %d", c, n, want[c])
		}
	}
	for c, n := range want {
		if got[c] != n {
			b.t.Errorf("%v is %d, want %d", c, got[c], n)
		}
	}
}

// project runs the steps for records as ingest does, as the change of one frame; it returns the touched members
// reported by the store.
func project(ctx context.Context, st store.Steps, key store.FrameKey, change map[string]func(*store.Record)) ([]string, error) {
	ids := sortedKeys(change)
	var places []store.Place
	var names []string
	for todo := ids; len(todo) > 0; {
		rs, err := st.Records(ctx, todo)
		if err != nil {
			return nil, err
		}
		for i := range rs {
			before := rs[i]
			change[rs[i].ID](&rs[i])
			if before.Rev > 0 && (before.Group != rs[i].Group || !samePlace(before.Place, rs[i].Place)) {
				rs[i].Departed = append(slices.Clone(rs[i].Departed), store.Departed{Place: before.Place, Group: before.Group, Frame: key})
			}
			if samePlace(before.Place, rs[i].Place) {
				rs[i].Place.Bucket = before.Place.Bucket
			}
			for _, l := range rs[i].Departed {
				places, names = append(places, l.Place), append(names, l.Group)
			}
			names = append(names, rs[i].Group)
		}
		lost, err := replace(ctx, st, rs)
		if err != nil {
			return nil, err
		}
		var again []string
		for _, i := range lost {
			again = append(again, todo[i])
		}
		todo = again
	}
	return finish(ctx, st, key, ids, names, places)
}

// finish runs the steps after the join.
func finish(ctx context.Context, st store.Steps, key store.FrameKey, ids, names []string, places []store.Place) ([]string, error) {
	slices.Sort(names)
	members, err := st.Regroup(ctx, slices.Compact(names), selfOf)
	if err != nil {
		return nil, err
	}
	touched := slices.Clone(ids)
	touched = append(touched, members...)
	slices.Sort(touched)
	touched = slices.Compact(touched)
	rs, err := st.Records(ctx, touched)
	if err != nil {
		return nil, err
	}
	var units []string
	for _, r := range rs {
		places, units = append(places, r.Place), append(units, r.Place.Unit)
	}
	if err := st.Touch(ctx, key, touched, units); err != nil {
		return nil, err
	}
	if err := st.Recount(ctx, distinct(places), touched, countOf); err != nil {
		return nil, err
	}
	return touched, st.ClearDeparted(ctx, key, ids)
}

func samePlace(a, b store.Place) bool {
	a.Bucket, b.Bucket = 0, 0
	return a == b
}

func distinct(ps []store.Place) (out []store.Place) {
	for _, p := range ps {
		if !p.IsZero() && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// change projects changes of records as a frame of its own, commits and marks it.
func (b *bench) change(seq int, changes map[string]func(*store.Record)) {
	b.t.Helper()
	f := frame(stream(900), seq, seq, "a")
	b.do(func(ctx context.Context, st store.Steps) error {
		if _, _, err := st.CommitFrame(ctx, f); err != nil {
			return err
		}
		if _, err := project(ctx, st, f.Key, changes); err != nil {
			return err
		}
		_, err := st.Mark(ctx, f.Key)
		return err
	})
}

// become returns a change that sets a record's state, place and group.
func become(want store.Record) func(*store.Record) {
	return func(r *store.Record) { r.State, r.Place, r.Group = want.State, want.Place, want.Group }
}

func testMove(t *testing.T, h Harness) {
	b := open(t, h)
	r := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	b.change(1, map[string]func(*store.Record){r.ID: become(r)})
	b.checkSums(map[cell]int64{
		{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
	})
	moved := r
	moved.Place = place("v", 20210505)
	b.change(2, map[string]func(*store.Record){r.ID: become(moved)})
	b.checkSums(map[cell]int64{
		{"v", "amount", 20210505}: 7, {"v", "items", 20210505}: 1, {"v", "started", 20210506}: 1,
	})
	if got := b.read(r.ID)[0]; len(got.Departed) != 0 {
		t.Errorf("what it left is still noted: %+v", got.Departed)
	}
}

func testRandomWalk(t *testing.T, h Harness) {
	b := open(t, h)
	rng := rand.New(rand.NewPCG(1, 2))
	truth := map[string]store.Record{}
	ids := make([]wire.ObsID, 14)
	for i := range ids {
		ids[i] = obsID(stream(i%3), 1+i/3, "a")
	}
	for step := range 40 {
		changes := map[string]func(*store.Record){}
		for range 1 + rng.IntN(4) {
			id := ids[rng.IntN(len(ids))]
			r := rec(id, rng.Int64N(20)-5, place([]string{"u", "v", "w"}[rng.IntN(3)], 20200101+clock.Day(rng.IntN(5))))
			switch rng.IntN(4) {
			case 0:
				r.Group = ids[rng.IntN(len(ids))].String()
			case 1, 2:
				r.Group = []string{"群一", "group 2"}[rng.IntN(2)]
			}
			truth[r.ID], changes[r.ID] = r, become(r)
		}
		b.change(step+1, changes)
		b.checkSums(plainRecount(truth))
	}
}

func testRecountTwice(t *testing.T, h Harness) {
	b := open(t, h)
	r1 := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	r2 := rec(obsID(stream(1), 2, "a"), 3, place("v", 20200101))
	r1.Group, r2.Group = "g", "g"
	same := map[string]func(*store.Record){r1.ID: become(r1), r2.ID: become(r2)}
	for seq := range 3 {
		b.change(seq+1, same)
		b.checkSums(plainRecount(map[string]store.Record{r1.ID: r1, r2.ID: r2}))
	}
}

func testSumsQueries(t *testing.T, h Harness) {
	b := open(t, h)
	changes := map[string]func(*store.Record){}
	for i := range 8 {
		r := rec(obsID(stream(1), i+1, "a"), int64(1)<<i, place([]string{"u", "v"}[i%2], 20200101+clock.Day(i/4)))
		changes[r.ID] = become(r)
	}
	b.change(1, changes)
	// u: 1+4 on the 1st, 16+64 on the 2nd; v: 2+8 and 32+128.
	for _, c := range []struct {
		q    store.SumQuery
		want []tally.Sum
	}{
		{store.SumQuery{Measures: []string{"amount"}, From: 20200101, To: 20200102}, []tally.Sum{{Measure: "amount", Amount: 255}}},
		{store.SumQuery{Measures: []string{"amount"}, From: 20200102, To: 20200102}, []tally.Sum{{Measure: "amount", Amount: 240}}},
		{store.SumQuery{Measures: []string{"amount"}, Unit: "v", From: 20200101, To: 20200102}, []tally.Sum{{Unit: "v", Measure: "amount", Amount: 170}}},
		{
			store.SumQuery{Measures: []string{"amount"}, From: 20200101, To: 20200102, ByUnit: true},
			[]tally.Sum{{Unit: "u", Measure: "amount", Amount: 85}, {Unit: "v", Measure: "amount", Amount: 170}},
		},
		{
			store.SumQuery{Measures: []string{"items", "amount"}, Unit: "u", From: 20200101, To: 20200102, ByDay: true, ByUnit: true},
			[]tally.Sum{
				{Unit: "u", Day: 20200101, Measure: "amount", Amount: 5}, {Unit: "u", Day: 20200101, Measure: "items", Amount: 2},
				{Unit: "u", Day: 20200102, Measure: "amount", Amount: 80}, {Unit: "u", Day: 20200102, Measure: "items", Amount: 2},
			},
		},
		{store.SumQuery{Measures: []string{"started"}, From: 20200103, To: 20200103, ByDay: true}, []tally.Sum{{Day: 20200103, Measure: "started", Amount: 4}}},
		{store.SumQuery{Measures: []string{"nothing"}, From: 20200101, To: 20200103}, nil},
	} {
		got, err := b.s.Sums(t.Context(), c.q)
		b.must(err)
		if !c.q.ByUnit && c.q.Unit != "" { // the only unit of the query may be named
			for i := range got {
				got[i].Unit = c.q.Unit
			}
		}
		got = slices.DeleteFunc(got, func(s tally.Sum) bool { return s.Amount == 0 })
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v:\n got %+v\nwant %+v", c.q, got, c.want)
		}
	}
}
