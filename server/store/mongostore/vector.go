package mongostore

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
)

// A feed's cursor is a vector: by stream, the number of the last frame seen and that frame's arrival.
// Streams go by a hash of their names, which is also their order in the feed: so they are spread evenly, and what is
// before the reader's place has been seen to its end.
//
// A vector is bounded whatever the number of streams. Of more than mostStreams, those that were heard last are named one
// by one, and the others, of which all has been seen, by one digest for each first byte of their hashes. Where a digest
// is another, one of its streams has a new frame: all of these few are shown again from their beginnings.

// streamKey is the beginning of the hash of a stream's name.
type streamKey uint64

func keyOf(stream string) streamKey {
	h := sha256.Sum256([]byte(stream))
	return streamKey(binary.BigEndian.Uint64(h[:]))
}

func (k streamKey) bucket() byte { return byte(k >> 56) }

// digest is the beginning of a SHA-256.
type digest [8]byte

// seen is how far a reader has come in a stream.
type seen struct {
	n     int64
	frame store.Arrival // of frame n
	bare  bool          // an older program's cursor, which names no frame
}

// vector is a cursor as it is read.
type vector struct {
	old     map[string]int64 // an older program's: by the streams' names
	streams map[streamKey]seen
	digests map[byte]digest // by first byte of the streams that are not among streams
}

const (
	vectorForm  = 2
	mostStreams = 512 // named one by one, where there are no more
	mostNamed   = 4 * mostStreams
	maxVector   = 128 << 10 // bytes of a cursor's text, above what mostNamed take
)

