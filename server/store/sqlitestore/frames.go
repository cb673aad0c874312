package sqlitestore

import (
	"context"
	"encoding/binary"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// frameState is a frame in the batch's cache. Its touched records are kept as the numbers of their refs; records
// without a number are kept as texts.
type frameState struct {
	n            int64
	pos          int64 // position in the feed, 0 until marked in this batch
	f            store.Frame
	touched      []int64
	touchedTexts []string
	units        []int64
	fresh        bool
	dirty        bool
}

// chunkSource gives chunks: a batch's cache or a reader's snapshot.
type chunkSource interface {
	chunk(key int64) (*chunk, error)
}

// storedFrame is a frame's row.
type storedFrame struct {
	n           int64
	first, last uint64
	head        []byte
	num         int64
	form        []byte // frameForm
	packed      []byte
	mark        []byte
}

const frameColumns = `SELECT f.n, f.first, f.last, f.head, m.num, f.d, f.packed, m.d FROM frame f LEFT JOIN mark m ON m.n=f.n `

func scanFrame(r row) storedFrame {
	return storedFrame{
		n: r.int(0), first: uint64(r.int(1)), last: uint64(r.int(2)), head: r.blob(3),
		num: r.int(4), form: r.blob(5), packed: r.blob(6), mark: r.blob(7),
	}
}

func queryFrames(c *conn, where string, args ...any) (out []storedFrame, err error) {
	err = c.each(frameColumns+where, func(r row) error {
		out = append(out, scanFrame(r))
		return nil
	}, args...)
	return out, err
}

func framesWithin(c *conn, stream int64, first, last, longest uint64) ([]storedFrame, error) {
	from := uint64(1)
	if first > longest {
		from = first - longest + 1
	}
	return queryFrames(c, `WHERE f.s=? AND f.first BETWEEN ? AND ? AND f.last>=? ORDER BY f.first, f.last, f.head`,
		stream, int64(from), clip63(last), clip63(first))
}

// clip63 limits a sequence to SQLite's integers.
func clip63(n uint64) int64 { return int64(min(n, 1<<63-1)) }

func (x *storedFrame) key(id wire.StreamID) store.FrameKey {
	k := store.FrameKey{Stream: id, First: x.first, Last: x.last}
	copy(k.Head[:], x.head)
	return k
}

// state decodes a row.
func (x *storedFrame) state(id wire.StreamID) (*frameState, error) {
	form, err := decodeFrameForm(x.form)
	if err != nil {
		return nil, err
	}
	fs := &frameState{n: x.n, f: store.Frame{
		Key: x.key(id), Prev: form.Prev, Sig: form.Sig, Packed: x.packed, LineFaults: form.LineFaults,
		Forked: form.Forked, Received: form.Received, Unit: form.Unit, Role: form.Role, Rules: form.Rules, Earlier: form.Earlier,
		N: x.num, Projected: x.num != 0,
	}}
	return fs, fs.decodeMark(x.mark)
}

func (fs *frameState) form() []byte {
	f := &fs.f
	return encodeForm(frameForm{
		Prev: f.Prev, Sig: f.Sig, LineFaults: f.LineFaults, Forked: f.Forked,
		Received: f.Received, Unit: f.Unit, Role: f.Role, Rules: f.Rules, Earlier: f.Earlier,
	})
}

// encodeMark writes the touched sets: numbers, texts, units.
func (fs *frameState) encodeMark() []byte {
	b := appendNumbers(make([]byte, 0, 64), fs.touched)
	b = binary.AppendUvarint(b, uint64(len(fs.touchedTexts)))
	for _, text := range fs.touchedTexts {
		b = appendText(b, text)
	}
	return appendNumbers(b, fs.units)
}

func (fs *frameState) decodeMark(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	d := reader{b: raw}
	fs.touched = d.numbers(nil)
	for range d.uint() {
		if d.bad {
			break
		}
		fs.touchedTexts = append(fs.touchedTexts, d.text())
	}
	fs.units = d.numbers(nil)
	if d.bad {
		return errChunk
	}
	return nil
}

// frame returns a frame by its key, nil if there is none.
func (b *batch) frame(key store.FrameKey) (*frameState, error) {
	if fs, ok := b.frames[key]; ok {
		return fs, nil
	}
	st, err := b.stream(key.Stream)
	if err != nil || key.First > st.end || st.n > int64(b.s.streams.stored) {
		return nil, err
	}
	rows, err := queryFrames(b.w, `WHERE f.s=? AND f.first=? AND f.last=? AND f.head=?`,
		st.n, clip63(key.First), clip63(key.Last), key.Head[:])
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return b.cacheFrame(key.Stream, rows[0])
}

// cacheFrame puts a row into the cache unless it is there.
func (b *batch) cacheFrame(id wire.StreamID, x storedFrame) (*frameState, error) {
	key := x.key(id)
	if fs, ok := b.frames[key]; ok {
		return fs, nil
	}
	fs, err := x.state(id)
	if err == nil {
		b.frames[key] = fs
	}
	return fs, err
}

// toFrame converts to a store.Frame, with its touched sets as texts.
func (b *batch) toFrame(fs *frameState) (store.Frame, error) { return fs.toFrame(b.s, b) }

func (fs *frameState) toFrame(s *Store, from chunkSource) (store.Frame, error) {
	f := fs.f
	var err error
	if f.Touched, err = fs.touchedIDs(s, from); err != nil {
		return f, err
	}
	for _, n := range fs.units {
		f.Units = append(f.Units, s.units.text(n))
	}
	return f, nil
}

// touchedIDs are the ids of the touched records, of all branches of a fork.
func (fs *frameState) touchedIDs(s *Store, from chunkSource) (ids []string, err error) {
	if n := len(fs.touched) + len(fs.touchedTexts); n > 0 {
		ids = make([]string, 0, n)
	}
	var c *chunk
	for _, n := range fs.touched {
		key, low := chunkOf(n)
		if c == nil || c.key != key {
			if c, err = from.chunk(key); err != nil {
				return nil, err
			}
		}
		for _, e := range c.entries {
			if e.low == low && (e.raw != nil || e.rec.Rev > 0) {
				ids = append(ids, e.id(s))
			}
		}
	}
	return append(ids, fs.touchedTexts...), nil
}

// Unprojected pages through the frames without a mark, in the order of their commits.
func (s *Store) Unprojected(ctx context.Context, after store.Frame, limit int) (out []store.Frame, err error) {
	err = s.read(ctx, func(v *view) error {
		k, from := after.Key, int64(0)
		err := v.c.each(`SELECT n FROM frame WHERE s=? AND first=? AND last=? AND head=?`, func(r row) error { from = r.int(0); return nil },
			v.s.streams.find(k.Stream.String()), clip63(k.First), clip63(k.Last), k.Head[:])
		if err != nil {
			return err
		}
		var ns []int64
		err = v.c.each(`SELECT n FROM pending WHERE n>? ORDER BY n LIMIT ?`, func(r row) error { ns = append(ns, r.int(0)); return nil },
			from, pageSize(limit))
		for _, n := range ns {
			if err == nil {
				err = v.frameByNumber(n, &out)
			}
		}
		return err
	})
	return out, err
}
