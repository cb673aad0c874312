package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Proof holds the numbers of compared and equal items.
type Proof struct {
	Streams      int64 `json:"streams"`
	Frames       int64 `json:"frames"`
	Observations int64 `json:"observations"`
	Quarantined  int64 `json:"held"`
	Sums         int64 `json:"sums"`
	Entries      int64 `json:"entries"`
}

// Prove compares two stores: the registry, each stream's summary (numbers, ranges with the heads of their chains, boots),
// each frame byte by byte, each quarantined line, each sum of each unit, day and measure. ErrDiffers, with the place.
func Prove(ctx context.Context, a, b store.Store) (p Proof, err error) {
	for _, part := range []func(context.Context, store.Store, store.Store, *Proof) error{
		proveEntries, proveStreams, proveSums, proveCounts,
	} {
		if err := part(ctx, a, b, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

func differs(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDiffers, fmt.Sprintf(format, args...))
}

func proveEntries(ctx context.Context, a, b store.Store, p *Proof) error {
	return eachEntry(ctx, a, func(e store.Entry) error {
		p.Entries++
		other, err := b.Get(ctx, e.Section, e.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && !sameEntry(&e, &other) {
			return differs("entry %s/%s", e.Section, e.Name)
		}
		return err
	})
}

func proveStreams(ctx context.Context, a, b store.Store, p *Proof) error {
	for s, err := range store.AllStreams(ctx, a, wire.StreamID{}) {
		if err != nil {
			return err
		}
		if err := proveStream(ctx, a, b, s, p); err != nil {
			return err
		}
	}
	return nil
}

func proveStream(ctx context.Context, a, b store.Store, s *store.Stream, p *Proof) error {
	p.Streams++
	other, err := readSummary(ctx, b, s.ID)
	if err != nil {
		return err
	}
	if s.N != other.N || s.Forks != other.Forks || s.Received != other.Received ||
		!slices.Equal(s.Ranges, other.Ranges) || !sameBoots(s, &other) {
		return differs("stream %s: %d and %d frames, ranges %v and %v", s.ID, s.N, other.N, s.Ranges, other.Ranges)
	}
	quarantined, err := proveFrames(ctx, a, b, s.ID, p)
	if err != nil {
		return err
	}
	for _, released := range []bool{false, true} {
		if err := proveQuarantine(ctx, a, b, s.ID, quarantined, released, p); err != nil {
			return err
		}
	}
	return nil
}

// sameBoots: a stream known by name only, without a line yet, has boots and no line dated by them.
func sameBoots(a, b *store.Stream) bool { return a.N == 0 || slices.Equal(a.Boots, b.Boots) }

// proveFrames returns the sequences of the stream that a frame quarantined.
func proveFrames(ctx context.Context, a, b store.Store, id wire.StreamID, p *Proof) (quarantined map[uint64]bool, err error) {
	quarantined = map[uint64]bool{}
	var page []store.Frame
	var last store.FrameKey
	for f, err := range store.AllFrames(ctx, a, id, framesAtOnce) {
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			if page, err = b.ScanFrames(ctx, id, last, framesAtOnce); err != nil {
				return nil, err
			}
			if len(page) == 0 {
				return nil, differs("frame %v", f.Key)
			}
		}
		if !sameFrame(f, &page[0]) {
			return nil, differs("frame %v", f.Key)
		}
		for _, v := range f.LineFaults {
			quarantined[v.Seq] = true
		}
		last, page = f.Key, page[1:]
		p.Frames++
		p.Observations += int64(f.Key.Last-f.Key.First) + 1
	}
	return quarantined, nil
}

func sameFrame(a, b *store.Frame) bool {
	return a.Key == b.Key && a.Prev == b.Prev && a.N == b.N && a.Received == b.Received && a.Unit == b.Unit &&
		a.Role == b.Role && a.Projected == b.Projected && bytes.Equal(a.Sig, b.Sig) && bytes.Equal(a.Packed, b.Packed) &&
		a.Rules == b.Rules && slices.Equal(a.Earlier, b.Earlier) && slices.Equal(a.Forked, b.Forked) && slices.EqualFunc(a.LineFaults, b.LineFaults, sameVerdict)
}

func sameVerdict(a, b store.LineFaults) bool { return reflect.DeepEqual(a, b) }

// proveQuarantine compares the lines that frames quarantined. Notes about accepted lines without effect follow from the
// records, and from the order in which the frames came: they are not compared.
func proveQuarantine(ctx context.Context, a, b store.Store, id wire.StreamID, of map[uint64]bool, released bool, p *Proof) error {
	as, err := quarantinedByFrames(ctx, a, id, of, released)
	if err != nil {
		return err
	}
	bs, err := quarantinedByFrames(ctx, b, id, of, released)
	if err != nil {
		return err
	}
	for i := range min(len(as), len(bs)) {
		if !reflect.DeepEqual(as[i], bs[i]) {
			return differs("quarantined line %v", as[i].ID)
		}
	}
	if len(as) != len(bs) {
		return differs("quarantined lines of %s: %d and %d", id, len(as), len(bs))
	}
	p.Quarantined += int64(len(as))
	return nil
}

func quarantinedByFrames(ctx context.Context, s store.Store, id wire.StreamID, of map[uint64]bool, released bool) (out []store.Quarantined, err error) {
	for q, err := range store.AllQuarantined(ctx, s, id, released) {
		if err != nil {
			return nil, err
		}
		if of[q.ID.Seq] {
			out = append(out, *q)
		}
	}
	return out, nil
}

// proveSums goes by calendar years, so that at most one year's sums are in memory.
func proveSums(ctx context.Context, a, b store.Store, p *Proof) error {
	const first, last = 2000, 2099
	for year := clock.Day(first - 1); year <= last+1; year++ {
		q := store.SumQuery{From: year * 10000, To: year*10000 + 9999, ByUnit: true, ByDay: true}
		switch {
		case year < first:
			q.From = -1 << 31
		case year > last:
			q.To = 1<<31 - 1
		}
		as, err := sums(ctx, a, q)
		if err != nil {
			return err
		}
		bs, err := sums(ctx, b, q)
		if err != nil {
			return err
		}
		if at := unequal(as, bs); at != nil {
			return differs("sum %s %d %s: %d", at.Unit, at.Day, at.Measure, at.Amount)
		}
		p.Sums += int64(len(as))
	}
	return nil
}

// sums are a query's rows without zeros, since a store may leave out zeros.
func sums(ctx context.Context, s store.Store, q store.SumQuery) ([]tally.Sum, error) {
	rows, err := s.Sums(ctx, q)
	return slices.DeleteFunc(rows, func(r tally.Sum) bool { return r.Amount == 0 }), err
}

// unequal is the first row not in both; nil: none.
func unequal(a, b []tally.Sum) *tally.Sum {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return &b[i]
		case i >= len(b) || a[i] != b[i]:
			return &a[i]
		}
	}
	return nil
}

// proveCounts finds items only in the second store.
func proveCounts(ctx context.Context, a, b store.Store, _ *Proof) error {
	as, err := a.Counts(ctx)
	if err != nil {
		return err
	}
	bs, err := b.Counts(ctx)
	if err == nil && as != bs {
		return differs("counts %+v and %+v", as, bs)
	}
	return err
}
