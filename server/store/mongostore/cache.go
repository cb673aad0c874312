package mongostore

import (
	"bytes"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// batchCache keeps, for the time of one Batch, what the steps would otherwise compute or write a second time. Nothing
// in it replaces a read of the database: what it says of a record holds only for the very bytes that were read.
type batchCache struct {
	states   map[string]cachedState // by record: those that this Batch has stored
	chunks   map[string]cachedChunk // by id: those that this Batch has stored
	touched  map[store.FrameKey]touchedSets
	summary  store.Stream // the summary last read or stored; Rev 0: none
	inserted insertedFrame
}

// insertedFrame is the frame that this Batch inserted last, and the revision of its stream's summary when that was known to be
// without it: as long as it holds, nobody has numbered the frame.
type insertedFrame struct {
	frame store.Frame
	rev   int64 // 0: there is none
}

// setSummary keeps a summary apart from the one that the caller goes on with.
func (k *batchCache) setSummary(sum store.Stream) {
	sum.Ranges, sum.Boots = slices.Clone(sum.Ranges), slices.Clone(sum.Boots)
	k.summary = sum
}

// cachedState is a state that was encoded here, with its view.
type cachedState struct {
	raw   []byte
	state merge.State
	view  *merge.View
}

// cachedChunk is a chunk as this Batch has stored it.
type cachedChunk struct {
	rev    int64
	packed []byte
	rows   []recordRow
}

// addChunk notes a chunk that stands as it was written now.
func (k *batchCache) addChunk(d *chunkDoc, rows []recordRow) {
	if k.chunks == nil {
		k.chunks = map[string]cachedChunk{}
	}
	k.chunks[d.ID] = cachedChunk{d.Rev, d.Packed, rows}
}

// rowsIfSame are a chunk's rows, if it is byte by byte one that was stored here.
func (k *batchCache) rowsIfSame(id string, packed []byte) ([]recordRow, bool) {
	if k == nil {
		return nil, false
	}
	c, ok := k.chunks[id]
	if !ok || !bytes.Equal(c.packed, packed) {
		return nil, false
	}
	return slices.Clone(c.rows), true
}

// rowsAtRev are a chunk's rows, if its revision is one that was stored here: a revision is written once.
func (k *batchCache) rowsAtRev(id string, rev int64) ([]recordRow, bool) {
	c, ok := k.chunks[id]
	return c.rows, ok && c.rev == rev
}

// countRows is how many rows that were stored here are wanted.
func (k *batchCache) countRows(wanted func(*recordRow) bool) (n int) {
	for _, c := range k.chunks {
		for i := range c.rows {
			if wanted(&c.rows[i]) {
				n++
			}
		}
	}
	return n
}

// touchedSets is what stands on a frame that this Batch has inserted. Touched sets only grow.
type touchedSets struct{ records, units map[string]bool }

// addState notes the state that a record's row was made of.
func (k *batchCache) addState(r *store.Record, raw []byte) {
	if r.View == nil {
		return
	}
	if k.states == nil {
		k.states = map[string]cachedState{}
	}
	k.states[r.ID] = cachedState{raw, r.State, r.View}
}

// stateOf is the state and view of a row, if it is byte by byte one that was encoded here.
func (k *batchCache) stateOf(row *recordRow) (merge.State, *merge.View, bool) {
	if k == nil {
		return merge.State{}, nil, false
	}
	s, ok := k.states[row.ID]
	if !ok || !bytes.Equal(s.raw, row.State) {
		return merge.State{}, nil, false
	}
	s.state.Obs = slices.Clip(s.state.Obs) // a join must not grow into it
	return s.state, s.view, true
}

// addFrame notes what a frame bears since its insert was confirmed.
func (k *batchCache) addFrame(f *store.Frame) {
	k.inserted = insertedFrame{}
	if k.summary.Rev > 0 && k.summary.ID == f.Key.Stream {
		k.inserted = insertedFrame{*f, k.summary.Rev}
	}
	if len(f.Touched) == 0 {
		return
	}
	if k.touched == nil {
		k.touched = map[store.FrameKey]touchedSets{}
	}
	k.touched[f.Key] = touchedSets{setOf(f.Touched), setOf(f.Units)}
}

// unnumberedFrame is the frame as it was inserted, if the summary proves that nobody can have numbered it since.
func (k *batchCache) unnumberedFrame(sum *store.Stream, key store.FrameKey) (store.Frame, bool) {
	return k.inserted.frame, k.inserted.rev > 0 && k.inserted.rev == sum.Rev && k.inserted.frame.Key == key
}

// notTouched are those that the frame is not known to bear.
func (k *batchCache) notTouched(key store.FrameKey, records, units []string) (lackRecords, lackUnits []string) {
	t := k.touched[key]
	return notIn(t.records, records), notIn(t.units, units)
}

// notIn are the names that are not in a set, each once, sorted.
func notIn(set map[string]bool, names []string) []string {
	return unique(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return set[n] }))
}
