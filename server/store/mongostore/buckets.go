package mongostore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// maxBucketSize is the number of records in a full bucket. Frames choosing buckets at the same time may exceed it.
const maxBucketSize = 512

// bucketsAtOnce bounds the records that one round of Recount holds in memory.
const bucketsAtOnce = 16

// BucketsFor puts records into the newest bucket of their bucketKey. If that bucket has no room for all the new
// records of the key, the records open the next bucket together, because every count of a bucket reads all its records
// again. A bucket's document is stored before any record is in the bucket: readers find the records of a kind through
// the existing bucket documents.
func (s *steps) BucketsFor(ctx context.Context, ps []store.Place) ([]store.Place, error) {
	coming := make(map[string]int64, 8)
	for _, p := range ps {
		if !p.IsZero() {
			coming[bucketKey(p)]++
		}
	}
	if len(coming) == 0 {
		return slices.Clone(ps), nil
	}
	keys := slices.Sorted(maps.Keys(coming))
	raws, err := s.docs.Scan(ctx, Buckets, Query{Where: []Cond{{"plot", In, keys}}, Only: []string{"plot", "number", "size"}})
	if err != nil {
		return nil, err
	}
	newest, err := newestBuckets(raws)
	if err != nil {
		return nil, err
	}
	for name, n := range coming {
		if bucket := newest[name]; bucket.Number == 0 || bucket.Size+n > maxBucketSize {
			newest[name] = bucketDoc{Number: bucket.Number + 1}
		}
	}
	out, newBuckets := slices.Clone(ps), []any{}
	for i, p := range out {
		if p.IsZero() {
			continue
		}
		bucket := newest[bucketKey(p)]
		if bucket.Size >= maxBucketSize {
			bucket = bucketDoc{Number: bucket.Number + 1}
		}
		out[i].Bucket = int32(bucket.Number)
		if bucket.Size == 0 {
			newBuckets = append(newBuckets, newBucket(out[i]))
		}
		bucket.Size++
		newest[bucketKey(p)] = bucket
	}
	if len(newBuckets) > 0 {
		_, err = s.docs.Insert(ctx, Buckets, newBuckets)
	}
	return out, err
}

// newBucket is a bucket that was never counted.
func newBucket(p store.Place) bucketDoc {
	return bucketDoc{ID: bucketID(p), BucketKey: bucketKey(p), Unit: p.Unit, Kind: p.Kind, Day: int64(p.Day), Number: int64(p.Bucket)}
}

func newestBuckets(raws []bson.Raw) (map[string]bucketDoc, error) {
	newest := make(map[string]bucketDoc, len(raws))
	for _, raw := range raws {
		d, err := decode[bucketDoc](raw)
		if err != nil {
			return nil, err
		}
		if d.Number >= newest[d.BucketKey].Number {
			newest[d.BucketKey] = d
		}
	}
	return newest, nil
}

// Recount counts buckets anew from their records: raise the epoch, read the records, read their groups, and store the
// count unless a count of a later epoch is stored.
func (s *steps) Recount(ctx context.Context, places []store.Place, ids []string, count store.CountFunc) error {
	buckets := make([]string, 0, len(places))
	for _, p := range places {
		buckets = append(buckets, bucketID(p))
	}
	for chunk := range slices.Chunk(unique(buckets), bucketsAtOnce) {
		if _, err := s.recountBuckets(ctx, chunk, ids, count); err != nil {
			return err
		}
	}
	return nil
}

// recountBuckets returns the number of records counted.
func (s *steps) recountBuckets(ctx context.Context, buckets, ids []string, count store.CountFunc) (int, error) {
	raws, err := s.raiseAndRead(ctx, Buckets, buckets)
	if err != nil {
		return 0, err
	}
	docs, err := decodeAll[bucketDoc](raws)
	if err != nil {
		return 0, err
	}
	if err := s.checkVersion(ctx, docs); err != nil {
		return 0, err
	}
	recs, groups, err := s.readRecordsAndGroups(ctx, docs)
	if err != nil {
		return 0, err
	}
	counts := make(map[string]*bucketCount, len(buckets))
	for _, id := range buckets {
		counts[id] = &bucketCount{sums: map[sumKey]int64{}}
	}
	for i := range recs {
		counts[bucketID(recs[i].Place)].add(count(&recs[i], groups[recs[i].Group]))
	}
	if s.without.Off(store.CountByRecount) {
		s.increment(docs, recs, groups, ids, counts, count)
	}
	changes := make([]Change, len(docs))
	for i := range docs {
		if changes[i], err = s.countChange(&docs[i], counts[docs[i].ID]); err != nil {
			return 0, err
		}
	}
	_, err = s.change(ctx, Buckets, changes)
	return len(recs), err
}

