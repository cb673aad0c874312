package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

var recordTests = map[string]func(*testing.T, Harness){
	"AbsentHasRevisionZero":   testAbsentRecord,
	"KeepsEverything":         testKeepsEverything,
	"CompareAndSet":           testCompareAndSet,
	"RacersAdd":               testRacersAdd,
	"ForksOfOneSequence":      testForkedRecords,
	"ClearDepartedByFrame":    testClearDeparted,
	"ScanPagesUnderWrites":    testScanRecords,
	"ScanFilters":             testScanFilters,
	"BatchSeesItsOwnWrites":   testOwnWrites,
	"LeavesKeepUnitDayKind":   testBuckets,
	"RecordsByID":             testByID,
	"RecordsOfUnknownNothing": testNotFound,
}

// obs is a small observation: a create with an amount.
func obs(id wire.ObsID, amount int64) merge.Obs {
	return merge.Obs{
		ID: id, HLC: clock.HLC(1_600_000_000_000<<16 + id.Seq), Act: wire.Create, Kind: "plate",
		Fields: schema.Values{{Name: "amount", Value: schema.Value{Type: schema.TypeInt, I: amount}}},
		Grade:  clock.Typed, Officer: "01234",
	}
}

// rec is a new record of one observation, in a group of its own.
func rec(id wire.ObsID, amount int64, p store.Place) store.Record {
	return store.Record{
		ID: id.String(), State: merge.State{Obs: []merge.Obs{obs(id, amount)}}, Place: p, Group: id.String(),
	}
}

func place(unit string, day clock.Day) store.Place {
	return store.Place{Unit: unit, Day: day, Kind: "plate"}
}

// sortObs puts a state's observations in the order common to all states.
func sortObs(s *merge.State) {
	slices.SortFunc(s.Obs, func(x, y merge.Obs) int { return x.ID.Compare(y.ID) })
}

// read reads records through the steps.
func (b *bench) read(ids ...string) (rs []store.Record) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		rs, err = st.Records(ctx, ids)
		return err
	})
	return rs
}

// put stores records and requires that none is lost.
func (b *bench) put(rs ...store.Record) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) error {
		lost, err := replace(ctx, st, rs)
		if err == nil && len(lost) > 0 {
			err = fmt.Errorf("records %v were lost", lost)
		}
		return err
	})
}

// replace stores records in the buckets chosen by the store.
func replace(ctx context.Context, st store.Steps, rs []store.Record) ([]int, error) {
	ps := make([]store.Place, len(rs))
	for i := range rs {
		ps[i] = rs[i].Place
	}
	ps, err := st.BucketsFor(ctx, ps)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(rs)
	for i := range out {
		if out[i].Place.Bucket == 0 {
			out[i].Place = ps[i]
		}
	}
	return st.ReplaceRecords(ctx, out)
}

func testAbsentRecord(t *testing.T, h Harness) {
	b := open(t, h)
	there, absent := obsID(stream(1), 1, "a").String(), obsID(stream(1), 2, "a").String()
	b.put(rec(obsID(stream(1), 1, "a"), 5, place("u", 20200101)))
	got := b.read(absent, there, absent)
	if len(got) != 3 {
		t.Fatalf("asked for 3 records, got %d", len(got))
	}
	if got[0].Rev != 0 || got[2].Rev != 0 || got[0].ID != absent {
		t.Errorf("an absent record came as %+v", got[0])
	}
	if got[1].Rev == 0 || got[1].ID != there {
		t.Errorf("the stored record came as %+v", got[1])
	}
}

