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

// A feed's cursor is a vector: for each stream, the number of the last frame seen and the arrival of that frame.
// Streams are identified and ordered in the feed by a hash of their names. The hash spreads them evenly, and every stream
// before the reader's position has been read to its end.
//
// A vector is bounded, whatever the number of streams. Of more than maxStreams streams, the vector names those heard last one
// by one; all others, completely read, are covered by one digest for each first byte of their hashes. If a digest
// differs, one of its streams has a new frame: the feed then shows all its few streams again from the beginning.

// streamKey is the first 8 bytes of the hash of a stream's name.
type streamKey uint64

func streamKeyOf(stream string) streamKey {
	h := sha256.Sum256([]byte(stream))
	return streamKey(binary.BigEndian.Uint64(h[:]))
}

func (k streamKey) firstByte() byte { return byte(k >> 56) }

// digest is the first 8 bytes of a SHA-256.
type digest [8]byte

// lastSeen is the last frame of a stream seen by a reader.
type lastSeen struct {
	n         int64
	frame     store.Arrival // of frame n
	noArrival bool          // from an older program's cursor, without arrivals
}

// vector is a decoded cursor.
type vector struct {
	old     map[string]int64 // of an older program: by stream name
	streams map[streamKey]lastSeen
	digests map[byte]digest // by first byte, for all streams outside streams
}

const (
	vectorFormat = 2
	maxStreams   = 512 // up to this number each stream is named
	maxNamed     = 4 * maxStreams
	maxVector    = 128 << 10 // bytes of a cursor's text; more than maxNamed streams need
)

