package sqlitestore

import (
	"context"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// Records reads records in the order of ids.
func (b *batch) Records(_ context.Context, ids []string) ([]store.Record, error) {
	out := make([]store.Record, len(ids))
	for i, id := range ids {
		e, err := b.record(id)
		if err != nil {
			return nil, mapped(err)
		}
		out[i] = e.r
		out[i].Departed = slices.Clone(e.r.Departed)
		out[i].State = merge.State{Obs: slices.Clone(e.r.State.Obs)}
	}
	return out, nil
}

// ReplaceRecords stores each record whose revision is still the same. The store keeps what it is given:
// the caller does not change a record's observations afterwards.
func (b *batch) ReplaceRecords(_ context.Context, recs []store.Record) (lost []int, err error) {
	for i := range recs {
		ok, err := b.replace(&recs[i])
		if err != nil {
			return nil, mapped(err)
		}
		if !ok {
			lost = append(lost, i)
		}
	}
	return lost, nil
}

func (b *batch) replace(r *store.Record) (bool, error) {
	e, err := b.record(r.ID)
	if err != nil {
		return false, err
	}
	if e.r.Rev != r.Rev {
		return false, nil
	}
	c, err := b.chunk(e.chunk)
	if err != nil {
		return false, err
	}
	p, err := b.packed(r.Place)
	if err != nil {
		return false, err
	}
	isNew, before := e.r.Rev == 0, e.r.Group
	e.r = *r
	e.r.Rev++
	e.r.Place.Bucket = 0
	if isNew {
		b.stat.Records++
	}
	if p != e.p || isNew {
		e.p = p
		b.places[p] = append(b.places[p], e.number())
	}
	if isNew || before != r.Group {
		b.join(e, r.Group)
	}
	e.change(c)
	return true, nil
}

// packed packs a place; the last one is kept at hand, for neighbours are alike.
func (b *batch) packed(p store.Place) (int64, error) {
	p.Bucket = 0
	if p == b.lastPlace && b.lastPacked != 0 {
		return b.lastPacked, nil
	}
	packed, err := b.s.packedPlace(p)
	b.lastPlace, b.lastPacked = p, packed
	return packed, err
}

// BucketsFor leaves places as they are: sums move by differences, and need no leaves.
func (b *batch) BucketsFor(_ context.Context, ps []store.Place) ([]store.Place, error) {
	return slices.Clone(ps), nil
}

// ClearDeparted removes what the records left by one frame.
func (b *batch) ClearDeparted(_ context.Context, key store.FrameKey, records []string) error {
	for _, id := range records {
		e, err := b.record(id)
		if err != nil {
			return mapped(err)
		}
		if len(e.r.Departed) == 0 {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(e.r.Departed), func(l store.Departed) bool { return l.Frame == key })
		if len(left) == len(e.r.Departed) {
			continue
		}
		c, err := b.chunk(e.chunk)
		if err != nil {
			return mapped(err)
		}
		if len(left) == 0 {
			left = nil
		}
		e.r.Departed = left
		e.r.Rev++
		e.change(c)
	}
	return nil
}