// readRecordsAndGroups reads the records in the buckets, and afterwards the groups of these records.
func (s *steps) readRecordsAndGroups(ctx context.Context, buckets []bucketDoc) ([]store.Record, map[string][]merge.Member, error) {
	recs, err := s.recordsIn(ctx, buckets)
	if err != nil || len(recs) == 0 {
		return nil, nil, err
	}
	names := make([]string, len(recs))
	for i := range recs {
		names[i] = recs[i].Group
	}
	groups, err := s.storedGroups(ctx, unique(names))
	return recs, groups, err
}

// recordsIn reads the records in the buckets. If this Batch has stored most of them, recordsIn first compares the
// revisions of their chunks.
func (s *steps) recordsIn(ctx context.Context, buckets []bucketDoc) ([]store.Record, error) {
	names, in, size := make([]string, len(buckets)), make(map[string]bool, len(buckets)), 0
	for i := range buckets {
		names[i], in[buckets[i].ID], size = buckets[i].ID, true, size+int(buckets[i].Size)
	}
	wanted := func(row *recordRow) bool { return in[row.Bucket] }
	if own := s.cache.countRows(wanted); own == 0 || own < size {
		raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"leaves", In, names}}})
		if err != nil {
			return nil, err
		}
		return decodeRecords(raws, &s.cache, wanted)
	}
	chunks, err := s.rowsMatching(ctx, "leaves", names)
	if err != nil {
		return nil, err
	}
	var out []store.Record
	for _, rows := range chunks {
		if out, err = appendRecords(out, rows, &s.cache, wanted); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *steps) countChange(d *bucketDoc, c *bucketCount) (Change, error) {
	p, err := parseBucketID(d.ID)
	if err != nil {
		return Change{}, err
	}
	sums, from, to := c.rows()
	own := newBucket(p) // a raise may have created the document with its id alone
	change := Change{ID: d.ID, If: []Cond{{"counted", BelowOrAbsent, d.Epoch}}, Set: bson.D{
		{Key: "counted", Value: d.Epoch}, {Key: "sums", Value: sums}, {Key: "from", Value: from}, {Key: "to", Value: to},
		{Key: "size", Value: c.size}, {Key: "version", Value: s.version},
		{Key: "plot", Value: own.BucketKey}, {Key: "unit", Value: own.Unit}, {Key: "kind", Value: own.Kind},
		{Key: "day", Value: own.Day}, {Key: "number", Value: own.Number},
	}}
	if s.without.Off(store.EpochOrder) {
		change.If = nil
	}
	return change, nil
}

// checkVersion refuses to count by a catalogue version that another process has replaced. The check comes after the
// raise: Rebuild finds and recounts a bucket raised before the change of version, and a bucket raised later finds the
// new version here.
func (s *steps) checkVersion(ctx context.Context, docs []bucketDoc) error {
	own := s.version
	for i := range docs {
		if docs[i].Counted > 0 && docs[i].Version == own {
			continue
		}
		d, err := readMeta(ctx, s.docs, "catalogue") // in the session: after the raise on every member
		if err != nil {
			return err
		}
		if current := d.Version; current != own && !s.rebuilding {
			return wrongVersion(current, own)
		}
		return nil
	}
	return nil
}

func wrongVersion(current, own string) error {
	return fmt.Errorf("%w: sums are counted by catalogue %q, this program counts by %q", store.ErrNewer, current, own)
}

type sumKey struct {
	day     clock.Day
	measure string
}

type bucketCount struct {
	sums map[sumKey]int64
	size int64
}

func (c *bucketCount) add(cs []tally.Contribution) {
	c.size++
	for _, x := range cs {
		c.sums[sumKey{x.Day, x.Measure}] += x.Amount
	}
}

// rows are the sums by day and measure without zeros, with their first and last day.
func (c *bucketCount) rows() (rows []sumDoc, from, to int64) {
	rows = make([]sumDoc, 0, len(c.sums))
	for k, amount := range c.sums {
		if amount == 0 {
			continue
		}
		day := int64(k.day)
		rows = append(rows, sumDoc{day, k.measure, amount})
		if from == 0 || day < from {
			from = day
		}
		to = max(to, day)
	}
	slices.SortFunc(rows, func(a, b sumDoc) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return rows, from, to
}

// increment is the behaviour forbidden by CountByRecount: the frame's contributions are added to the stored sums.
func (s *steps) increment(docs []bucketDoc, recs []store.Record, groups map[string][]merge.Member, ids []string,
	counts map[string]*bucketCount, count store.CountFunc,
) {
	for i := range docs {
		c := counts[docs[i].ID]
		clear(c.sums)
		for _, x := range docs[i].Sums {
			c.sums[sumKey{clock.Day(x.Day), x.Measure}] += x.Amount
		}
	}
	for i := range recs {
		if slices.Contains(ids, recs[i].ID) {
			for _, x := range count(&recs[i], groups[recs[i].Group]) {
				counts[bucketID(recs[i].Place)].sums[sumKey{x.Day, x.Measure}] += x.Amount
			}
		}
	}
}
