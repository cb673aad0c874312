package mongostore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

type sideDoc struct {
	ID   string `bson:"_id"`
	Data []byte `bson:"data"`
}

// sideAtOnce bounds the documents of one call to the engine.
const sideAtOnce = 1000

func sideRows(raws []bson.Raw) ([]store.SideRow, error) {
	docs, err := decodeAll[sideDoc](raws)
	out := make([]store.SideRow, len(docs))
	for i := range docs {
		out[i] = store.SideRow{Key: docs[i].ID, Data: docs[i].Data}
	}
	return out, err
}

// SideRows reads rows of the side table by key.
func (s *Store) SideRows(ctx context.Context, keys ...string) (out []store.SideRow, err error) {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	for some := range slices.Chunk(keys, sideAtOnce) {
		raws, err := s.docs.Read(ctx, SideTable, some)
		if err != nil {
			return nil, err
		}
		rows, err := sideRows(raws)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, func(a, b store.SideRow) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// ScanSide pages through the side table.
func (s *Store) ScanSide(ctx context.Context, prefix, after string, limit int) ([]store.SideRow, error) {
	where := []Cond{{"_id", Above, after}}
	if from, to := store.SideRange(prefix); to != "" {
		where = append(where, Cond{"_id", AtLeast, from}, Cond{"_id", Below, to})
	}
	raws, err := s.docs.Scan(ctx, SideTable, Query{Where: where, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	return sideRows(raws)
}

// WriteSide writes document by document.
func (s *Store) WriteSide(ctx context.Context, rows []store.SideRow, gone []string) error {
	for some := range slices.Chunk(rows, sideAtOnce) {
		if err := s.putSide(ctx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(gone, sideAtOnce) {
		if err := s.docs.Remove(ctx, SideTable, []Cond{{"_id", In, some}}); err != nil {
			return err
		}
	}
	return nil
}

// putSide inserts rows, and changes those that exist. A row removed in between is inserted again.
func (s *Store) putSide(ctx context.Context, rows []store.SideRow) error {
	for range maxAttempts {
		docs := make([]any, len(rows))
		for i, r := range rows {
			docs[i] = sideDoc{ID: r.Key, Data: r.Data}
		}
		taken, err := s.docs.Insert(ctx, SideTable, docs)
		if err != nil {
			return err
		}
		var changes []Change
		var changed []store.SideRow
		for i, r := range rows {
			if taken[i] {
				changes = append(changes, Change{ID: r.Key, Set: bson.D{{Key: "data", Value: r.Data}}})
				changed = append(changed, r)
			}
		}
		if len(changes) == 0 {
			return nil
		}
		done, err := s.docs.Change(ctx, SideTable, changes)
		if err != nil {
			return err
		}
		rows = rows[:0:0]
		for i, r := range changed {
			if !done[i] {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			return nil
		}
	}
	return fmt.Errorf("the side table: %w: changed too often", store.ErrUnavailable)
}
