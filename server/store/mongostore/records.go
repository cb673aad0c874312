package mongostore

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

func (s *steps) Records(ctx context.Context, ids []string) ([]store.Record, error) {
	raws, err := s.docs.Read(ctx, Records, unique(ids))
	if err != nil {
		return nil, err
	}
	stored, err := records(raws)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(stored))
	for i := range stored {
		at[stored[i].ID] = i
	}
	out := make([]store.Record, len(ids))
	for i, id := range ids {
		out[i].ID = id
		if j, ok := at[id]; ok {
			out[i] = stored[j]
		}
	}
	return out, nil
}

// ReplaceRecords is the compare-and-set of a join: new records are inserted, stored ones changed where
// their revision is the one that was read. A record may be reported lost although it landed, when another
// write followed it at once: the caller reads it again and finds its own join, and its entry in left.
func (s *steps) ReplaceRecords(ctx context.Context, recs []store.Record) (lost []int, err error) {
	var fresh, known []int
	for i := range recs {
		if recs[i].Rev == 0 {
			fresh = append(fresh, i)
		} else {
			known = append(known, i)
		}
	}
	docs := make([]any, len(fresh))
	for n, i := range fresh {
		docs[n] = recordToDoc(&recs[i], 1)
	}
	taken, err := s.insert(ctx, Records, docs)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(known))
	for n, i := range known {
		changes[n] = replacement(&recs[i])
	}
	done, err := s.change(ctx, Records, changes)
	if err != nil {
		return nil, err
	}
	for n, i := range fresh {
		if taken[n] {
			lost = append(lost, i)
		}
	}
	for n, i := range known {
		if !done[n] {
			lost = append(lost, i)
		}
	}
	slices.Sort(lost)
	return lost, nil
}

func replacement(r *store.Record) Change {
	d := recordToDoc(r, r.Rev+1)
	return Change{ID: d.ID, If: []Cond{{"rev", Is, r.Rev}}, Set: bson.D{
		{Key: "rev", Value: d.Rev}, {Key: "state", Value: d.State}, {Key: "unit", Value: d.Unit}, {Key: "day", Value: d.Day},
		{Key: "kind", Value: d.Kind}, {Key: "leaf", Value: d.Leaf}, {Key: "group", Value: d.Group},
		{Key: "left", Value: d.Left}, {Key: "leftby", Value: d.LeftBy},
	}}
}

// ClearLeft finds by their frame the records that still name it, which are few, and takes its entries out.
func (s *steps) ClearLeft(ctx context.Context, key store.FrameKey, ids []string) error {
	for range attempts {
		recs, err := s.leavers(ctx, key, ids)
		if err != nil || len(recs) == 0 {
			return err
		}
		for i := range recs {
			recs[i].Left = slices.DeleteFunc(recs[i].Left, func(l store.Left) bool {
				return l.Frame == key || s.without.Off(store.LeftByFrame)
			})
		}
		if _, err := s.ReplaceRecords(ctx, recs); err != nil {
			return err
		}
	}
	return fmt.Errorf("frame %s: %w: changed too often", frameID(key), store.ErrUnavailable)
}

func (s *steps) leavers(ctx context.Context, key store.FrameKey, ids []string) ([]store.Record, error) {
	if s.without.Off(store.LeftByFrame) { // whatever frame left it
		recs, err := s.Records(ctx, ids)
		return slices.DeleteFunc(recs, func(r store.Record) bool { return len(r.Left) == 0 }), err
	}
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"leftby", In, []string{frameID(key)}}}})
	if err != nil {
		return nil, err
	}
	recs, err := records(raws)
	return slices.DeleteFunc(recs, func(r store.Record) bool { return !slices.Contains(ids, r.ID) }), err
}

// insert and change spare a call about nothing.
func (s *steps) insert(ctx context.Context, c Coll, docs []any) ([]bool, error) {
	if len(docs) == 0 {
		return nil, nil
	}
	return s.docs.Insert(ctx, c, docs)
}

func (s *steps) change(ctx context.Context, c Coll, changes []Change) ([]bool, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	return s.docs.Change(ctx, c, changes)
}