// parseCursor reads a cursor. store.ErrCursor.
func parseCursor(cursor string) (v vector, err error) {
	if cursor == "" {
		return vector{}, nil
	}
	if len(cursor) > maxVector {
		return v, fmt.Errorf("%w: %d bytes", store.ErrCursor, len(cursor))
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(b) > 0 && b[0] == vectorFormat {
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
	v := vector{streams: map[streamKey]lastSeen{}, digests: map[byte]digest{}}
	r := vectorReader{b: b}
	for range r.count(maxNamed) {
		key := streamKey(binary.BigEndian.Uint64(r.take(8)))
		v.streams[key] = lastSeen{n: r.number(), frame: store.Arrival(r.take(len(store.Arrival{})))}
	}
	for range r.count(256) {
		streams := r.take(1)[0]
		v.digests[streams] = digest(r.take(len(digest{})))
	}
	if r.bad || len(r.b) > 0 {
		return v, fmt.Errorf("%w: cut off, or longer than it says", store.ErrCursor)
	}
	return v, nil
}

// vectorReader reads from b. After reading past the end, bad is true and every value is zero.
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

// streamPosition is a stream of the feed: its last frame, and the reader's last frame.
type streamPosition struct {
	key      streamKey
	id       string        // of the stream
	lastN    int64         // number of its last frame
	last     string        // id of its last frame
	frame    store.Arrival // arrival of its last frame
	received int64         // moment of receipt of its last frame
	seen     lastSeen
}

func (c *streamPosition) caughtUp() bool { return c.seen.n >= c.lastN }

// positions orders the streams' summaries and applies the vector to them. store.ErrCursor: the vector contains frames
// that are absent or different in the database.
func (v *vector) positions(docs []streamDoc) ([]streamPosition, error) {
	cs := make([]streamPosition, 0, len(docs))
	for i := range docs {
		d := &docs[i]
		if d.N == 0 {
			continue
		}
		key, err := parseFrameID(d.Last)
		if err != nil {
			return nil, err
		}
		c := streamPosition{key: streamKeyOf(d.ID), id: d.ID, lastN: d.N, last: d.Last, frame: store.ArrivalOf(key.Head, d.Received), received: d.Received}
		if n := v.old[d.ID]; n > 0 {
			c.seen = lastSeen{n: n, noArrival: true}
		}
		cs = append(cs, c)
	}
	slices.SortFunc(cs, func(a, b streamPosition) int { return cmp.Compare(a.key, b.key) })
	if named := v.applyTo(cs); named < len(v.streams) {
		return cs, fmt.Errorf("%w: %d of its streams are not there", store.ErrCursor, len(v.streams)-named)
	}
	return cs, checkSeen(cs)
}

// checkSeen compares the last frames seen with the last frames of the streams.
func checkSeen(cs []streamPosition) error {
	for i := range cs {
		c := &cs[i]
		if c.seen.n > c.lastN || c.caughtUp() && !c.seen.noArrival && c.seen.frame != c.frame {
			return fmt.Errorf("%w: stream %s has no such frame %d", store.ErrCursor, c.id, c.seen.n)
		}
	}
	return nil
}

// applyTo sets seen in the positions from the vector, and returns the number of the vector's named streams found among
// the positions.
func (v *vector) applyTo(cs []streamPosition) (named int) {
	for i := range cs {
		if at, ok := v.streams[cs[i].key]; ok {
			cs[i].seen = at
			named++
		}
	}
	eachFirstByte(cs, func(streams []streamPosition) {
		rest := notNamed(streams, v.streams)
		if want, ok := v.digests[streams[0].key.firstByte()]; ok && digestOf(rest) == want {
			for _, c := range rest {
				c.seen = lastSeen{n: c.lastN, frame: c.frame}
			}
		}
	})
	return named
}

// eachFirstByte calls fn with the streams of each first byte in turn.
func eachFirstByte(cs []streamPosition, fn func([]streamPosition)) {
	for len(cs) > 0 {
		n := 1
		for n < len(cs) && cs[n].key.firstByte() == cs[0].key.firstByte() {
			n++
		}
		fn(cs[:n])
		cs = cs[n:]
	}
}

func notNamed[V any](streams []streamPosition, named map[streamKey]V) (rest []*streamPosition) {
	for i := range streams {
		if _, ok := named[streams[i].key]; !ok {
			rest = append(rest, &streams[i])
		}
	}
	return rest
}

// digestOf is the digest of completely read streams.
func digestOf(cs []*streamPosition) digest {
	h := sha256.New()
	for _, c := range cs {
		b := binary.BigEndian.AppendUint64(nil, uint64(c.key))
		b = binary.BigEndian.AppendUint64(b, uint64(c.lastN))
		h.Write(append(b, c.frame[:]...))
	}
	return digest(h.Sum(nil)[:len(digest{})])
}

// encodeCursor encodes the reader's position. Up to most streams, each is named.
func encodeCursor(cs []streamPosition, most int) string {
	named := chooseNamed(cs, most)
	b := []byte{vectorFormat}
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
	eachFirstByte(cs, func(streams []streamPosition) {
		rest := notNamed(streams, named)
		if len(rest) > 0 && allCaughtUp(rest) {
			d := digestOf(rest)
			digests = append(append(digests, streams[0].key.firstByte()), d[:]...)
			folded++
		}
	})
	if len(named)+folded == 0 {
		return ""
	}
	b = append(binary.AppendUvarint(b, uint64(folded)), digests...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func allCaughtUp(cs []*streamPosition) bool {
	return !slices.ContainsFunc(cs, func(c *streamPosition) bool { return !c.caughtUp() })
}

// chooseNamed chooses the streams to name one by one. If few enough were read, these are all the streams read.
// Otherwise: streams read in part, streams sharing a first byte with an unread stream, and the streams heard last.
// Streams without room in the cursor are shown again; if the reader is not far behind, only streams of the last sort
// lack room.
func chooseNamed(cs []streamPosition, most int) map[streamKey]bool {
	begun := func(c *streamPosition) bool { return c.seen.n > 0 }
	var all, parts, beside []*streamPosition
	eachFirstByte(cs, func(streams []streamPosition) {
		fresh := slices.ContainsFunc(streams, func(c streamPosition) bool { return !begun(&c) })
		for i := range streams {
			switch c := &streams[i]; {
			case !begun(c):
				continue
			case !c.caughtUp():
				parts = append(parts, c)
			case fresh:
				beside = append(beside, c)
			}
			all = append(all, &streams[i])
		}
	})
	room := most
	if len(all) > most {
		slices.SortFunc(all, func(a, b *streamPosition) int {
			return cmp.Or(cmp.Compare(b.received, a.received), cmp.Compare(a.key, b.key))
		})
		all, room = slices.Concat(parts, beside, all[:most/2]), min(4*most, maxNamed)
	}
	named := map[streamKey]bool{}
	for _, c := range all {
		if len(named) < room {
			named[c.key] = true
		}
	}
	return named
}
