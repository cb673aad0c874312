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

// leafSize is how many records a leaf takes. Frames that choose at the same time may overfill it.
const leafSize = 512

// leavesAtOnce bounds the records that one round of Recount holds in memory.
const leavesAtOnce = 16

// BucketsFor puts records into the newest leaf of their plot. Where that has no room for all that come to it, they open the
// next one: what stands in a leaf is read again at each count of it. A leaf has its document before anything stands in it:
// readers look for a kind's records in the leaves that there are.
func (s *steps) BucketsFor(ctx context.Context, ps []store.Place) ([]store.Place, error) {
	coming := make(map[string]int64, 8)
	for _, p := range ps {
		if !p.IsZero() {
			coming[plot(p)]++
		}
	}
	if len(coming) == 0 {
		return slices.Clone(ps), nil
	}
	plots := slices.Sorted(maps.Keys(coming))
	raws, err := s.docs.Scan(ctx, Leaves, Query{Where: []Cond{{"plot", In, plots}}, Only: []string{"plot", "number", "size"}})
	if err != nil {
		return nil, err
	}
	newest, err := newestLeaves(raws)
	if err != nil {
		return nil, err
	}
	for name, n := range coming {
		if leaf := newest[name]; leaf.Number == 0 || leaf.Size+n > leafSize {
			newest[name] = leafDoc{Number: leaf.Number + 1}
		}
	}
	out, opened := slices.Clone(ps), []any{}
	for i, p := range out {
		if p.IsZero() {
			continue
		}
		leaf := newest[plot(p)]
		if leaf.Size >= leafSize {
			leaf = leafDoc{Number: leaf.Number + 1}
		}
		out[i].Bucket = int32(leaf.Number)
		if leaf.Size == 0 {
			opened = append(opened, newLeaf(out[i]))
		}
		leaf.Size++
		newest[plot(p)] = leaf
	}
	if len(opened) > 0 {
		_, err = s.docs.Insert(ctx, Leaves, opened)
	}
	return out, err
}

// newLeaf is a leaf that nobody has counted.
func newLeaf(p store.Place) leafDoc {
	return leafDoc{ID: leafID(p), Plot: plot(p), Unit: p.Unit, Kind: p.Kind, Day: int64(p.Day), Number: int64(p.Bucket)}
}

func newestLeaves(raws []bson.Raw) (map[string]leafDoc, error) {
	newest := make(map[string]leafDoc, len(raws))
	for _, raw := range raws {
		d, err := decode[leafDoc](raw)
		if err != nil {
			return nil, err
		}
		if d.Number >= newest[d.Plot].Number {
			newest[d.Plot] = d
		}
	}
	return newest, nil
}

// Recount counts leaves anew from the records that stand in them: raise, read the records, then their
// groups, store if nobody stored a later reading.
func (s *steps) Recount(ctx context.Context, places []store.Place, ids []string, count store.CountFunc) error {
	leaves := make([]string, 0, len(places))
	for _, p := range places {
		leaves = append(leaves, leafID(p))
	}
	for chunk := range slices.Chunk(unique(leaves), leavesAtOnce) {
		if _, err := s.recount(ctx, chunk, ids, count); err != nil {
			return err
		}
	}
	return nil
}

// recount returns how many records it has counted.
func (s *steps) recount(ctx context.Context, leaves, ids []string, count store.CountFunc) (int, error) {
	raws, err := s.raise(ctx, Leaves, leaves)
	if err != nil {
		return 0, err
	}
	docs, err := decodeAll[leafDoc](raws)
	if err != nil {
		return 0, err
	}
	if err := s.checkVersion(ctx, docs); err != nil {
		return 0, err
	}
	recs, groups, err := s.standing(ctx, docs)
	if err != nil {
		return 0, err
	}
	counts := make(map[string]*leafCount, len(leaves))
	for _, id := range leaves {
		counts[id] = &leafCount{sums: map[sumKey]int64{}}
	}
	for i := range recs {
		counts[leafID(recs[i].Place)].add(count(&recs[i], groups[recs[i].Group]))
	}
	if s.without.Off(store.CountByRecount) {
		s.increment(docs, recs, groups, ids, counts, count)
	}
	changes := make([]Change, len(docs))
	for i := range docs {
		if changes[i], err = s.counting(&docs[i], counts[docs[i].ID]); err != nil {
			return 0, err
		}
	}
	_, err = s.change(ctx, Leaves, changes)
	return len(recs), err
}

