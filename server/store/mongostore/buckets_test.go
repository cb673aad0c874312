package mongostore_test

import (
	"context"
	"errors"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

func openSimulated(t *testing.T, e *simdoc.Engine) *mongostore.Store {
	t.Helper()
	s, err := mongostore.New(t.Context(), e, mongostore.Config{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inBatch(t *testing.T, s store.Store, fn func(ctx context.Context, st store.Steps) error) {
	t.Helper()
	if err := s.Batch(t.Context(), func(st store.Steps) error { return fn(t.Context(), st) }); err != nil {
		t.Fatal(err)
	}
}

func platePlace(unit string) store.Place {
	return store.Place{Unit: unit, Day: toyDay, Kind: "plate"}
}

// storeRecords stores n new records of a unit in the buckets chosen by the store, and counts these buckets.
func storeRecords(t *testing.T, s store.Store, first, n int, unit string) (buckets map[int32]int) {
	t.Helper()
	buckets = map[int32]int{}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		wanted := make([]store.Place, n)
		for i := range wanted {
			wanted[i] = platePlace(unit)
		}
		places, err := st.BucketsFor(ctx, wanted)
		if err != nil {
			return err
		}
		recs := make([]store.Record, n)
		for i := range recs {
			id := wire.NewObsID(wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}, uint64(first+i), wire.Hash{9})
			recs[i] = store.Record{ID: id.String(), Place: places[i], Group: id.String()}
			recs[i].State.Join(recs[i].ID, toyLine{Unit: unit, Amount: 1}.obs(id))
			buckets[places[i].Bucket]++
		}
		if lost, err := st.ReplaceRecords(ctx, recs); err != nil || len(lost) > 0 {
			t.Errorf("lost %d, %v", len(lost), err)
		}
		return st.Recount(ctx, places, nil, toyCount)
	})
	return buckets
}

// A bucket takes 512 records. If a frame's records do not all fit, they open the next bucket together.
func TestBucketsAreOpenedWhenFull(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	for i, want := range []map[int32]int{{1: 500}, {1: 12}, {2: 488}, {3: 25}, {4: 512, 5: 88}} {
		n := 0
		for _, size := range want {
			n += size
		}
		got := storeRecords(t, s, 1+i*1000, n, "u")
		for bucket, size := range want {
			if got[bucket] != size {
				t.Errorf("frame %d: buckets %v, want %v", i, got, want)
			}
		}
	}
	if got := storeRecords(t, s, 5000, 1, "v"); got[1] != 1 {
		t.Errorf("another unit begins with bucket %v", got)
	}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		ps, err := st.BucketsFor(ctx, []store.Place{{}, platePlace("u")})
		if err == nil && (!ps[0].IsZero() || ps[1].Bucket != 5) {
			t.Errorf("nowhere and u: %v", ps)
		}
		return err
	})
	sums, err := s.Sums(t.Context(), store.SumQuery{Measures: []string{"amount"}, From: 1, To: 99991231, ByUnit: true})
	if err != nil || len(sums) != 2 || sums[0].Amount != 1625 || sums[1].Amount != 1 {
		t.Errorf("sums %v, %v", sums, err)
	}
}

// Records stored by this Batch are counted in their present state: with records put into the same chunk or bucket by
// another Batch, without records moved away by another Batch.
func TestCachedChunkIsCountedAsItStands(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	count := func(ctx context.Context, st store.Steps, want int64) {
		t.Helper()
		if err := st.Recount(ctx, []store.Place{bucketOne("u"), bucketOne("w")}, nil, toyCount); err != nil {
			t.Fatal(err)
		}
		sums, err := s.Sums(ctx, store.SumQuery{Measures: []string{"amount"}, Unit: "u", From: 1, To: 99991231})
		if err != nil || len(sums) != 1 || sums[0].Amount != want {
			t.Errorf("sums of u: %v, %v; want %d", sums, err, want)
		}
	}
	recs, ids := recordsOfGroup(1, 2, 3, 4, 40)
	for i := range recs {
		recs[i].Place, recs[i].Group = bucketOne("u"), recs[i].ID
	}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		replaceRecords(t, st, recs[:3])
		count(ctx, st, 3)
		inBatch(t, s, func(ctx context.Context, other store.Steps) error {
			stored, err := other.Records(ctx, ids[:1])
			stored[0].Place = bucketOne("w")
			replaceRecords(t, other, stored)
			return err
		})
		count(ctx, st, 2)
		inBatch(t, s, func(_ context.Context, other store.Steps) error {
			replaceRecords(t, other, recs[3:])
			return nil
		})
		count(ctx, st, 4)
		return nil
	})
}

func bucketOne(unit string) store.Place {
	p := platePlace(unit)
	p.Bucket = 1
	return p
}

// TestOlderCatalogueStops: a process still counting by a replaced catalogue must not mix its counts with the new ones.
func TestOlderCatalogueStops(t *testing.T) {
	e := simdoc.New(nil)
	s := openSimulated(t, e)
	if err := s.Rebuild(t.Context(), "v1", toySelf, toyCount, nil); err != nil {
		t.Fatal(err)
	}
	storeRecords(t, s, 1, 3, "u")
	double := func(r *store.Record, ms []merge.Member) (cs []tally.Contribution) {
		for _, c := range toyCount(r, ms) {
			c.Amount *= 2
			cs = append(cs, c)
		}
		return cs
	}
	if err := openSimulated(t, e).Rebuild(t.Context(), "v2", toySelf, double, nil); err != nil {
		t.Fatal(err)
	}
	for _, unit := range []string{"u", "new"} {
		p := bucketOne(unit)
		err := s.Batch(t.Context(), func(st store.Steps) error {
			return st.Recount(t.Context(), []store.Place{p}, nil, toyCount)
		})
		if !errors.Is(err, store.ErrNewer) {
			t.Errorf("unit %s was counted by the old catalogue: %v", unit, err)
		}
	}
	sums, err := s.Sums(t.Context(), store.SumQuery{Measures: []string{"amount"}, From: 1, To: 99991231})
	if err != nil || len(sums) != 1 || sums[0].Amount != 6 {
		t.Errorf("sums %v, %v: want 6, by the new one", sums, err)
	}
}
