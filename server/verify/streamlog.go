package verify

import (
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// point is a place in a stream: the hash of the line at a sequence.
type point struct {
	seq  uint64
	hash wire.Hash
}

// streamLog collects the frames of one stream.
type streamLog struct {
	stream        wire.StreamID
	previous      map[point]point // from each point to an earlier point
	numbers       map[int64][]store.FrameKey
	projectedEnds map[point]store.FrameKey // of marked frames
	damaged       bool
	forkedLines   int
}

func newStreamLog(id wire.StreamID) *streamLog {
	return &streamLog{stream: id, previous: map[point]point{}, numbers: map[int64][]store.FrameKey{}, projectedEnds: map[point]store.FrameKey{}}
}

// addFrame adds a frame; hashes are nil for a damaged frame, linked only by its two ends.
func (l *streamLog) addFrame(f *store.Frame, hashes []wire.Hash) {
	at := point{f.Key.First - 1, f.Prev}
	for i, h := range hashes {
		next := point{f.Key.First + uint64(i), h}
		l.previous[next], at = at, next
	}
	if hashes == nil {
		l.damaged = true
		if end := (point{f.Key.Last, f.Key.Head}); end.seq > at.seq {
			l.previous[end] = at
		}
	}
	if f.N > 0 {
		l.numbers[f.N] = append(l.numbers[f.N], f.Key)
	}
	if f.Projected {
		l.projectedEnds[point{f.Key.Last, f.Key.Head}] = f.Key
	}
	l.forkedLines += len(f.Forked)
}

// checkStream compares the frames of a stream with its summary, read before the frames.
func (r *run) checkStream(l *streamLog) {
	if l.stream == (wire.StreamID{}) {
		return
	}
	place := "stream " + l.stream.String()
	if r.keys[l.stream.Device] == nil {
		r.emit(finding(UnknownKey, place, "没有该设备的公钥", "the key of its device is not at hand"))
	}
	if l.forkedLines > 0 {
		r.emit(finding(Forked, place, "%d 个序号有两种内容", "%d sequences were used for two lines", l.forkedLines))
	}
	s := r.streams[l.stream]
	missing := r.checkNumbers(l, s, place)
	r.checkRanges(l, s, place, missing)
}

// checkNumbers: each number up to the summary's number is on exactly one frame.
func (r *run) checkNumbers(l *streamLog, s store.Stream, place string) (missing int) {
	for n := int64(1); n <= s.N; n++ {
		switch keys := l.numbers[n]; {
		case len(keys) > 1:
			r.emit(finding(Doubled, place, "编号 %d 用于 %d 帧", "number %d stands on %d frames", n, len(keys)))
		case len(keys) == 0 && s.Last != (store.FrameKey{}) && n == s.N && l.has(s.Last): // any process may still copy the number
		case len(keys) == 0:
			missing++
			r.emit(finding(Lost, fmt.Sprintf("%s frame n=%d", place, n), "编号为 %d 的帧不见了", "the frame of number %d is gone", n))
		}
	}
	return missing
}

func (l *streamLog) has(k store.FrameKey) bool {
	_, ok := l.previous[point{k.Last, k.Head}]
	return ok
}

// checkRanges walks each range of the summary back through the frames; lines without a frame are lost, and reported only
// once. The ends of projected frames must lie on such a walk.
func (r *run) checkRanges(l *streamLog, s store.Stream, place string, missing int) {
	walked := map[point]bool{}
	for _, g := range s.Ranges {
		at := point{g.Last, g.Head}
		whole := true
		for at.seq >= g.First {
			walked[at] = true
			before, ok := l.previous[at]
			if !ok {
				whole = false
				before = r.skipGap(l, g, at.seq, place, missing)
			}
			at = before
		}
		if whole && (at != point{g.First - 1, g.Prev}) && !l.damaged {
			r.emit(finding(Altered, place, "摘要的起点与帧不符", "the summary begins elsewhere than the frames"))
		}
	}
	if missing > 0 || l.damaged {
		return
	}
	for end, key := range l.projectedEnds {
		if n := l.numberOf(key); n > 0 && n <= s.N && !walked[end] {
			r.emit(finding(Stale, framePlace(key), "流的摘要没有包含该帧", "the summary of its stream does not hold it"))
		}
	}
}

// skipGap reports the lines up to last found in no frame, and returns a point before them.
func (r *run) skipGap(l *streamLog, g wire.Range, last uint64, place string, missing int) point {
	known := map[uint64]point{}
	for p := range l.previous {
		known[p.seq] = p
	}
	from := last
	for from > g.First && known[from-1] == (point{}) {
		from--
	}
	r.lostLines[l.stream] = append(r.lostLines[l.stream], span{from, last})
	if missing == 0 && !l.damaged {
		r.emit(finding(Lost, fmt.Sprintf("%s lines %d-%d", place, from, last),
			"已计入的行不在任何帧中", "lines that were counted stand in no frame"))
	}
	if p, ok := known[from-1]; ok {
		return p
	}
	return point{seq: g.First - 1}
}

func (l *streamLog) numberOf(k store.FrameKey) int64 {
	for n, keys := range l.numbers {
		if slices.Contains(keys, k) {
			return n
		}
	}
	return 0
}
