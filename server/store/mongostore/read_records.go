package mongostore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// Record reads one record. store.ErrNotFound.
func (s *Store) Record(ctx context.Context, id string) (store.Record, error) {
	recs, err := s.RecordsByID(ctx, id)
	switch {
	case err != nil:
		return store.Record{}, err
	case len(recs) == 0:
		return store.Record{}, store.ErrNotFound
	}
	return recs[0], nil
}

// RecordsByID reads the records with the given ids; absent ids are left out.
func (s *Store) RecordsByID(ctx context.Context, ids ...string) ([]store.Record, error) {
	raws, err := s.docs.Read(ctx, Records, chunkIDs(ids))
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	recs, err := decodeRecords(raws, nil, func(row *recordRow) bool { _, wanted := at[row.ID]; return wanted })
	slices.SortFunc(recs, func(a, b store.Record) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return recs, err
}

// RecordsOfGroups reads the records naming one of the groups, by id.
func (s *Store) RecordsOfGroups(ctx context.Context, names ...string) ([]store.Record, error) {
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"groups", In, unique(names)}}})
	if err != nil {
		return nil, err
	}
	named := setOf(names)
	recs, err := decodeRecords(raws, nil, func(row *recordRow) bool { return named[row.Group] })
	slices.SortFunc(recs, func(a, b store.Record) int { return strings.Compare(a.ID, b.ID) })
	return recs, err
}

// ScanRecords pages through records by stream and sequence. If the matching records are in few buckets, the buckets
// lead to the records; otherwise all records are scanned in order, and a page is full soon because many records match.
func (s *Store) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	limit := limitOf(q.Limit)
	page := Query{Sort: "_id", Limit: limit/chunkLines + 1}
	buckets, few, err := s.bucketsMatching(ctx, &q)
	switch {
	case err != nil || few && len(buckets) == 0:
		return nil, err
	case few:
		page.Where, page.By = []Cond{{"leaves", In, buckets}}, recordsByBucket
	case q.Unit != "": // a superset: the field leaves is an array
		page.Where = []Cond{{"leaves", AnyWithin, []string{q.Unit + "/", q.Unit + "0"}}}
	}
	var out []store.Record
	from, op := chunkID(q.After), AtLeast
	for {
		ask := page
		ask.Where = append([]Cond{{"_id", op, from}}, page.Where...)
		raws, err := s.docs.Scan(ctx, Records, ask)
		if err != nil {
			return nil, err
		}
		if len(raws) == 0 {
			return out, nil
		}
		recs, err := decodeRecords(raws, nil, func(row *recordRow) bool {
			return q.After == "" || chunkID(row.ID) > chunkID(q.After) || compareIDs(row.ID, q.After) > 0
		})
		if err != nil {
			return nil, err
		}
		for i := range recs {
			if matches(&q, recs[i].Place) {
				out = append(out, recs[i])
			}
		}
		if len(out) >= limit {
			return out[:limit], nil
		}
		from, op = raws[len(raws)-1].Lookup("_id").StringValue(), Above
	}
}

// maxBucketsSearched is the largest number of buckets searched for a page of records.
const maxBucketsSearched = 1000

// bucketsMatching returns the ids of the buckets of the query's records; few is false if the query names neither unit
// nor kind, or has too many buckets.
func (s *Store) bucketsMatching(ctx context.Context, q *store.RecordQuery) (names []string, few bool, err error) {
	var where []Cond
	switch {
	case q.Unit != "":
		from, to := bucketIDRange(q)
		where = []Cond{{"_id", AtLeast, from}, {"_id", Below, to}}
	case q.Kind != "":
		where = []Cond{{"kind", Is, q.Kind}, {"day", AtLeast, int64(q.From)}, {"day", AtMost, int64(cmp.Or(q.To, maxDay))}}
	default:
		return nil, false, nil
	}
	raws, err := s.docs.Scan(ctx, Buckets, Query{Where: where, Only: []string{"_id"}, Limit: s.maxBuckets + 1})
	if err != nil || len(raws) > s.maxBuckets {
		return nil, false, err
	}
	docs, err := decodeAll[bucketDoc](raws)
	if err != nil {
		return nil, false, err
	}
	for i := range docs {
		p, err := parseBucketID(docs[i].ID)
		if err != nil {
			return nil, false, err
		}
		if matches(q, p) {
			names = append(names, docs[i].ID)
		}
	}
	return unique(names), true, nil
}

// maxDay is after every day.
const maxDay clock.Day = 99999999

// bucketIDRange returns bounds on the ids of a unit's buckets, narrowed by the query's kind and days. Other buckets
// may have ids within the bounds: a unit's name may begin with another unit's name and a slash.
func bucketIDRange(q *store.RecordQuery) (from, to string) {
	const after = "0" // the character after the slash
	if q.Kind == "" {
		return q.Unit + "/", q.Unit + after
	}
	of := q.Unit + "/" + q.Kind
	if from, to = of+"/", of+after; q.From != 0 {
		from += strconv.Itoa(int(q.From))
	}
	if q.To != 0 {
		to = of + "/" + strconv.Itoa(int(q.To)) + after
	}
	return from, to
}

func matches(q *store.RecordQuery, p store.Place) bool {
	return (q.Unit == "" || q.Unit == p.Unit) && (q.Kind == "" || q.Kind == p.Kind) &&
		(q.From == 0 || q.From <= p.Day) && (q.To == 0 || p.Day <= q.To)
}
