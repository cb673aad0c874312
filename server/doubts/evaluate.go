package doubts

import (
	"context"
	"slices"
	"time"

	"roadbook/server/store"
	"roadbook/sync/doubt"
)

// evaluate writes the rows of some records and of the affected records. recs are the records, if read already.
//
// An affected record is read as it is now: its own change may stand further on in the feed. Its old row then leads to records
// that its later turn would miss, so a changed row of an affected record affects further records, until no row changes. A
// row depends on the records alone, not on other rows, so this ends.
//
// The order of the writes lets the work end anywhere: first the names of the affected records, then the rows
// leading to records, then the rows of records. The next process finds the affected records by their names.
func (f *Follower) evaluate(ctx context.Context, ids []string, recs []store.Record, round int64) error {
	fresh := f.state.Pass != nil && f.state.Pass.Fresh
	others, err := f.evaluateSome(ctx, ids, recs, round, work{all: true, fresh: fresh})
	for err == nil && len(others) > 0 {
		some := others[:min(len(others), f.cfg.Page)]
		var more []string
		more, err = f.evaluateSome(ctx, some, nil, round, work{})
		others = slices.Concat(others[len(some):], more)
		slices.Sort(others)
		others = slices.Compact(others)
	}
	return err
}

// work says how to evaluate.
type work struct {
	all   bool // all records with doubts about the records are affected, not only those with doubts about a changed row
	fresh bool // rows leading to the records may be missing
}

// evaluateSome writes the rows of some records, and returns the affected records, noted.
func (f *Follower) evaluateSome(ctx context.Context, ids []string, recs []store.Record, round int64, how work) ([]string, error) {
	began := time.Now()
	b := f.newBatch()
	if recs != nil {
		if err := b.add(ctx, recs); err != nil {
			return nil, err
		}
	}
	if err := b.prepare(ctx, ids, how.fresh); err != nil {
		return nil, err
	}
	news, err := b.judge(ctx, ids)
	if err != nil {
		return nil, err
	}
	others, err := b.affected(ctx, ids, news, how)
	if err != nil {
		return nil, err
	}
	if err := f.note(ctx, others); err != nil {
		return nil, err
	}
	if err := b.write(ctx, ids, news, round, how.fresh); err != nil {
		return nil, err
	}
	f.rest(ctx, began)
	return others, nil
}

