package mongostore

import (
	"bytes"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// known keeps, for the time of one Batch, what the steps would otherwise compute or write a second time. Nothing
// in it replaces a read of the database: what it says of a record holds only for the very bytes that were read.
type known struct {
	states  map[string]knownState // by record: those that this Batch has stored
	chunks  map[string]knownChunk // by id: those that this Batch has stored
	touched map[store.FrameKey]touched
	sum     store.Stream // the summary last read or stored; Rev 0: none
	fresh   fresh
}

// fresh is the frame that this Batch inserted last, and the revision of its stream's summary when that was known to be
// without it: as long as it holds, nobody has numbered the frame.
type fresh struct {
	frame store.Frame
	rev   int64 // 0: there is none
}

// note keeps a summary apart from the one that the caller goes on with.
func (k *known) note(sum store.Stream) {
	sum.Ranges, sum.Boots = slices.Clone(sum.Ranges), slices.Clone(sum.Boots)
	k.sum = sum
}

// knownState is a state that was encoded here, with its view.
type knownState struct {
	raw   []byte
	state merge.State
	view  *merge.View
}

// knownChunk is a chunk as this Batch has stored it.
type knownChunk struct {
	rev    int64
	packed []byte
	rows   []recordRow
}

// stored notes a chunk that stands as it was written now.
func (k *known) stored(d *chunkDoc, rows []recordRow) {
	if k.chunks == nil {
		k.chunks = map[string]knownChunk{}
	}
	k.chunks[d.ID] = knownChunk{d.Rev, d.Packed, rows}
}

// rows are a chunk's rows, if it is byte by byte one that was stored here.
func (k *known) rows(id string, packed []byte) ([]recordRow, bool) {
	if k == nil {
		return nil, false
	}
	c, ok := k.chunks[id]
	if !ok || !bytes.Equal(c.packed, packed) {
		return nil, false
	}
	return slices.Clone(c.rows), true
}

// at are a chunk's rows, if its revision is one that was stored here: a revision is written once.
func (k *known) at(id string, rev int64) ([]recordRow, bool) {
	c, ok := k.chunks[id]
	return c.rows, ok && c.rev == rev
}

// count is how many rows that were stored here are wanted.
func (k *known) count(wanted func(*recordRow) bool) (n int) {
	for _, c := range k.chunks {
		for i := range c.rows {
			if wanted(&c.rows[i]) {
				n++
			}
		}
	}
	return n
}

// touched is what stands on a frame that this Batch has inserted. Touched sets only grow.
type touched struct{ records, units map[string]bool }

// encoded notes the state that a record's row was made of.
func (k *known) encoded(r *store.Record, raw []byte) {
	if r.View == nil {
		return
	}
	if k.states == nil {
		k.states = map[string]knownState{}
	}
	k.states[r.ID] = knownState{raw, r.State, r.View}
}

// decoded is the state and view of a row, if it is byte by byte one that was encoded here.
func (k *known) decoded(row *recordRow) (merge.State, *merge.View, bool) {
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

// inserted notes what a frame bears since its insert was confirmed.
func (k *known) inserted(f *store.Frame) {
	k.fresh = fresh{}
	if k.sum.Rev > 0 && k.sum.ID == f.Key.Stream {
		k.fresh = fresh{*f, k.sum.Rev}
	}
	if len(f.Touched) == 0 {
		return
	}
	if k.touched == nil {
		k.touched = map[store.FrameKey]touched{}
	}
	k.touched[f.Key] = touched{among(f.Touched), among(f.Units)}
}

// unnumbered is the frame as it was inserted, if the summary proves that nobody can have numbered it since.
func (k *known) unnumbered(sum *store.Stream, key store.FrameKey) (store.Frame, bool) {
	return k.fresh.frame, k.fresh.rev > 0 && k.fresh.rev == sum.Rev && k.fresh.frame.Key == key
}

// lacking are those that the frame is not known to bear.
func (k *known) lacking(key store.FrameKey, records, units []string) (lackRecords, lackUnits []string) {
	t := k.touched[key]
	return without(t.records, records), without(t.units, units)
}

// without are the names that are not in a set, each once, sorted.
func without(set map[string]bool, names []string) []string {
	return unique(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return set[n] }))
}