// standing reads the records that stand in the leaves, and after them the groups that they name.
func (s *steps) standing(ctx context.Context, leaves []leafDoc) ([]store.Record, map[string][]merge.Member, error) {
	recs, err := s.recordsIn(ctx, leaves)
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

// recordsIn reads the records that stand in the leaves. Where this Batch has stored most of them, their chunks' revisions
// are looked at first.
func (s *steps) recordsIn(ctx context.Context, leaves []leafDoc) ([]store.Record, error) {
	names, in, size := make([]string, len(leaves)), make(map[string]bool, len(leaves)), 0
	for i := range leaves {
		names[i], in[leaves[i].ID], size = leaves[i].ID, true, size+int(leaves[i].Size)
	}
	wanted := func(row *recordRow) bool { return in[row.Leaf] }
	if own := s.known.count(wanted); own == 0 || own < size {
		raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"leaves", In, names}}})
		if err != nil {
			return nil, err
		}
		return records(raws, &s.known, wanted)
	}
	chunks, err := s.rowsWith(ctx, "leaves", names)
	if err != nil {
		return nil, err
	}
	var out []store.Record
	for _, rows := range chunks {
		if out, err = appendRecords(out, rows, &s.known, wanted); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *steps) counting(d *leafDoc, c *leafCount) (Change, error) {
	p, err := parseLeaf(d.ID)
	if err != nil {
		return Change{}, err
	}
	sums, from, to := c.rows()
	own := newLeaf(p) // whoever raised a leaf that was not opened knew but its name
	change := Change{ID: d.ID, If: []Cond{{"counted", Unless, d.Epoch}}, Set: bson.D{
		{Key: "counted", Value: d.Epoch}, {Key: "sums", Value: sums}, {Key: "from", Value: from}, {Key: "to", Value: to},
		{Key: "size", Value: c.size}, {Key: "version", Value: s.version},
		{Key: "plot", Value: own.Plot}, {Key: "unit", Value: own.Unit}, {Key: "kind", Value: own.Kind},
		{Key: "day", Value: own.Day}, {Key: "number", Value: own.Number},
	}}
	if s.without.Off(store.EpochOrder) {
		change.If = nil
	}
	return change, nil
}

// checkVersion refuses to count by a catalogue version that another process has replaced. It is asked
// after the raise: a leaf raised before the change of version is found and counted anew by Rebuild, one
// raised after it finds the new version here.
func (s *steps) checkVersion(ctx context.Context, docs []leafDoc) error {
	own := s.version
	for i := range docs {
		if docs[i].Counted > 0 && docs[i].Version == own {
			continue
		}
		d, err := metaOf(ctx, s.docs, "catalogue") // in the session: after the raise on every member
		if err != nil {
			return err
		}
		if current := d.Version; current != own && !s.rebuilding {
			return fmt.Errorf("%w: sums are counted by catalogue %q, this program counts by %q", store.ErrNewer, current, own)
		}
		return nil
	}
	return nil
}

type sumKey struct {
	day     clock.Day
	measure string
}

type leafCount struct {
	sums map[sumKey]int64
	size int64
}

func (c *leafCount) add(cs []tally.Contribution) {
	c.size++
	for _, x := range cs {
		c.sums[sumKey{x.Day, x.Measure}] += x.Amount
	}
}

// rows are the sums by day and measure without zeros, and their first and last day.
func (c *leafCount) rows() (rows []sumDoc, from, to int64) {
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

// increment is what CountByRecount forbids: what a frame brings is added to what stands.
func (s *steps) increment(docs []leafDoc, recs []store.Record, groups map[string][]merge.Member, ids []string,
	counts map[string]*leafCount, count store.CountFunc,
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
				counts[leafID(recs[i].Place)].sums[sumKey{x.Day, x.Measure}] += x.Amount
			}
		}
	}
}
