package imports

import (
	"context"
	"slices"

	"roadbook/schema"
)

// walkItems is walk for a table of items. The rows about one record are looked at together, at the place of the first:
// apart, each would count the record once more.
func (f *foresight) walkItems(ctx context.Context, do func(context.Context, []*foreseen) error) error {
	var rows []plannedRow
	at, place := 0, map[string]int{}
	record := func(id string, row int) *plannedRow {
		i, known := place[id]
		if !known {
			i, place[id] = len(rows), len(rows)
			rows = append(rows, plannedRow{row: row, record: id, more: -1}) // no row of the file yet
		}
		return &rows[i]
	}
	err := f.batch.rows.each(func(values schema.Values) error {
		p, err := f.plan(ctx, f.batch.rows.numbers[at], values)
		at++
		if err != nil {
			return err
		}
		owner, _ := splitOwner(f.batch.Mapping.Kind, values)
		record(owner, p.row).more++
		for _, l := range p.lines { // a row that moved has a line about each of two records
			r := record(l.Record, p.row)
			r.lines = append(r.lines, l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	seq := uint64(0)
	for i := range rows {
		rows[i].seq, seq = seq, seq+uint64(len(rows[i].lines))
	}
	for some := range slices.Chunk(rows, chunkRows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		folded, err := f.fold(ctx, some)
		if err == nil {
			f.done += len(some)
			f.progress(f.done, 2*f.out.Rows)
			err = do(ctx, folded)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
