package sqlitestore

import (
	"context"
	"slices"

	"roadbook/server/store"
)

// Records reads records in the order of ids.
func (b *batch) Records(_ context.Context, ids []string) ([]store.Record, error) {
	out := make([]store.Record, len(ids))
	for i, id := range ids {
		e, err := b.record(id)
		if err != nil {
			return nil, translate(err)
		}
		out[i] = e.rec
		out[i].Departed = slices.Clone(e.rec.Departed)
		out[i].State.Obs = slices.Clone(e.rec.State.Obs)
	}
	return out, nil
}

// ReplaceRecords stores each record whose revision is still the same. The store keeps the given slices: the caller
// does not change a record's observations afterwards.
func (b *batch) ReplaceRecords(_ context.Context, recs []store.Record) (lost []int, err error) {
	for i := range recs {
		ok, err := b.replace(&recs[i])
		if err != nil {
			return nil, translate(err)
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
	if e.rec.Rev != r.Rev {
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
	isNew, before := e.rec.Rev == 0, e.rec.Group
	e.rec = *r
	e.rec.Rev++
	e.rec.Place.Bucket = 0
	if isNew {
		b.stat.Records++
	}
	if p != e.packedPlace || isNew {
		e.packedPlace = p
		b.places[p] = append(b.places[p], e.number())
	}
	if isNew || before != r.Group {
		b.joinGroup(e, r.Group)
	}
	e.change(c)
	return true, nil
}

// packed packs a place; the last place is cached, since neighbours are alike.
func (b *batch) packed(p store.Place) (int64, error) {
	p.Bucket = 0
	if p == b.lastPlace && b.lastPacked != 0 {
		return b.lastPacked, nil
	}
	packed, err := b.s.packedPlace(p)
	b.lastPlace, b.lastPacked = p, packed
	return packed, err
}

// BucketsFor returns the places unchanged: sums move by differences and need no buckets.
func (b *batch) BucketsFor(_ context.Context, ps []store.Place) ([]store.Place, error) {
	return slices.Clone(ps), nil
}

// ClearDeparted removes the entries of one frame from the records' Departed.
func (b *batch) ClearDeparted(_ context.Context, key store.FrameKey, records []string) error {
	for _, id := range records {
		e, err := b.record(id)
		if err != nil {
			return translate(err)
		}
		if len(e.rec.Departed) == 0 {
			continue
		}
		remaining := slices.DeleteFunc(slices.Clone(e.rec.Departed), func(l store.Departed) bool { return l.Frame == key })
		if len(remaining) == len(e.rec.Departed) {
			continue
		}
		c, err := b.chunk(e.chunk)
		if err != nil {
			return translate(err)
		}
		if len(remaining) == 0 {
			remaining = nil
		}
		e.rec.Departed = remaining
		e.rec.Rev++
		e.change(c)
	}
	return nil
}
