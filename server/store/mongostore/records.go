package mongostore

import (
	"context"
	"fmt"
	"slices"

	"roadbook/server/store"
)

func (s *steps) Records(ctx context.Context, ids []string) ([]store.Record, error) {
	raws, err := s.docs.Read(ctx, Records, chunkIDs(ids))
	if err != nil {
		return nil, err
	}
	wanted := setOf(ids)
	stored, err := decodeRecords(raws, &s.cache, func(row *recordRow) bool { return wanted[row.ID] })
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(stored))
	for i := range stored {
		at[stored[i].ID] = i
	}
	out := make([]store.Record, len(ids))
	for i, id := range ids {
		out[i].ID = id
		if j, ok := at[id]; ok {
			out[i] = stored[j]
		}
	}
	return out, nil
}

// rowsMatching returns the rows of the chunks with any of the values in an indexed field, by chunk. Chunks unchanged
// since this Batch stored them come from the cache; only the rest is read whole. Both reads see everything written
// before.
func (s *steps) rowsMatching(ctx context.Context, field string, values []string) (map[string][]recordRow, error) {
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{field, In, values}}, Only: []string{"rev", field}})
	if err != nil {
		return nil, err
	}
	chunks := map[string][]recordRow{}
	var unknown []string
	for _, raw := range raws {
		id, _ := raw.Lookup("_id").StringValueOK()
		rev, err := revOf(raw)
		if err != nil {
			return nil, err
		}
		if rows, ok := s.cache.rowsAtRev(id, rev); ok {
			chunks[id] = rows
		} else {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return chunks, nil
	}
	if raws, err = s.docs.Read(ctx, Records, unique(unknown)); err != nil {
		return nil, err
	}
	read, err := parseChunks(raws, &s.cache)
	for i := range read {
		chunks[read[i].id] = read[i].rows
	}
	return chunks, err
}

func chunkIDs(ids []string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = chunkID(id)
	}
	return unique(names)
}

