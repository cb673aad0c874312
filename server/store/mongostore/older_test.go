package mongostore_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/klauspost/compress/s2"
	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/wire"
)

// format3 rewrites the documents in format 3: rows uncompressed, all ids written out.
func format3(t *testing.T, e *simdoc.Engine, touched map[string][]string) {
	t.Helper()
	ctx := t.Context()
	again := func(c mongostore.Coll, raw bson.Raw, gone, name string, value any) {
		doc := bson.D{{Key: name, Value: value}}
		elements, err := raw.Elements()
		if err != nil {
			t.Fatal(err)
		}
		for _, el := range elements {
			if el.Key() != gone && el.Key() != name {
				doc = append(doc, bson.E{Key: el.Key(), Value: el.Value()})
			}
		}
		if err := e.Remove(ctx, c, []mongostore.Cond{{Field: "_id", Op: mongostore.Is, Value: raw.Lookup("_id").StringValue()}}); err != nil {
			t.Fatal(err)
		}
		if taken, err := e.Insert(ctx, c, []any{doc}); err != nil || taken[0] {
			t.Fatal(taken, err)
		}
	}
	for _, raw := range scanAll(t, e, mongostore.Records) {
		_, packed := raw.Lookup("packed").Binary()
		rows, err := s2.Decode(nil, packed)
		if err != nil {
			t.Fatal(err)
		}
		again(mongostore.Records, raw, "packed", "recs", rows)
	}
	for _, raw := range scanAll(t, e, mongostore.Frames) {
		again(mongostore.Frames, raw, "own", "touched", touched[raw.Lookup("_id").StringValue()])
	}
	if _, err := e.Change(ctx, mongostore.Meta, []mongostore.Change{{ID: "format", Set: bson.D{{Key: "format", Value: int64(3)}}}}); err != nil {
		t.Fatal(err)
	}
}

func scanAll(t *testing.T, d mongostore.Docs, c mongostore.Coll) []bson.Raw {
	t.Helper()
	raws, err := d.Scan(context.Background(), c, mongostore.Query{Sort: "_id"})
	if err != nil || len(raws) == 0 {
		t.Fatalf("%d documents of %s, %v", len(raws), c, err)
	}
	return raws
}

// Documents stored by a program of format 3 are read correctly, and rewritten in the present format on change.
func TestOlderDocuments(t *testing.T) {
	e := simdoc.New(nil)
	s := openSimulated(t, e)
	storeRecords(t, s, 1, 20, "u") // two chunks
	var ids []string
	for _, r := range recordsOf(t, s) {
		ids = append(ids, r.ID)
	}
	key := store.FrameKey{Stream: wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}, First: 1, Last: 20, Head: wire.Hash{1}}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		if _, _, err := st.CommitFrame(ctx, store.Frame{Key: key, Unit: "u", Touched: ids[:10]}); err != nil {
			return err
		}
		_, err := st.Mark(ctx, key)
		return err
	})
	before := recordsOf(t, s)
	name := scanAll(t, e, mongostore.Frames)[0].Lookup("_id").StringValue()
	format3(t, e, map[string][]string{name: ids[:10]})

	s = openSimulated(t, e)
	if after := recordsOf(t, s); len(after) != 20 || !reflect.DeepEqual(after, before) {
		t.Errorf("%d records stand otherwise than before", len(after))
	}
	feed := func() []string {
		page, err := s.Feed(t.Context(), "", "", 10)
		if err != nil || len(page.Entries) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		return slices.Sorted(slices.Values(page.Entries[0].Touched))
	}
	if got, want := feed(), slices.Sorted(slices.Values(ids[:10])); !slices.Equal(got, want) {
		t.Errorf("the frame touched %v, want %v", got, want)
	}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		recs, err := st.Records(ctx, ids[2:3])
		if err != nil {
			return err
		}
		recs[0].State.Join(recs[0].ID, toyLine{Unit: "u", Amount: 5, HLC: 9}.obs(wire.NewObsID(key.Stream, 21, wire.Hash{7})))
		if lost, err := st.ReplaceRecords(ctx, recs); err != nil || len(lost) > 0 {
			t.Errorf("lost %v, %v", lost, err)
		}
		if err := st.Touch(ctx, key, ids[8:12], nil); err != nil {
			return err
		}
		return st.Recount(ctx, []store.Place{recs[0].Place}, ids[2:3], toyCount)
	})
	if got, want := feed(), slices.Sorted(slices.Values(ids[:12])); !slices.Equal(got, want) {
		t.Errorf("then it touched %v, want %v", got, want)
	}
	after := recordsOf(t, openSimulated(t, e))
	if len(after) != 20 || len(after[2].State.Obs) != 2 || !reflect.DeepEqual(after[3:], before[3:]) {
		t.Errorf("after a change: %d records, the changed one is %+v", len(after), after[2])
	}
	sums, err := s.Sums(t.Context(), store.SumQuery{Measures: []string{"amount"}, From: 1, To: 99991231})
	if err != nil || len(sums) != 1 || sums[0].Amount != 25 {
		t.Errorf("sums %v, %v: want 20 and 5", sums, err)
	}
	for i, raw := range scanAll(t, e, mongostore.Records) {
		_, _, plain := raw.Lookup("recs").BinaryOK()
		_, _, packed := raw.Lookup("packed").BinaryOK()
		if plain == packed || packed != (i == 0) {
			t.Errorf("chunk %d: plain %v, packed %v; only the first one was changed", i, plain, packed)
		}
	}
}

func recordsOf(t *testing.T, s store.Store) []store.Record {
	t.Helper()
	recs, err := s.ScanRecords(t.Context(), store.RecordQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return recs
}
