package hub

import (
	"bytes"
	"context"

	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// alteredStore is a store with small changes in some answers.
type alteredStore struct {
	store.Store

	addSum    int64 // added to the first sum
	addFrames int64 // added to the frames of the database
	flipBit   bool  // one bit of each frame
}

func (l alteredStore) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	rows, err := l.Store.Sums(ctx, q)
	if len(rows) > 0 {
		rows[0].Amount += l.addSum
	}
	return rows, err
}

func (l alteredStore) Counts(ctx context.Context) (store.Counts, error) {
	c, err := l.Store.Counts(ctx)
	c.Frames += l.addFrames
	return c, err
}

func (l alteredStore) ScanFrames(ctx context.Context, stream wire.StreamID, after store.FrameKey, limit int) ([]store.Frame, error) {
	fs, err := l.Store.ScanFrames(ctx, stream, after, limit)
	for i := range fs {
		if l.flipBit {
			fs[i].Packed = bytes.Clone(fs[i].Packed)
			fs[i].Packed[len(fs[i].Packed)/2] ^= 1
		}
	}
	return fs, err
}

// withEntry is a store with an additional entry.
type withEntry struct {
	store.Store

	entry store.Entry
}

func (w withEntry) List(ctx context.Context, bucket, after string, limit int) ([]store.Entry, error) {
	es, err := w.Store.List(ctx, bucket, after, limit)
	if bucket == w.entry.Section && after == "" {
		es = append([]store.Entry{w.entry}, es...)
	}
	return es, err
}

func (w withEntry) Sections(ctx context.Context) ([]string, error) {
	bs, err := w.Store.Sections(ctx)
	return append(bs, w.entry.Section), err
}