// ReplaceRecords is the compare-and-set of a join. A chunk not stored yet is inserted. Any other chunk is read; the
// records with an unchanged revision are put into the chunk, and the chunk replaces the revision read, until the
// replacement succeeds. A record may be reported lost although the write landed, if another write of its chunk
// followed at once: the caller reads the record again and finds its own join and its entry in Departed.
func (s *steps) ReplaceRecords(ctx context.Context, recs []store.Record) (lost []int, err error) {
	w := &replaceRun{steps: s, recs: recs, todo: map[string][]int{}}
	for i := range recs {
		name := chunkID(recs[i].ID)
		w.todo[name] = append(w.todo[name], i)
	}
	if err := w.insertNew(ctx); err != nil {
		return nil, err
	}
	for range maxAttempts {
		if len(w.todo) == 0 {
			slices.Sort(w.lost)
			return w.lost, nil
		}
		if err := w.replaceOnce(ctx); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("records: %w: changed too often", store.ErrUnavailable)
}

// replaceRun is one run of ReplaceRecords.
type replaceRun struct {
	*steps
	recs []store.Record
	todo map[string][]int // indexes of the records not stored yet, by chunk
	lost []int
}

// insertNew inserts the chunks with new records only, on the assumption that the chunks are new as well.
func (w *replaceRun) insertNew(ctx context.Context) error {
	var names []string
	for name, at := range w.todo {
		if !slices.ContainsFunc(at, func(i int) bool { return w.recs[i].Rev != 0 }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	next := make([]chunkWrite, len(names))
	refused := make(map[string][]int, len(names))
	for n, name := range names {
		c := chunk{id: name}
		refused[name] = w.putRecords(&c, w.todo[name])
		next[n] = chunkWrite{c.doc(), c.rows}
	}
	return w.insertChunks(ctx, next, refused)
}

// chunkWrite is a chunk ready to be stored.
type chunkWrite struct {
	doc  chunkDoc
	rows []recordRow
}

// insertChunks stores new chunks and finishes those whose id was free.
func (w *replaceRun) insertChunks(ctx context.Context, next []chunkWrite, refused map[string][]int) error {
	docs := make([]any, len(next))
	for i := range next {
		docs[i] = next[i].doc
	}
	taken, err := w.insert(ctx, docs)
	if err != nil {
		return err
	}
	for i := range next {
		if !taken[i] {
			w.chunkStored(&next[i], refused)
		}
	}
	return nil
}

// putRecords puts records into a chunk and returns the indexes of records with another revision.
func (w *replaceRun) putRecords(c *chunk, at []int) (refused []int) {
	for _, i := range at {
		if !c.put(&w.recs[i], &w.cache) {
			refused = append(refused, i)
		}
	}
	return refused
}

// replaceOnce tries each chunk once.
func (w *replaceRun) replaceOnce(ctx context.Context) error {
	chunks, err := w.readChunks(ctx)
	if err != nil {
		return err
	}
	var changes []Change
	var inserted, changed []chunkWrite
	refused := map[string][]int{}
	for i := range chunks {
		c := &chunks[i]
		at := w.todo[c.id]
		refused[c.id] = w.putRecords(c, at)
		if len(refused[c.id]) == len(at) {
			w.finishChunk(c.id, refused)
			continue
		}
		next := chunkWrite{c.doc(), c.rows}
		if c.rev == 0 {
			inserted = append(inserted, next)
			continue
		}
		changes, changed = append(changes, c.change(&next.doc)), append(changed, next)
	}
	if err := w.insertChunks(ctx, inserted, refused); err != nil {
		return err
	}
	done, err := w.change(ctx, Records, changes)
	if err != nil {
		return err
	}
	for i := range changed {
		if done[i] {
			w.chunkStored(&changed[i], refused)
		}
	}
	return nil
}

// chunkStored caches a stored chunk and finishes it.
func (w *replaceRun) chunkStored(c *chunkWrite, refused map[string][]int) {
	w.cache.addChunk(&c.doc, c.rows)
	w.finishChunk(c.doc.ID, refused)
}

// finishChunk removes a chunk from todo and reports its refused records as lost.
func (w *replaceRun) finishChunk(name string, refused map[string][]int) {
	w.lost = append(w.lost, refused[name]...)
	delete(w.todo, name)
}

// readChunks returns the chunks in todo, in order; an absent chunk has revision 0.
func (w *replaceRun) readChunks(ctx context.Context) ([]chunk, error) {
	names := make([]string, 0, len(w.todo))
	for name := range w.todo {
		names = append(names, name)
	}
	slices.Sort(names)
	raws, err := w.docs.Read(ctx, Records, names)
	if err != nil {
		return nil, err
	}
	chunks, err := parseChunks(raws, &w.cache)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(chunks, func(c chunk) bool { return c.id == name }) {
			chunks = append(chunks, chunk{id: name})
		}
	}
	return chunks, nil
}

// ClearDeparted finds the records with an entry of the frame, through the index, and removes the frame's entries. Such
// records are few.
func (s *steps) ClearDeparted(ctx context.Context, key store.FrameKey, ids []string) error {
	for range maxAttempts {
		recs, err := s.recordsDepartedBy(ctx, key, ids)
		if err != nil || len(recs) == 0 {
			return err
		}
		for i := range recs {
			recs[i].Departed = slices.DeleteFunc(recs[i].Departed, func(l store.Departed) bool {
				return l.Frame == key || s.without.Off(store.DepartedByFrame)
			})
		}
		if _, err := s.ReplaceRecords(ctx, recs); err != nil {
			return err
		}
	}
	return fmt.Errorf("frame %s: %w: changed too often", frameID(key), store.ErrUnavailable)
}

func (s *steps) recordsDepartedBy(ctx context.Context, key store.FrameKey, ids []string) ([]store.Record, error) {
	if s.without.Off(store.DepartedByFrame) { // entries of any frame
		recs, err := s.Records(ctx, ids)
		return slices.DeleteFunc(recs, func(r store.Record) bool { return len(r.Departed) == 0 }), err
	}
	name := frameID(key)
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"leftby", In, []string{name}}}})
	if err != nil {
		return nil, err
	}
	own := setOf(ids)
	return decodeRecords(raws, &s.cache, func(row *recordRow) bool {
		return own[row.ID] && slices.ContainsFunc(row.Departed, func(l departedRow) bool { return l.Frame == name })
	})
}

// insert and change make no call for an empty list.
func (w *replaceRun) insert(ctx context.Context, docs []any) ([]bool, error) {
	if len(docs) == 0 {
		return nil, nil
	}
	return w.docs.Insert(ctx, Records, docs)
}

func (s *steps) change(ctx context.Context, c Coll, changes []Change) ([]bool, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	return s.docs.Change(ctx, c, changes)
}