// parseVector reads a cursor. store.ErrCursor.
func parseVector(cursor string) (v vector, err error) {
	if cursor == "" {
		return vector{}, nil
	}
	if len(cursor) > maxVector {
		return v, fmt.Errorf("%w: %d bytes", store.ErrCursor, len(cursor))
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(b) > 0 && b[0] == vectorForm {
		return decodeVector(b[1:])
	}
	if err == nil {
		err = cbor.Unmarshal(b, &v.old)
	}
	if err != nil {
		return v, fmt.Errorf("%w: %w", store.ErrCursor, err)
	}
	return v, nil
}

func decodeVector(b []byte) (vector, error) {
	v := vector{streams: map[streamKey]seen{}, digests: map[byte]digest{}}
	r := vectorReader{b: b}
	for range r.count(mostNamed) {
		key := streamKey(binary.BigEndian.Uint64(r.take(8)))
		v.streams[key] = seen{n: r.number(), frame: store.Arrival(r.take(len(store.Arrival{})))}
	}
	for range r.count(256) {
		bucket := r.take(1)[0]
		v.digests[bucket] = digest(r.take(len(digest{})))
	}
	if r.bad || len(r.b) > 0 {
		return v, fmt.Errorf("%w: cut off, or longer than it says", store.ErrCursor)
	}
	return v, nil
}

// vectorReader reads; once something is missing it is bad and gives zeros.
type vectorReader struct {
	b   []byte
	bad bool
}

func (r *vectorReader) take(n int) []byte {
	if len(r.b) < n {
		r.b, r.bad = nil, true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *vectorReader) number() int64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || x >= 1<<62 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return int64(x)
}

func (r *vectorReader) count(most int) int {
	n := r.number()
	if n > int64(most) {
		r.b, r.bad = nil, true
		return 0
	}
	return int(n)
}

// course is a stream of the feed: how far it goes, and how far the reader has come.
type course struct {
	key   streamKey
	id    string        // of the stream
	n     int64         // its last number
	last  string        // id of the frame that has it
	frame store.Arrival // its own
	at    int64         // when that came
	seen  seen
}

func (c *course) whole() bool { return c.seen.n >= c.n }

// courses puts the streams' summaries in order, and lays the vector on them. store.ErrCursor: the vector knows of frames
// that are not there, or are others.
func (v *vector) courses(docs []streamDoc) ([]course, error) {
	cs := make([]course, 0, len(docs))
	for i := range docs {
		d := &docs[i]
		if d.N == 0 {
			continue
		}
		key, err := parseFrameID(d.Last)
		if err != nil {
			return nil, err
		}
		c := course{key: keyOf(d.ID), id: d.ID, n: d.N, last: d.Last, frame: store.ArrivalOf(key.Head, d.Received), at: d.Received}
		if n := v.old[d.ID]; n > 0 {
			c.seen = seen{n: n, bare: true}
		}
		cs = append(cs, c)
	}
	slices.SortFunc(cs, func(a, b course) int { return cmp.Compare(a.key, b.key) })
	if named := v.lay(cs); named < len(v.streams) {
		return cs, fmt.Errorf("%w: %d of its streams are not there", store.ErrCursor, len(v.streams)-named)
	}
	return cs, check(cs)
}

// check compares the frames last seen with those that stand last.
func check(cs []course) error {
	for i := range cs {
		c := &cs[i]
		if c.seen.n > c.n || c.whole() && !c.seen.bare && c.seen.frame != c.frame {
			return fmt.Errorf("%w: stream %s has no such frame %d", store.ErrCursor, c.id, c.seen.n)
		}
	}
	return nil
}

// lay puts what the reader has seen onto the courses, and returns how many of the streams that it names there are.
func (v *vector) lay(cs []course) (named int) {
	for i := range cs {
		if at, ok := v.streams[cs[i].key]; ok {
			cs[i].seen = at
			named++
		}
	}
	eachBucket(cs, func(bucket []course) {
		rest := unnamed(bucket, v.streams)
		if want, ok := v.digests[bucket[0].key.bucket()]; ok && digestOf(rest) == want {
			for _, c := range rest {
				c.seen = seen{n: c.n, frame: c.frame}
			}
		}
	})
	return named
}

// eachBucket calls fn with the streams of one first byte after another's.
func eachBucket(cs []course, fn func([]course)) {
	for len(cs) > 0 {
		n := 1
		for n < len(cs) && cs[n].key.bucket() == cs[0].key.bucket() {
			n++
		}
		fn(cs[:n])
		cs = cs[n:]
	}
}

func unnamed[V any](bucket []course, named map[streamKey]V) (rest []*course) {
	for i := range bucket {
		if _, ok := named[bucket[i].key]; !ok {
			rest = append(rest, &bucket[i])
		}
	}
	return rest
}

// digestOf says of streams that all of each has been seen.
func digestOf(cs []*course) digest {
	h := sha256.New()
	for _, c := range cs {
		b := binary.BigEndian.AppendUint64(nil, uint64(c.key))
		b = binary.BigEndian.AppendUint64(b, uint64(c.n))
		h.Write(append(b, c.frame[:]...))
	}
	return digest(h.Sum(nil)[:len(digest{})])
}

// cursorOf writes how far the reader has come. most is how many streams are named one by one, where there are no more.
func cursorOf(cs []course, most int) string {
	named := namedOf(cs, most)
	b := []byte{vectorForm}
	b = binary.AppendUvarint(b, uint64(len(named)))
	var digests []byte
	folded := 0
	for i := range cs {
		if c := &cs[i]; named[c.key] {
			b = binary.BigEndian.AppendUint64(b, uint64(c.key))
			b = binary.AppendUvarint(b, uint64(c.seen.n))
			b = append(b, c.seen.frame[:]...)
		}
	}
	eachBucket(cs, func(bucket []course) {
		rest := unnamed(bucket, named)
		if len(rest) > 0 && allWhole(rest) {
			d := digestOf(rest)
			digests = append(append(digests, bucket[0].key.bucket()), d[:]...)
			folded++
		}
	})
	if len(named)+folded == 0 {
		return ""
	}
	b = append(binary.AppendUvarint(b, uint64(folded)), digests...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func allWhole(cs []*course) bool {
	return !slices.ContainsFunc(cs, func(c *course) bool { return !c.whole() })
}

// namedOf chooses the streams that are named one by one: all of which something has been seen, or of many those that
// were seen in part, those beside a stream of which nothing has been, and those that were heard last. What finds no room
// any more, which only the last of these do where a reader is not far behind everybody, is shown again.
func namedOf(cs []course, most int) map[streamKey]bool {
	begun := func(c *course) bool { return c.seen.n > 0 }
	var all, parts, beside []*course
	eachBucket(cs, func(bucket []course) {
		fresh := slices.ContainsFunc(bucket, func(c course) bool { return !begun(&c) })
		for i := range bucket {
			switch c := &bucket[i]; {
			case !begun(c):
				continue
			case !c.whole():
				parts = append(parts, c)
			case fresh:
				beside = append(beside, c)
			}
			all = append(all, &bucket[i])
		}
	})
	room := most
	if len(all) > most {
		slices.SortFunc(all, func(a, b *course) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.key, b.key)) })
		all, room = slices.Concat(parts, beside, all[:most/2]), min(4*most, mostNamed)
	}
	named := map[streamKey]bool{}
	for _, c := range all {
		if len(named) < room {
			named[c.key] = true
		}
	}
	return named
}
