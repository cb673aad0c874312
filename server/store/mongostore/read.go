package mongostore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// pageSize is the limit of a page if the query has none.
const pageSize = 500

func limitOf(n int) int {
	if n <= 0 {
		return pageSize
	}
	return n
}

// Sums adds up the rows of the buckets.
func (s *Store) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	ask := Query{Where: []Cond{{"to", AtLeast, int64(q.From)}, {"from", AtMost, int64(q.To)}}, Only: []string{"unit", "sums"}}
	if q.Unit != "" {
		ask.Where, ask.By = append(ask.Where, Cond{"unit", Is, q.Unit}), bucketsByUnit
	}
	raws, err := s.docs.Scan(ctx, Buckets, ask)
	if err != nil {
		return nil, err
	}
	total := map[tally.Sum]int64{}
	for _, raw := range raws {
		d, err := decode[bucketDoc](raw)
		if err != nil {
			return nil, err
		}
		d.sums(func(row tally.Sum) {
			if row.Day < q.From || row.Day > q.To || len(q.Measures) > 0 && !slices.Contains(q.Measures, row.Measure) {
				return
			}
			total[answerRow(row, &q)] += row.Amount
		})
	}
	return sortedSums(total), nil
}

// answerRow is the row of the answer to which a bucket's row belongs, without its amount.
func answerRow(s tally.Sum, q *store.SumQuery) tally.Sum {
	row := tally.Sum{Measure: s.Measure}
	if q.ByUnit {
		row.Unit = s.Unit
	}
	if q.ByDay {
		row.Day = s.Day
	}
	return row
}

func sortedSums(total map[tally.Sum]int64) []tally.Sum {
	out := make([]tally.Sum, 0, len(total))
	for row, amount := range total {
		if amount != 0 {
			row.Amount = amount
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b tally.Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return out
}

// anyID holds for every document. Without a condition on ids an engine may read and sort all documents.
var anyID = Cond{"_id", Above, ""}

// ScanFrames pages through the log by stream, first, last, head: the order of the documents' ids.
func (s *Store) ScanFrames(ctx context.Context, id wire.StreamID, after store.FrameKey, limit int) ([]store.Frame, error) {
	var where []Cond
	switch {
	case after != (store.FrameKey{}):
		where = append(where, Cond{"_id", Above, frameID(after)})
	case id == (wire.StreamID{}):
		where = append(where, anyID)
	}
	if id != (wire.StreamID{}) {
		where = append(where, streamConds(id.String())...)
	}
	raws, err := s.docs.Scan(ctx, Frames, Query{Where: where, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	return decodeFrames(raws)
}

// maxFrame bounds the size of the unpacked lines of a stored frame, in bytes.
const maxFrame = 64 << 20

// FrameWith finds the frame whose chain has the observation's hash at its sequence.
func (s *Store) FrameWith(ctx context.Context, id wire.ObsID) (store.Frame, error) {
	raws, err := s.docs.Scan(ctx, Frames, Query{Where: overlapConds(id.Stream(), id.Seq, id.Seq), Sort: "_id", By: framesByLast})
	if err != nil {
		return store.Frame{}, err
	}
	fs, err := decodeFrames(raws)
	if err != nil {
		return store.Frame{}, err
	}
	for i := range fs {
		h, err := hashAt(&fs[i], id.Seq)
		if err != nil {
			return store.Frame{}, err
		}
		if wire.NewObsID(id.Stream(), id.Seq, h) == id {
			return fs[i], nil
		}
	}
	return store.Frame{}, store.ErrNotFound
}

// hashAt is the chain hash of a frame's line.
func hashAt(f *store.Frame, seq uint64) (wire.Hash, error) {
	if seq == f.Key.Last {
		return f.Key.Head, nil
	}
	lines, err := wire.UnpackLines(f.Packed, maxFrame)
	if err != nil {
		return wire.Hash{}, err
	}
	h := f.Prev
	for _, line := range lines[:min(seq-f.Key.First+1, uint64(len(lines)))] {
		h = wire.ChainHash(h, line)
	}
	return h, nil
}

// Streams lists summaries by id.
func (s *Store) Streams(ctx context.Context, after wire.StreamID, limit int) ([]store.Stream, error) {
	q := Query{Where: []Cond{anyID}, Sort: "_id", Limit: limitOf(limit)}
	if after != (wire.StreamID{}) {
		q.Where = []Cond{{"_id", Above, after.String()}}
	}
	raws, err := s.docs.Scan(ctx, Streams, q)
	if err != nil {
		return nil, err
	}
	out := make([]store.Stream, len(raws))
	for i, raw := range raws {
		d, err := decode[streamDoc](raw)
		if err != nil {
			return nil, err
		}
		if out[i], err = d.stream(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Unprojected pages through the unprojected frames, oldest first.
func (s *Store) Unprojected(ctx context.Context, after store.Frame, limit int) ([]store.Frame, error) {
	from := int64(0)
	if after.Key != (store.FrameKey{}) {
		from = waitingOrder(&after)
	}
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: []Cond{{"waiting", Above, from}}, Sort: "waiting", Limit: limitOf(limit),
	})
	if err != nil {
		return nil, err
	}
	return decodeFrames(raws)
}

// Counts returns sizes. A line stored in two frames counts twice.
func (s *Store) Counts(ctx context.Context) (c store.Counts, err error) {
	if c.Frames, c.Observations, err = s.docs.Total(ctx, Frames, "lines", nil); err != nil {
		return c, err
	}
	if _, c.Records, err = s.docs.Total(ctx, Records, "size", nil); err != nil {
		return c, err
	}
	if c.Quarantined, _, err = s.docs.Total(ctx, QuarantinedLines, "", []Cond{{"released", Is, ""}}); err != nil {
		return c, err
	}
	c.Unprojected, _, err = s.docs.Total(ctx, Frames, "", []Cond{{"waiting", Above, int64(0)}})
	return c, err
}

// CountedBy is the version of the catalogue used for the sums.
func (s *Store) CountedBy(ctx context.Context) (string, error) {
	d, err := readMeta(ctx, s.docs, "catalogue")
	return d.Version, err
}
