package mongostore

import (
	"context"
	"slices"
	"strings"

	"roadbook/server/store"
)

// Record reads one record. store.ErrNotFound.
func (s *Store) Record(ctx context.Context, id string) (store.Record, error) {
	raws, err := s.docs.Read(ctx, Records, []string{chunkOf(id)})
	if err != nil {
		return store.Record{}, err
	}
	recs, err := records(raws, nil, func(row *recordRow) bool { return row.ID == id })
	switch {
	case err != nil:
		return store.Record{}, err
	case len(recs) == 0:
		return store.Record{}, store.ErrNotFound
	}
	return recs[0], nil
}

// RecordsOfGroup reads the records that name a group, by id.
func (s *Store) RecordsOfGroup(ctx context.Context, name string) ([]store.Record, error) {
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"groups", In, []string{name}}}})
	if err != nil {
		return nil, err
	}
	recs, err := records(raws, nil, func(row *recordRow) bool { return row.Group == name })
	slices.SortFunc(recs, func(a, b store.Record) int { return strings.Compare(a.ID, b.ID) })
	return recs, err
}

// ScanRecords pages through records by stream and sequence.
func (s *Store) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	limit := limitOf(q.Limit)
	var out []store.Record
	from, op := chunkOf(q.After), AtLeast
	for {
		where := []Cond{{"_id", op, from}}
		if q.Unit != "" { // a superset: leaves are an array
			where = append(where, Cond{"leaves", Among, []string{q.Unit + "/", q.Unit + "0"}})
		}
		raws, err := s.docs.Scan(ctx, Records, Query{Where: where, Sort: "_id", Limit: limit/chunkLines + 1})
		if err != nil {
			return nil, err
		}
		if len(raws) == 0 {
			return out, nil
		}
		recs, err := records(raws, nil, func(row *recordRow) bool {
			return q.After == "" || chunkOf(row.ID) > chunkOf(q.After) || compareIDs(row.ID, q.After) > 0
		})
		if err != nil {
			return nil, err
		}
		for i := range recs {
			if asked(&q, recs[i].Place) {
				out = append(out, recs[i])
			}
		}
		if len(out) >= limit {
			return out[:limit], nil
		}
		from, op = raws[len(raws)-1].Lookup("_id").StringValue(), Above
	}
}

func asked(q *store.RecordQuery, p store.Place) bool {
	return (q.Unit == "" || q.Unit == p.Unit) && (q.Kind == "" || q.Kind == p.Kind) &&
		(q.From == 0 || q.From <= p.Day) && (q.To == 0 || p.Day <= q.To)
}
