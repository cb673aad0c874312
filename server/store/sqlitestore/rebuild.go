package sqlitestore

import (
	"context"
	"slices"

	"roadbook/server/store"
)

// rebuildChunks is the number of chunks per transaction of a rebuild.
const rebuildChunks = 256

// Rebuild counts every record anew, some at a time: other processes may write in between, and their counts stay valid.
// At the end the totals are added up from the records' last counts, in one transaction with the version's name; an
// error on the way leaves the old name.
func (s *Store) Rebuild(ctx context.Context, version string, self store.SelfFunc, count store.CountFunc, progress func(done, of int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	of := s.statNow().Records
	next, done := int64(-1<<63), int64(0)
	for more := true; more; {
		var n int64
		err := s.inBatch(ctx, func(b *batch) (err error) {
			next, n, more, err = b.recountFrom(ctx, next, self, count)
			return err
		})
		if err != nil {
			return err
		}
		done += n
		progress(min(done, of), of)
	}
	if err := s.regroupStored(ctx, self); err != nil {
		return err
	}
	return s.inBatch(ctx, func(b *batch) error {
		b.stat.CountedBy = version
		return b.recomputeTotals()
	})
}

// inBatch runs fn as a Batch with access to the batch itself.
func (s *Store) inBatch(ctx context.Context, fn func(*batch) error) error {
	return s.Batch(ctx, func(st store.Steps) error { return fn(st.(*batch)) })
}

// regroupStored evaluates the groups with a stored evaluation: the evaluation of a group without records is removed.
func (s *Store) regroupStored(ctx context.Context, self store.SelfFunc) error {
	for after := ""; ; {
		page, err := s.Groups(ctx, after, rebuildChunks)
		if err != nil || len(page) == 0 {
			return err
		}
		names := make([]string, len(page))
		for i := range page {
			names[i] = page[i].Name
		}
		after = names[len(names)-1]
		err = s.inBatch(ctx, func(b *batch) error {
			for i := range page { // the index may lack the group
				b.group(names[i]).members, b.group(names[i]).read = page[i].Members, true
			}
			_, err := b.Regroup(ctx, names, self)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// recountFrom counts the records of the chunks from one key on, with their groups. It adds missing pairs to the index
// of groups.
func (b *batch) recountFrom(ctx context.Context, from int64, self store.SelfFunc, count store.CountFunc) (next, n int64, more bool, err error) {
	var keys []int64
	err = b.w.each(`SELECT k FROM chunk WHERE k>=? ORDER BY k LIMIT ?`, func(r row) error {
		keys = append(keys, r.int(0))
		return nil
	}, from, int64(rebuildChunks))
	if err != nil || len(keys) == 0 {
		return from, 0, false, err
	}
	var ids, names []string
	for _, key := range keys {
		c, err := b.chunk(key)
		if err != nil {
			return from, 0, false, err
		}
		for _, e := range c.entries {
			b.records[e.id(b.s)] = e
			if err := e.parse(b.s); err != nil {
				return from, 0, false, err
			}
			if err := b.mendIndex(e); err != nil {
				return from, 0, false, err
			}
			ids, names = append(ids, e.rec.ID), append(names, e.rec.Group)
		}
	}
	members, err := b.Regroup(ctx, sortedSet(names), self)
	if err == nil {
		err = b.Recount(ctx, nil, sortedSet(append(members, ids...)), count)
	}
	return keys[len(keys)-1] + 1, int64(len(ids)), true, err
}

// mendIndex adds the pair of a record and its group, if missing.
func (b *batch) mendIndex(e *entry) error {
	known, err := b.s.groups.find(b.w, groupKey(e.rec.Group))
	if err == nil && !slices.Contains(known, e.number()) {
		b.joinGroup(e, e.rec.Group)
	}
	return err
}

// recomputeTotals sets the totals to the sums of the records' last counts.
func (b *batch) recomputeTotals() error {
	right := map[int64]int64{}
	err := b.w.each(`SELECT k, d FROM chunk`, func(r row) error {
		c, err := decodeChunk(r.int(0), r.s.ColumnRawBlob(1))
		if err != nil {
			return err
		}
		for _, e := range c.entries {
			if err := e.parseCount(); err != nil {
				return err
			}
			for _, a := range e.counted {
				right[totalKey(a.measure, e.unit, a.day)] += a.amount
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = b.w.each(`SELECT k, v FROM total`, func(r row) error {
		right[r.int(0)] -= r.int(1)
		return nil
	})
	b.totals = right
	return err
}
