package imports

import (
	"context"
	"errors"
	"slices"
	"sort"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// ownLog finds the importer's own lines in the store's log by their index: each line of each frame read has one, in order. Memory
// holds the places of the frames alone, and the frames read last.
type ownLog struct {
	store  store.Reader
	frames []framePlace
	count  int // lines
	cached []ownFrame
	held   int // bytes of cached
}

// framePlace is a frame and the index of its first line.
type framePlace struct {
	key   store.FrameKey
	first int
}

// ownLine is a line that counts for the importer, with its id.
type ownLine struct {
	id  wire.ObsID
	raw []byte // nil for a line refused when the frame came
}

// ownFrame is a frame unpacked.
type ownFrame struct {
	place int // in frames
	lines []ownLine
	size  int // bytes, roughly
}

// mostCached bounds the frames kept unpacked, in bytes: rows come back in about the order of their lines, so few are asked again.
const mostCached = 8 << 20

// maxUnpacked bounds the unpacked lines of a frame, in bytes.
const maxUnpacked = 64 << 20

var errLog = errors.New("imports: the importer's own lines can't be read back")

// add takes a frame into the log and returns its lines; their first index is the count before.
func (l *ownLog) add(f *store.Frame) ([]ownLine, error) {
	out, err := unpackFrame(f)
	if err != nil {
		return nil, err
	}
	l.frames = append(l.frames, framePlace{f.Key, l.count})
	l.count += len(out.lines)
	return out.lines, nil
}

func unpackFrame(f *store.Frame) (out ownFrame, err error) {
	lines, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return out, err
	}
	const lineSize = 128 // of an ownLine
	out.lines = make([]ownLine, len(lines))
	h := f.Prev
	for i, raw := range lines {
		h = wire.ChainHash(h, raw)
		seq := f.Key.First + uint64(i)
		out.size += len(raw) + lineSize
		if !slices.ContainsFunc(f.LineFaults, func(v store.LineFaults) bool { return v.Seq == seq }) {
			out.lines[i] = ownLine{wire.NewObsID(f.Key.Stream, seq, h), raw}
		}
	}
	return out, nil
}

// at is the line at an index that counts.
func (l *ownLog) at(ctx context.Context, i int) (ownLine, error) {
	place := l.placeOf(i)
	if place < 0 {
		return ownLine{}, errLog
	}
	lines, err := l.frame(ctx, place)
	if n := i - l.frames[place].first; err == nil && n < len(lines) && lines[n].raw != nil {
		return lines[n], nil
	}
	return ownLine{}, errors.Join(errLog, err)
}

// placeOf is the place of the frame of a line, -1 for none.
func (l *ownLog) placeOf(i int) int {
	return sort.Search(len(l.frames), func(n int) bool { return l.frames[n].first > i }) - 1
}

// frame reads a frame's lines, which stay valid.
func (l *ownLog) frame(ctx context.Context, place int) ([]ownLine, error) {
	for i := range l.cached {
		if l.cached[i].place == place {
			return l.cached[i].lines, nil
		}
	}
	key, after := l.frames[place].key, store.FrameKey{}
	if place > 0 && l.frames[place-1].key.Stream == key.Stream {
		after = l.frames[place-1].key
	}
	found, err := l.store.ScanFrames(ctx, key.Stream, after, 1)
	if err != nil || len(found) == 0 || found[0].Key != key {
		return nil, errors.Join(errLog, err)
	}
	f, err := unpackFrame(&found[0])
	if err != nil {
		return nil, err
	}
	f.place = place
	for len(l.cached) > 0 && l.held+f.size > mostCached {
		l.held -= l.cached[0].size
		l.cached = slices.Delete(l.cached, 0, 1)
	}
	l.cached, l.held = append(l.cached, f), l.held+f.size
	return f.lines, nil
}
