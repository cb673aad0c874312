package imports

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// foreseen is a row with its record before and after the import.
type foreseen struct {
	plannedRow
	state  merge.State
	before *merge.View // nil: the row creates the record
	after  *merge.View
	fresh  bool // the import writes something
}

// groups are the groups that the row touches.
func (r *foreseen) groups() []string {
	if r.before == nil || r.before.Group == r.after.Group {
		return []string{r.after.Group}
	}
	return []string{r.before.Group, r.after.Group}
}

// newHash makes a hash of names; equal hashes of two names only cost a second look.
func newHash() func(string) uint64 {
	seed := maphash.MakeSeed()
	return func(name string) uint64 { return maphash.String(seed, name) }
}

// lastDevice is a device behind all others by name: ids of the lines to come sort behind those of the store.
var lastDevice = strings.Repeat("z", wire.DeviceLen)

// walk calls do with all rows, some at a time, in the order of the file. Each walk sees the same records.
func (f *foresight) walk(ctx context.Context, do func(context.Context, []*foreseen) error) error {
	f.seq, f.stream = 0, wire.StreamID{Device: lastDevice, Epoch: strings.Repeat("z", wire.EpochLen)}
	f.out.Changes = Changes{}
	var rows []plannedRow
	flush := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		some, err := f.fold(ctx, rows)
		if err != nil {
			return err
		}
		f.done += len(rows)
		f.progress(f.done, 2*f.out.Rows)
		rows = rows[:0]
		return do(ctx, some)
	}
	if f.batch.Mapping.Kind.ItemOf != "" {
		return f.walkItems(ctx, do)
	}
	at := 0
	err := f.batch.rows.each(func(values schema.Values) error {
		row, err := f.plan(ctx, f.batch.rows.numbers[at], values)
		if err != nil {
			return err
		}
		rows = append(rows, row)
		if at++; len(rows) < chunkRows {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// plannedRow is a row with the lines of its import.
type plannedRow struct {
	row    int          // as a spreadsheet counts
	more   int          // further rows about the same record: items
	record string       // "": new
	own    *merge.State // of the record as the importer left it, where the store is not read
	lines  []*wire.Line
	seq    uint64 // of the last line before
}

func (f *foresight) plan(ctx context.Context, row int32, values schema.Values) (plannedRow, error) {
	key, _ := values.Get("source_key")
	kind := f.batch.Mapping.Kind
	own, _, err := f.history.find(ctx, rowKey{kind.Name, key.S}.name())
	if err != nil {
		return plannedRow{}, err
	}
	var s linePlan
	s.planRow(kind, own, f.batch.Mapping, values, "")
	f.out.Changes.addRow(Changes{}, s.changes)
	f.seq += uint64(len(s.lines))
	p := plannedRow{row: int(row), lines: s.lines, seq: f.seq - uint64(len(s.lines))}
	if own != nil {
		p.record = own.record
	}
	if own != nil && f.out.Apart {
		p.own = &own.state
	}
	return p, nil
}

// fold folds the lines of rows into their records.
func (f *foresight) fold(ctx context.Context, rows []plannedRow) (out []*foreseen, err error) {
	stored, err := f.readOwn(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, p := range rows {
		r := &foreseen{plannedRow: p, fresh: len(p.lines) > 0}
		record := p.record
		if record != "" {
			r.state = merge.State{Obs: slices.Clone(stored[record].Obs)}
			before := merge.Fold(record, &r.state, f.im.Schema)
			r.before = &before
		}
		for i, l := range p.lines {
			obs := f.observe(l, p.seq+uint64(i)+1)
			if record == "" {
				record = merge.RecordOf(obs.ID, l)
			}
			r.state.Join(record, obs)
		}
		after := merge.Fold(record, &r.state, f.im.Schema)
		r.after = &after
		out = append(out, r)
	}
	return out, nil
}

// readOwn reads the states of the rows' records; without the store, as the importer left them.
func (f *foresight) readOwn(ctx context.Context, rows []plannedRow) (map[string]merge.State, error) {
	states := map[string]merge.State{}
	var ids []string
	for _, p := range rows {
		if p.own != nil {
			states[p.record] = *p.own
		}
		if p.record != "" {
			ids = append(ids, p.record)
		}
	}
	if len(ids) == 0 || f.out.Apart {
		return states, nil
	}
	recs, err := f.im.Store.RecordsByID(ctx, ids...)
	for i := range recs {
		states[recs[i].ID] = recs[i].State
	}
	return states, err
}

// observe makes the observation of a line as if it were saved now.
func (f *foresight) observe(l *wire.Line, seq uint64) merge.Obs {
	kind, _ := f.im.Schema.Kind(l.Kind)
	var values schema.Values
	if len(l.Fields) > 0 {
		values, _ = kind.Decode(l.Fields)
	}
	l.Clock.Wall, l.Clock.Known, l.Clock.HLC = f.now, f.now, clock.HLCAt(f.now)+clock.HLC(seq)
	obs := merge.FromLine(wire.NewObsID(f.stream, seq, wire.Hash{}), l, kind, values, clock.Boot{})
	obs.Sender = merge.FromHQ()
	return obs
}

// collect is the first walk: which groups the rows share, and the records of lists that answers read whole.
func (f *foresight) collect(_ context.Context, rows []*foreseen) error {
	for _, r := range rows {
		for _, name := range r.groups() {
			f.touched.add(f.hash(name))
		}
		if f.overlay.kind == "" || !r.fresh {
			continue
		}
		rec := store.Record{ID: r.after.Record, State: r.state, Group: r.after.Group}
		if r.before == nil {
			f.overlay.created = append(f.overlay.created, rec)
		} else {
			f.overlay.changed[rec.ID] = rec
		}
	}
	return nil
}

// sortCreated puts the new records in order: the tenth id sorts before the second.
func (f *foresight) sortCreated() {
	slices.SortFunc(f.overlay.created, func(a, b store.Record) int { return cmp.Compare(a.ID, b.ID) })
}
