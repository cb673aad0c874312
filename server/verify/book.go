package verify

import (
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// point is a place in a stream: the hash behind a sequence.
type point struct {
	seq  uint64
	hash wire.Hash
}

// book is what the frames of one stream add up to.
type book struct {
	stream  wire.StreamID
	back    map[point]point // each point to one before it
	numbers map[int64][]store.FrameKey
	ends    map[point]store.FrameKey // of marked frames
	bad     bool
	forked  int
}

func newBook(id wire.StreamID) *book {
	return &book{stream: id, back: map[point]point{}, numbers: map[int64][]store.FrameKey{}, ends: map[point]store.FrameKey{}}
}

// note enters a frame; hashes are nil for a damaged one, which is stepped over.
func (b *book) note(f *store.Frame, hashes []wire.Hash) {
	at := point{f.Key.First - 1, f.Prev}
	for i, h := range hashes {
		next := point{f.Key.First + uint64(i), h}
		b.back[next], at = at, next
	}
	if hashes == nil {
		b.bad = true
		if end := (point{f.Key.Last, f.Key.Head}); end.seq > at.seq {
			b.back[end] = at
		}
	}
	if f.N > 0 {
		b.numbers[f.N] = append(b.numbers[f.N], f.Key)
	}
	if f.Projected {
		b.ends[point{f.Key.Last, f.Key.Head}] = f.Key
	}
	b.forked += len(f.Forked)
}

// closeBook holds the frames of a stream against its summary as it was before they were read.
func (r *run) closeBook(b *book) {
	if b.stream == (wire.StreamID{}) {
		return
	}
	place := "stream " + b.stream.String()
	if r.keys[b.stream.Device] == nil {
		r.tell(finding(UnknownKey, place, "没有该设备的公钥", "the key of its device is not at hand"))
	}
	if b.forked > 0 {
		r.tell(finding(Forked, place, "%d 个序号有两种内容", "%d sequences were used for two lines", b.forked))
	}
	s := r.streams[b.stream]
	missing := r.checkNumbers(b, s, place)
	r.checkRanges(b, s, place, missing)
}

// checkNumbers: each number up to the summary's stands on one frame.
func (r *run) checkNumbers(b *book, s store.Stream, place string) (missing int) {
	for n := int64(1); n <= s.N; n++ {
		switch keys := b.numbers[n]; {
		case len(keys) > 1:
			r.tell(finding(Doubled, place, "编号 %d 用于 %d 帧", "number %d stands on %d frames", n, len(keys)))
		case len(keys) == 0 && s.Last != (store.FrameKey{}) && n == s.N && b.has(s.Last): // to be copied on by anyone
		case len(keys) == 0:
			missing++
			r.tell(finding(Lost, fmt.Sprintf("%s frame n=%d", place, n), "编号为 %d 的帧不见了", "the frame of number %d is gone", n))
		}
	}
	return missing
}

func (b *book) has(k store.FrameKey) bool {
	_, ok := b.back[point{k.Last, k.Head}]
	return ok
}

// checkRanges walks each run that the summary counts back through the frames; what it can't walk is excused from then
// on, since it is lost. The frames' own ends must lie on such a walk.
func (r *run) checkRanges(b *book, s store.Stream, place string, missing int) {
	walked := map[point]bool{}
	for _, g := range s.Ranges {
		at := point{g.Last, g.Head}
		whole := true
		for at.seq >= g.First {
			walked[at] = true
			before, ok := b.back[at]
			if !ok {
				whole = false
				before = r.overGap(b, g, at.seq, place, missing)
			}
			at = before
		}
		if whole && (at != point{g.First - 1, g.Prev}) && !b.bad {
			r.tell(finding(Altered, place, "摘要的起点与帧不符", "the summary begins elsewhere than the frames"))
		}
	}
	if missing > 0 || b.bad {
		return
	}
	for end, key := range b.ends {
		if n := b.numberOf(key); n > 0 && n <= s.N && !walked[end] {
			r.tell(finding(Stale, framePlace(key), "流的摘要没有包含该帧", "the summary of its stream does not hold it"))
		}
	}
}

// overGap tells of the lines up to last that stand in no frame, and returns a point before them.
func (r *run) overGap(b *book, g wire.Range, last uint64, place string, missing int) point {
	known := map[uint64]point{}
	for p := range b.back {
		known[p.seq] = p
	}
	from := last
	for from > g.First && known[from-1] == (point{}) {
		from--
	}
	r.excused[b.stream] = append(r.excused[b.stream], span{from, last})
	if missing == 0 && !b.bad {
		r.tell(finding(Lost, fmt.Sprintf("%s lines %d-%d", place, from, last),
			"已计入的行不在任何帧中", "lines that were counted stand in no frame"))
	}
	if p, ok := known[from-1]; ok {
		return p
	}
	return point{seq: g.First - 1}
}

func (b *book) numberOf(k store.FrameKey) int64 {
	for n, keys := range b.numbers {
		if slices.Contains(keys, k) {
			return n
		}
	}
	return 0
}
