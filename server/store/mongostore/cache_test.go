package mongostore_test

import (
	"context"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/wire"
)

// recordsOfGroup makes new records of one chunk that name the group g.
func recordsOfGroup(seqs ...uint64) (recs []store.Record, ids []string) {
	for _, seq := range seqs {
		id := wire.NewObsID(wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}, seq, wire.Hash{9})
		r := store.Record{ID: id.String(), Place: platePlace("u"), Group: "g"}
		r.State.Join(r.ID, toyLine{Unit: "u", Group: "g", Amount: 1}.obs(id))
		recs, ids = append(recs, r), append(ids, r.ID)
	}
	return recs, ids
}

func replaceRecords(t *testing.T, st store.Steps, recs []store.Record, lost ...int) {
	t.Helper()
	if got, err := st.ReplaceRecords(t.Context(), recs); err != nil || !slices.Equal(got, lost) {
		t.Fatalf("lost %v, %v; want %v", got, err, lost)
	}
}

// A Batch uses a cached chunk only while the stored chunk is unchanged.
func TestCachedChunkChanged(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	recs, ids := recordsOfGroup(1, 2)
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		replaceRecords(t, st, recs[:1])
		inBatch(t, s, func(_ context.Context, other store.Steps) error {
			replaceRecords(t, other, recs[1:])
			return nil
		})
		if members, err := st.Regroup(ctx, []string{"g"}, toySelf); err != nil || !slices.Equal(members, ids) {
			t.Errorf("members %v, %v; want both", members, err)
		}
		return nil
	})
}

// A Batch does not cache a chunk that was not stored.
func TestCachedChunkTaken(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	recs, ids := recordsOfGroup(1, 2)
	inBatch(t, s, func(_ context.Context, st store.Steps) error {
		replaceRecords(t, st, recs)
		return nil
	})
	recs, _ = recordsOfGroup(1)
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		replaceRecords(t, st, recs, 0)
		if members, err := st.Regroup(ctx, []string{"g"}, toySelf); err != nil || !slices.Equal(members, ids) {
			t.Errorf("members %v, %v; want both", members, err)
		}
		return nil
	})
}

// A group of one record has no document; a group of two records in the chunk just stored has a document.
func TestCachedChunkCounts(t *testing.T) {
	e := simdoc.New(nil)
	s := openSimulated(t, e)
	recs, ids := recordsOfGroup(1, 2)
	recs[1].Group = "h"
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		replaceRecords(t, st, recs)
		members, err := st.Regroup(ctx, []string{"g", "h"}, toySelf)
		if len(members) > 0 {
			t.Errorf("two that stand alone have the members %v", members)
		}
		return err
	})
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		read, err := st.Records(ctx, ids)
		if err != nil {
			return err
		}
		read[1].Group = "g"
		replaceRecords(t, st, read[1:])
		members, err := st.Regroup(ctx, []string{"g", "h"}, toySelf)
		if !slices.Equal(members, ids) {
			t.Errorf("members %v, want both", members)
		}
		return err
	})
	if groups, err := s.Groups(t.Context(), "", 10); err != nil || len(groups) != 1 || groups[0].Name != "g" || len(groups[0].Members) != 2 {
		t.Errorf("groups %+v, %v; want g of two", groups, err)
	}
}
