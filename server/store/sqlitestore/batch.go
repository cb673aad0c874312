package sqlitestore

import (
	"context"
	"errors"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// batch implements the steps of one transaction: it caches everything read and collects everything to write.
type batch struct {
	s *Store
	w *conn

	chunks  map[int64]*chunk
	records map[string]*entry // by id, as requested by the steps
	groups  map[string]*group
	streams map[wire.StreamID]*streamState
	frames  map[store.FrameKey]*frameState
	fresh   []*frameState   // inserted in this batch
	totals  map[int64]int64 // differences
	places  map[int64][]int64
	stat    stat

	lastPlace  store.Place // the last place packed
	lastPacked int64
	lastText   string // the last stream numbered
	lastNumber int64
}

var _ store.Steps = (*batch)(nil)

// Batch runs fn in one transaction. Everything written by the steps of fn is durable when Batch returns nil. After an
// error nothing of it is stored, except that after store.ErrUnavailable or store.ErrGone all of it may be.
func (s *Store) Batch(ctx context.Context, fn func(store.Steps) error) error {
	w, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer s.unlock(w)
	if err := s.checkBeforeWrite(); err != nil {
		return err
	}
	return s.checkAfterCommit(w, s.batch(ctx, w, fn))
}

func (s *Store) batch(ctx context.Context, w *conn, fn func(store.Steps) error) error {
	b := s.newBatch(w)
	err := w.transaction(ctx, func() error {
		if err := s.refresh(w); err != nil {
			return err
		}
		b.stat = s.statNow()
		if err := fn(b); err != nil {
			return err
		}
		return b.flush()
	})
	s.endTransaction(b, err == nil)
	return err
}

func (s *Store) newBatch(w *conn) *batch {
	return &batch{
		s: s, w: w,
		chunks: map[int64]*chunk{}, records: make(map[string]*entry, s.lastRecords), groups: make(map[string]*group, s.lastRecords),
		streams: map[wire.StreamID]*streamState{}, frames: map[store.FrameKey]*frameState{},
		totals: map[int64]int64{}, places: map[int64][]int64{},
	}
}

// endTransaction updates the caches in memory to the outcome of the transaction.
func (s *Store) endTransaction(b *batch, committed bool) {
	for _, d := range []*dict{&s.units, &s.kinds, &s.measures, &s.streams} {
		d.endTransaction(committed)
	}
	s.groups.endTransaction(committed)
	s.lastRecords = len(b.records)
	if committed {
		s.sums.add(b.totals)
		s.mu.Lock()
		s.stat = b.stat
		s.mu.Unlock()
	}
}

// refresh reloads the caches in memory if another process wrote to the file; the first call loads everything.
func (s *Store) refresh(w *conn) error {
	var version int64
	if err := w.each(`PRAGMA data_version`, func(r row) error { version = r.int(0); return nil }); err != nil {
		return err
	}
	if w.version == version {
		return nil
	}
	if err := s.load(w); err != nil {
		return err
	}
	w.version = version
	return nil
}

// streamNumber returns the number of a stream by its text and numbers a new stream.
func (b *batch) streamNumber(text string) int64 {
	if text == b.lastText {
		return b.lastNumber
	}
	b.lastText, b.lastNumber = text, b.s.streams.number(text)
	return b.lastNumber
}

func (b *batch) locate(id string) ref {
	stream, seq, hash, ok := cutID(id)
	if !ok {
		return oddRef(id)
	}
	return refOf(b.streamNumber(stream), seq, hash)
}

// chunk returns a chunk, from the cache or the file; an absent chunk is empty.
func (b *batch) chunk(key int64) (*chunk, error) {
	if c, ok := b.chunks[key]; ok {
		return c, nil
	}
	c := &chunk{key: key}
	beyond, err := b.afterLastChunk(key)
	if err != nil {
		return nil, err
	}
	if !beyond {
		if c, err = readChunk(b.w, key); err != nil {
			return nil, err
		}
	}
	b.chunks[key] = c
	return c, nil
}

// afterLastChunk reports that the key lies after the stream's last chunk, so that no such chunk is stored.
func (b *batch) afterLastChunk(key int64) (bool, error) {
	if key < 0 {
		return false, nil
	}
	st, err := b.stream(parseStream(b.s.streams.text(streamOf(key))))
	if err != nil {
		return false, err
	}
	if key < st.top {
		return false, nil
	}
	return true, nil
}

func readChunk(c *conn, key int64) (*chunk, error) {
	out := &chunk{key: key}
	err := c.each(`SELECT d FROM chunk WHERE k=?`, func(r row) (err error) {
		out, err = decodeChunk(key, r.blob(0))
		return err
	}, key)
	return out, err
}

// record returns the decoded entry of an id; an absent entry has revision 0.
func (b *batch) record(id string) (*entry, error) {
	if e, ok := b.records[id]; ok {
		return e, nil
	}
	at := b.locate(id)
	c, err := b.chunk(at.chunk)
	if err != nil {
		return nil, err
	}
	e := c.find(at)
	if e == nil {
		e = c.add(at)
	}
	e.rec.ID = id
	b.records[id] = e
	return e, e.parse(b.s)
}

// streamState is a stream in the batch's cache.
type streamState struct {
	n       int64
	sum     store.Stream
	longest uint64
	end     uint64
	top     int64 // no chunk with this key or a greater one is stored
	dirty   bool
	fresh   []*frameState // frames inserted in this batch
}

func (b *batch) stream(id wire.StreamID) (*streamState, error) {
	if st, ok := b.streams[id]; ok {
		return st, nil
	}
	st := &streamState{n: b.s.streams.number(id.String())}
	st.sum.ID = id
	if st.n <= int64(b.s.streams.stored) {
		err := b.w.each(`SELECT d FROM stream WHERE n=?`, func(r row) error {
			if r.null(0) {
				return nil
			}
			return st.decode(r.s.ColumnRawBlob(0))
		}, st.n)
		if err != nil {
			return nil, err
		}
	}
	b.streams[id] = st
	return st, nil
}

func (st *streamState) decode(raw []byte) error {
	var f streamForm
	if err := cbor.Unmarshal(raw, &f); err != nil {
		return err
	}
	id := st.sum.ID
	st.longest, st.end, st.top = f.Longest, f.End, f.Top
	st.sum = store.Stream{
		ID: id, Rev: f.Rev, N: f.N, Ranges: f.Ranges, Boots: f.Boots, Received: f.Received, Forks: f.Forks,
	}
	if f.Last.Last != 0 {
		st.sum.Last = store.FrameKey{Stream: id, First: f.Last.First, Last: f.Last.Last, Head: f.Last.Head}
	}
	return nil
}

func (st *streamState) encode() []byte {
	s := &st.sum
	return encodeForm(streamForm{
		Rev: s.Rev, N: s.N, Ranges: s.Ranges, Boots: s.Boots, Received: s.Received, Forks: s.Forks,
		Last:    lastForm{First: s.Last.First, Last: s.Last.Last, Head: s.Last.Head},
		Longest: st.longest, End: st.end, Top: st.top,
	})
}

var errNoFrame = errors.New("sqlitestore: a step speaks of a frame that was not committed")