// note stores the names of records to evaluate, until the round has ended.
func (f *Follower) note(ctx context.Context, others []string) error {
	var rows []store.SideRow
	for _, id := range others {
		if !f.memory.due[id] {
			rows = append(rows, store.SideRow{Key: dueRows + id})
			f.memory.due[id] = true
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return f.cfg.Store.WriteSide(ctx, rows, nil)
}

// prepare reads the records and their rows, and stores the rows for finding neighbours.
func (b *batch) prepare(ctx context.Context, ids []string, fresh bool) error {
	if err := b.load(ctx, ids...); err != nil {
		return err
	}
	if err := b.loadRows(ctx, ids); err != nil {
		return err
	}
	var rows []store.SideRow
	for _, id := range ids {
		old := b.old[id]
		for _, key := range b.keys(id) {
			if _, isGroup := doubt.GroupOf(key); isGroup {
				if b.isLinked(id, key) && (fresh || old.Linked != key) {
					rows = append(rows, store.SideRow{Key: linkedRows + id, Data: []byte(key)})
				}
			} else if hash := hashOf(key); fresh || !slices.Contains(old.Equal, hash) {
				rows = append(rows, store.SideRow{Key: equalPrefix(hash) + id})
			}
		}
	}
	if len(rows) > 0 {
		if err := b.f.cfg.Store.WriteSide(ctx, rows, nil); err != nil {
			return err
		}
	}
	for _, id := range ids {
		for _, key := range b.keys(id) {
			if b.isLinked(id, key) {
				b.f.memory.link(key, id)
			}
		}
	}
	return nil
}

// judge makes the new rows of records, without a round.
func (b *batch) judge(ctx context.Context, ids []string) (map[string]*row, error) {
	neighbours, err := b.neighbours(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := b.loadMembers(ctx, ids); err != nil {
		return nil, err
	}
	found := map[string][]doubt.Doubt{}
	var others []string
	for _, id := range ids {
		v := b.views[id]
		if v == nil {
			continue
		}
		found[id] = doubt.Of(doubt.Record{View: v, Group: b.group(v), Neighbours: neighbours[id], Linked: b.linked(v)}, b.f.cfg.Schema, b.f.ref)
		for i := range found[id] {
			others = append(others, found[id][i].Other.Record)
		}
	}
	if err := b.load(ctx, others...); err != nil {
		return nil, err
	}
	out := map[string]*row{}
	for _, id := range ids {
		out[id] = b.newRow(id, found[id])
	}
	return out, nil
}

// newRow makes the row of a record. The row of a vanished record has no doubts, and its devices hear so.
func (b *batch) newRow(id string, found []doubt.Doubt) *row {
	v := b.views[id]
	if v == nil {
		return &row{Devices: b.old[id].Devices}
	}
	r := &row{Kind: v.Kind, Unit: v.Unit, Doubts: tell(found)}
	if v.Day != 0 {
		r.Day = v.Day.String()
	}
	for i := range r.Doubts {
		if o := b.views[r.Doubts[i].Other]; o != nil {
			r.Doubts[i].Unit, r.Doubts[i].Day = o.Unit, o.Day.String()
		}
	}
	for _, key := range b.keys(id) {
		if _, isGroup := doubt.GroupOf(key); !isGroup {
			r.Equal = append(r.Equal, hashOf(key))
			r.Says = b.says(v)
		} else if b.isLinked(id, key) {
			r.Linked = key
		}
	}
	if len(r.Doubts) > 0 || len(b.old[id].Devices) > 0 {
		r.Devices = b.devices[id]
	}
	return r
}

// affected are the further records with doubts about the records.
func (b *batch) affected(ctx context.Context, ids []string, news map[string]*row, how work) ([]string, error) {
	out := map[string]bool{}
	for _, id := range ids {
		old, now := b.old[id], news[id]
		if !how.all && old.content() == now.content() {
			continue
		}
		for _, r := range []*row{old, now} {
			for i := range r.Doubts {
				if code := r.Doubts[i].Code; code == doubt.CodeNear || code == doubt.CodeSameNumber {
					out[r.Doubts[i].Other] = true
				}
			}
		}
		if !how.fresh && old.Says == now.Says && slices.Equal(old.Equal, now.Equal) {
			continue
		}
		for _, hash := range slices.Concat(old.Equal, now.Equal) {
			if err := b.addBucket(ctx, hash, id, out); err != nil {
				return nil, err
			}
		}
	}
	for _, id := range ids {
		delete(out, id)
	}
	return sorted(out), nil
}

// write stores the changed rows.
func (b *batch) write(ctx context.Context, ids []string, news map[string]*row, round int64, fresh bool) error {
	var w writes
	for _, id := range ids {
		w.change(id, b.old[id], news[id], round, fresh)
	}
	if len(w.first) > 0 {
		if err := b.f.cfg.Store.WriteSide(ctx, w.first, nil); err != nil {
			return err
		}
	}
	if len(w.rows)+len(w.gone) > 0 {
		if err := b.f.cfg.Store.WriteSide(ctx, w.rows, w.gone); err != nil {
			return err
		}
	}
	for _, id := range ids {
		old, now := b.old[id], news[id]
		if !sameDoubts(old, now) {
			b.f.memory.count(old, -1)
			b.f.memory.count(now, 1)
		}
		if old.Linked != "" && old.Linked != now.Linked {
			b.f.memory.unlink(old.Linked, id)
		}
	}
	return nil
}

// change gathers the difference between the old row and the new row.
func (w *writes) change(id string, old, now *row, round int64, fresh bool) {
	changed := old.content() != now.content()
	if !changed && !fresh {
		return
	}
	keep := map[string]bool{}
	for _, key := range now.listKeys(id) {
		keep[key] = true
	}
	if now.Round = old.Round; !sameDoubts(old, now) {
		now.Round = round
	}
	for _, device := range now.Devices {
		if now.Round != 0 {
			keep[deviceKey(device, now.Round, id)] = true
		}
	}
	for key := range keep {
		w.first = append(w.first, store.SideRow{Key: key})
	}
	for _, hash := range now.Equal {
		keep[equalPrefix(hash)+id] = true
	}
	if now.Linked != "" {
		keep[linkedRows+id] = true
	}
	if now.isEmpty() {
		w.gone = append(w.gone, recordRows+id)
	} else {
		w.rows = append(w.rows, store.SideRow{Key: recordRows + id, Data: encode(now)})
	}
	for _, key := range old.leads(id) {
		if !keep[key] {
			w.gone = append(w.gone, key)
		}
	}
}

// leads are the keys of all rows leading to the record.
func (r *row) leads(id string) []string {
	keys := r.listKeys(id)
	for _, hash := range r.Equal {
		keys = append(keys, equalPrefix(hash)+id)
	}
	if r.Linked != "" {
		keys = append(keys, linkedRows+id)
	}
	for _, device := range r.Devices {
		keys = append(keys, deviceKey(device, r.Round, id))
	}
	return keys
}