func testKeepsEverything(t *testing.T, h Harness) {
	b := open(t, h)
	first, second, third := obsID(stream(1), 1, "a"), obsID(stream(1), 2, "a"), obsID(stream(2), 9, "b")
	r := rec(first, 5, place("check-1", 20201231))
	r.Group = "plate/02/冀F8K2M6"
	amend := merge.Obs{
		ID: second, HLC: 7 << 16, Act: wire.Amend, Kind: "plate", Seen: []wire.ObsID{first},
		Fields: schema.Values{
			{Name: "amount", Value: schema.Value{}},
			{Name: "plate_number", Value: schema.Value{Type: schema.TypePlate, S: "冀F8K2M6"}},
		}, Officer: "00001",
	}
	void := merge.Obs{ID: third, HLC: 8 << 16, Act: wire.Void, Kind: "plate", Item: first, Reason: "错录"}
	r.State.Obs = append(r.State.Obs, amend, void)
	sortObs(&r.State)
	r.Departed = []store.Departed{{
		Place: place("check-2", 20210101), Group: "before", Frame: frame(stream(1), 1, 2, "a").Key,
	}}
	b.put(r)
	got, err := b.s.Record(t.Context(), r.ID)
	b.must(err)
	if !reflect.DeepEqual(got.State, r.State) {
		t.Errorf("state came back as\n%+v\nnot\n%+v", got.State, r.State)
	}
	got.Place.Bucket, got.Departed[0].Place.Bucket = 0, 0
	if got.Place != r.Place || got.Group != r.Group || !reflect.DeepEqual(got.Departed, r.Departed) {
		t.Errorf("came back as %+v, not %+v", got, r)
	}
	if got.Rev != 1 {
		t.Errorf("revision of the first write is %d, not 1", got.Rev)
	}
}

func testCompareAndSet(t *testing.T, h Harness) {
	b := open(t, h)
	one := rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101))
	two := rec(obsID(stream(1), 2, "a"), 2, place("u", 20200101))
	b.put(one)
	b.do(func(ctx context.Context, st store.Steps) error {
		lost, err := replace(ctx, st, []store.Record{one, two}) // one record has another revision by now
		if err == nil && !slices.Equal(lost, []int{0}) {
			t.Errorf("lost = %v, want [0]", lost)
		}
		return err
	})
	got := b.read(one.ID, two.ID)
	if got[0].Rev != 1 || got[1].Rev != 1 {
		t.Fatalf("revisions %d, %d, want 1, 1: the rest is stored", got[0].Rev, got[1].Rev)
	}
	next := got[0]
	next.State.Obs[0].Fields[0].Value.I = 100
	b.put(next)
	if again := b.read(one.ID)[0]; again.Rev != 2 || amountOf(&again) != 100 {
		t.Errorf("after a write: revision %d, amount %d; want 2, 100", again.Rev, amountOf(&again))
	}
}

func testRacersAdd(t *testing.T, h Harness) {
	b := open(t, h)
	base := rec(obsID(stream(1), 1, "a"), 0, place("u", 20200101))
	var mu sync.Mutex
	var failed error
	race(16, func(i int) {
		id := obsID(stream(1), 2+i, "a")
		for done := false; !done; {
			ctx := t.Context()
			err := b.s.Batch(ctx, func(st store.Steps) error {
				rs, err := st.Records(ctx, []string{base.ID})
				if err != nil {
					return err
				}
				r := rs[0]
				r.Place, r.Group = base.Place, base.Group
				r.State.Obs = append(r.State.Obs, obs(id, int64(i)))
				sortObs(&r.State)
				lost, err := replace(ctx, st, []store.Record{r})
				done = err == nil && len(lost) == 0
				return err
			})
			if err != nil && !errors.Is(err, store.ErrUnavailable) {
				mu.Lock()
				failed = err
				mu.Unlock()
				return
			}
			done = done && err == nil
		}
	})
	b.must(failed)
	got := b.read(base.ID)[0]
	if len(got.State.Obs) != 16 || got.Rev != 16 {
		t.Errorf("16 racers left %d observations at revision %d; want 16 at 16", len(got.State.Obs), got.Rev)
	}
}

