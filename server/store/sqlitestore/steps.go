package sqlitestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Stream reads a summary.
func (b *batch) Stream(_ context.Context, id wire.StreamID) (store.Stream, error) {
	st, err := b.stream(id)
	if err != nil {
		return store.Stream{}, translate(err)
	}
	return st.copy(), nil
}

func (st *streamState) copy() store.Stream {
	s := st.sum
	s.Ranges, s.Boots = slices.Clone(s.Ranges), slices.Clone(s.Boots)
	return s
}

// FixBoots adds the boots missing in the summary.
func (b *batch) FixBoots(_ context.Context, id wire.StreamID, boots []clock.Boot) (store.Stream, error) {
	st, err := b.stream(id)
	if err != nil {
		return store.Stream{}, translate(err)
	}
	changed := false
	for _, boot := range boots {
		if !slices.ContainsFunc(st.sum.Boots, func(x clock.Boot) bool { return x.ID == boot.ID }) {
			st.sum.Boots = append(st.sum.Boots, boot)
			changed = true
		}
	}
	if changed {
		st.sum.Rev++
		st.dirty = true
	}
	return st.copy(), nil
}

// CommitFrame inserts f unless its key is stored.
func (b *batch) CommitFrame(_ context.Context, f store.Frame) (store.Frame, bool, error) {
	st, err := b.stream(f.Key.Stream)
	if err != nil {
		return store.Frame{}, false, translate(err)
	}
	old, err := b.frame(f.Key)
	if err != nil {
		return store.Frame{}, false, translate(err)
	}
	if old != nil {
		out, err := b.toFrame(old)
		return out, true, translate(err)
	}
	b.stat.FrameN++
	f.N, f.Projected, f.Touched, f.Units = 0, false, nil, nil
	fs := &frameState{n: b.stat.FrameN, f: f, fresh: true}
	b.frames[f.Key] = fs
	b.fresh, st.fresh = append(b.fresh, fs), append(st.fresh, fs)
	b.stat.Frames++
	b.stat.Unprojected++
	b.stat.Observations += int64(f.Key.Last - f.Key.First + 1)
	st.longest, st.end, st.dirty = max(st.longest, f.Key.Last-f.Key.First+1), max(st.end, f.Key.Last), true
	return f, false, nil
}

// FramesWithin returns the frames of a stream that share a sequence with first..last.
func (b *batch) FramesWithin(_ context.Context, id wire.StreamID, first, last uint64) ([]store.Frame, error) {
	st, err := b.stream(id)
	if err != nil {
		return nil, translate(err)
	}
	if first > st.end {
		return nil, nil
	}
	var found []*frameState
	for _, fs := range st.fresh {
		if fs.f.Key.First <= last && first <= fs.f.Key.Last {
			found = append(found, fs)
		}
	}
	var stored []storedFrame
	if st.n <= int64(b.s.streams.stored) {
		if stored, err = framesWithin(b.w, st.n, first, last, st.longest); err != nil {
			return nil, translate(err)
		}
	}
	for _, x := range stored {
		fs, err := b.cacheFrame(id, x)
		if err != nil {
			return nil, translate(err)
		}
		found = append(found, fs)
	}
	slices.SortFunc(found, func(x, y *frameState) int { return compareKeys(x.f.Key, y.f.Key) })
	out := make([]store.Frame, len(found))
	for i, fs := range found {
		if out[i], err = b.toFrame(fs); err != nil {
			return nil, translate(err)
		}
	}
	return out, nil
}

func compareKeys(a, b store.FrameKey) int {
	return cmp.Or(cmp.Compare(a.Stream.String(), b.Stream.String()), cmp.Compare(a.First, b.First),
		cmp.Compare(a.Last, b.Last), slices.Compare(a.Head[:], b.Head[:]))
}

// Touch adds to the records and units touched by a frame.
func (b *batch) Touch(_ context.Context, key store.FrameKey, records, units []string) error {
	fs, err := b.mustFrame(key)
	if err != nil {
		return translate(err)
	}
	for _, id := range records {
		e, ok := b.records[id]
		if !ok {
			if e, err = b.record(id); err != nil {
				return translate(err)
			}
		}
		if e.rec.Rev == 0 || e.odd {
			fs.touchedTexts = append(fs.touchedTexts, id)
			continue
		}
		fs.touched = append(fs.touched, e.number())
	}
	fs.touched, fs.touchedTexts = sortedSet(fs.touched), sortedSet(fs.touchedTexts)
	last := ""
	for i, u := range units {
		if u != "" && (i == 0 || u != last) {
			fs.units = append(fs.units, b.s.units.number(u))
		}
		last = u
	}
	fs.units = sortedSet(fs.units)
	fs.dirty = true
	return nil
}

// Mark numbers a frame in its stream and adds the frame to the summary and to the feed.
func (b *batch) Mark(_ context.Context, key store.FrameKey) (int64, error) {
	fs, err := b.mustFrame(key)
	if err != nil {
		return 0, translate(err)
	}
	if fs.f.N != 0 {
		return fs.f.N, nil
	}
	st, err := b.stream(key.Stream)
	if err != nil {
		return 0, translate(err)
	}
	s := &st.sum
	s.N++
	s.Rev++
	s.Last, s.Received = key, fs.f.Received
	s.Forks += int64(len(fs.f.Forked))
	s.Ranges = store.AddRange(s.Ranges, wire.Range{First: key.First, Last: key.Last, Prev: fs.f.Prev, Head: key.Head})
	b.stat.Pos++
	b.stat.Unprojected--
	fs.f.N, fs.f.Projected, fs.pos = s.N, true, b.stat.Pos
	fs.dirty, st.dirty = true, true
	return s.N, nil
}

func (b *batch) mustFrame(key store.FrameKey) (*frameState, error) {
	fs, err := b.frame(key)
	if err == nil && fs == nil {
		err = fmt.Errorf("%w: %v", errNoFrame, key)
	}
	return fs, err
}
