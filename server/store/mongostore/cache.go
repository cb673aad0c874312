package mongostore

import (
	"bytes"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// batchCache saves the steps of one Batch from computing or writing the same value twice. It never replaces a read of
// the database: a cached value of a record is used only if the bytes just read are the cached bytes.
type batchCache struct {
	states   map[string]cachedState // by record: states stored by this Batch
	chunks   map[string]cachedChunk // by id: chunks stored by this Batch
	touched  map[store.FrameKey]touchedSets
	summary  store.Stream // the summary last read or stored; Rev 0: none
	inserted insertedFrame
}

// insertedFrame is the last frame inserted by this Batch, with a revision of its stream's summary known to be without
// the frame. While the summary has this revision, no process has numbered the frame.
type insertedFrame struct {
	frame store.Frame
	rev   int64 // 0: no frame
}

// setSummary stores a copy of a summary, because the caller changes its own.
func (k *batchCache) setSummary(sum store.Stream) {
	sum.Ranges, sum.Boots = slices.Clone(sum.Ranges), slices.Clone(sum.Boots)
	k.summary = sum
}

// cachedState is a state encoded by this Batch, with its view.
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

// addChunk adds a chunk just written to the database.
func (k *batchCache) addChunk(d *chunkDoc, rows []recordRow) {
	if k.chunks == nil {
		k.chunks = map[string]cachedChunk{}
	}
	k.chunks[d.ID] = cachedChunk{d.Rev, d.Packed, rows}
}

// rowsIfSame returns a chunk's rows, if its bytes are those of a chunk stored by this Batch.
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

// rowsAtRev returns a chunk's rows, if this Batch stored the chunk at that revision: a revision is written only once.
func (k *batchCache) rowsAtRev(id string, rev int64) ([]recordRow, bool) {
	c, ok := k.chunks[id]
	return c.rows, ok && c.rev == rev
}

// countRows counts the cached rows for which wanted is true.
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

// touchedSets are the records and units stored on a frame inserted by this Batch. Touched sets only grow.
type touchedSets struct{ records, units map[string]bool }

// addState adds the state encoded in a record's row.
func (k *batchCache) addState(r *store.Record, raw []byte) {
	if r.View == nil {
		return
	}
	if k.states == nil {
		k.states = map[string]cachedState{}
	}
	k.states[r.ID] = cachedState{raw, r.State, r.View}
}

// stateOf returns the state and view of a row, if the row's bytes were encoded by this Batch.
func (k *batchCache) stateOf(row *recordRow) (merge.State, *merge.View, bool) {
	if k == nil {
		return merge.State{}, nil, false
	}
	s, ok := k.states[row.ID]
	if !ok || !bytes.Equal(s.raw, row.State) {
		return merge.State{}, nil, false
	}
	s.state.Obs = slices.Clip(s.state.Obs) // a later join must not write into this slice
	return s.state, s.view, true
}

// addFrame adds a frame after its insert was confirmed, with its touched sets.
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

// unnumberedFrame returns the inserted frame, if the summary proves that no process can have numbered the frame since.
func (k *batchCache) unnumberedFrame(sum *store.Stream, key store.FrameKey) (store.Frame, bool) {
	return k.inserted.frame, k.inserted.rev > 0 && k.inserted.rev == sum.Rev && k.inserted.frame.Key == key
}

// notTouched returns the records and units not yet known to be on the frame.
func (k *batchCache) notTouched(key store.FrameKey, records, units []string) (lackRecords, lackUnits []string) {
	t := k.touched[key]
	return notIn(t.records, records), notIn(t.units, units)
}

// notIn returns the names missing in a set, each once, sorted.
func notIn(set map[string]bool, names []string) []string {
	return unique(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return set[n] }))
}