func testForkedRecords(t *testing.T, h Harness) {
	b := open(t, h)
	day := place("u", 20200101)
	left, right := rec(obsID(stream(1), 3, "left"), 1, day), rec(obsID(stream(1), 3, "right"), 2, day)
	third := rec(obsID(stream(1), 3, "third"), 4, day)
	b.put(left)
	b.put(right)
	b.put(third)
	got := b.read(left.ID, right.ID, third.ID)
	for i, want := range []int64{1, 2, 4} {
		if got[i].Rev != 1 || amountOf(&got[i]) != want {
			t.Errorf("branch %d: revision %d, amount %d; want 1, %d", i, got[i].Rev, amountOf(&got[i]), want)
		}
	}
	r := got[1]
	r.State.Obs[0].Fields[0].Value.I = 20
	b.put(r)
	got = b.read(left.ID, right.ID)
	if amountOf(&got[0]) != 1 || amountOf(&got[1]) != 20 {
		t.Error("a write to one branch of a fork went to another")
	}
}

func testClearDeparted(t *testing.T, h Harness) {
	b := open(t, h)
	f1, f2 := frame(stream(1), 1, 1, "a").Key, frame(stream(1), 2, 2, "a").Key
	p := place("u", 20200101)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, p), rec(obsID(stream(1), 2, "a"), 1, p)
	r1.Departed = []store.Departed{{Place: p, Group: "g", Frame: f1}, {Place: p, Group: "h", Frame: f2}}
	r2.Departed = []store.Departed{{Place: p, Group: "g", Frame: f2}}
	b.put(r1, r2)
	for range 2 { // twice changes nothing
		b.do(func(ctx context.Context, st store.Steps) error {
			return st.ClearDeparted(ctx, f1, []string{r1.ID, r2.ID})
		})
	}
	got := b.read(r1.ID, r2.ID)
	if len(got[0].Departed) != 1 || got[0].Departed[0].Frame != f2 || len(got[1].Departed) != 1 {
		t.Errorf("clearing one frame left %+v and %+v", got[0].Departed, got[1].Departed)
	}
	if got[0].Rev == 1 {
		t.Error("clearing changed a record without a new revision")
	}
	absent := obsID(stream(1), 77, "a").String()
	b.do(func(ctx context.Context, st store.Steps) error {
		return st.ClearDeparted(ctx, f2, []string{absent, r1.ID})
	})
	if got := b.read(r1.ID, absent); len(got[0].Departed) != 0 || got[1].Rev != 0 {
		t.Error("the last entry stayed, or an absent record was made")
	}
}

func testOwnWrites(t *testing.T, h Harness) {
	b := open(t, h)
	r := rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101))
	b.do(func(ctx context.Context, st store.Steps) error {
		for want := range int64(3) {
			rs, err := st.Records(ctx, []string{r.ID})
			if err != nil {
				return err
			}
			if rs[0].Rev != want {
				t.Errorf("in a batch, after %d writes: revision %d", want, rs[0].Rev)
			}
			r.Rev = rs[0].Rev
			if lost, err := replace(ctx, st, []store.Record{r}); err != nil || len(lost) > 0 {
				t.Errorf("lost %v, %v", lost, err)
			}
		}
		return nil
	})
}

func testBuckets(t *testing.T, h Harness) {
	b := open(t, h)
	ps := []store.Place{place("u", 20200101), place("v", 20200101), place("u", 20200101), {Unit: "u", Kind: "accident"}}
	b.do(func(ctx context.Context, st store.Steps) error {
		got, err := st.BucketsFor(ctx, ps)
		if err != nil || len(got) != len(ps) {
			t.Fatalf("buckets for %d places: %d, %v", len(ps), len(got), err)
		}
		for i := range got {
			got[i].Bucket = 0
		}
		if !slices.Equal(got, ps) {
			t.Errorf("buckets changed the places: %v", got)
		}
		return nil
	})
}
