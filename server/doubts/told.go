package doubts

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Position is a device's position among the changes of its doubts. The zero Position is before the first change.
type Position struct {
	Epoch string `json:"e,omitempty"` // of the rows
	At    string `json:"a,omitempty"` // round and record of the last change told
}

// Bounds of one answer: number of records, and bytes that end an answer.
const (
	toldRecords = 200
	toldBytes   = 256 << 10
)

// Changes are records of a device with changed doubts.
type Changes struct {
	Records []wire.RecordDoubts
	Anew    bool // the rows began anew: the device forgets all doubts told before
	More    bool
}

// Changes tells a device of a unit the records with doubts changed behind its position, and moves the position.
func (r *Reader) Changes(ctx context.Context, device, unit string, at *Position) (out Changes, err error) {
	st, err := r.state(ctx)
	if err != nil || st == nil {
		return out, err
	}
	if at.Epoch != st.Epoch {
		out.Anew = at.Epoch != ""
		*at = Position{Epoch: st.Epoch}
	}
	prefix := deviceRows + part(device) + "/"
	after := ""
	if at.At != "" {
		after = prefix + at.At
	}
	rows, err := r.Store.ScanSide(ctx, prefix, after, toldRecords)
	if err != nil {
		return out, err
	}
	out.More = len(rows) == toldRecords
	end := prefix + roundText(st.Round) + "0"                                                   // "0" comes behind "/"
	if n := slices.IndexFunc(rows, func(s store.SideRow) bool { return s.Key > end }); n >= 0 { // of a round under way
		rows, out.More = rows[:n], false
	}
	byRecord, err := r.rowsOf(ctx, rows)
	if err != nil {
		return out, err
	}
	bytes := 0
	for i := range rows {
		if bytes >= toldBytes {
			out.More = true
			return out, nil
		}
		id := recordAt(rows[i].Key)
		at.At = strings.TrimPrefix(rows[i].Key, prefix)
		row := byRecord[id]
		if row != nil && deviceKey(device, row.Round, id) != rows[i].Key {
			continue // left over: the change is told at the row of the record's round
		}
		told := r.forDevice(id, row, device, unit)
		size, _ := json.Marshal(told) // plain structs
		bytes += len(size)
		out.Records = append(out.Records, told)
	}
	return out, nil
}

// rowsOf reads the records' rows at a device's rows, by record.
func (r *Reader) rowsOf(ctx context.Context, rows []store.SideRow) (map[string]*row, error) {
	keys := make([]string, len(rows))
	for i := range rows {
		keys[i] = recordRows + recordAt(rows[i].Key)
	}
	stored, err := r.Store.SideRows(ctx, keys...)
	out := map[string]*row{}
	for i := range stored {
		out[recordAt(stored[i].Key)] = decodeRow(stored[i].Data)
	}
	return out, err
}

// forDevice is a record's doubts for a device of a unit. About another unit's record the device learns its
// existence and no more.
func (r *Reader) forDevice(id string, stored *row, device, unit string) wire.RecordDoubts {
	out := wire.RecordDoubts{Record: id}
	if stored == nil {
		return out
	}
	for i := range stored.Doubts {
		t := &stored.Doubts[i]
		d := wire.Doubt{Code: t.Code, Item: t.Item, Value: t.Value, Seen: t.Seen, Words: t.Words}
		if t.Unit != "" && t.Unit == unit || t.Unit == "" && strings.HasPrefix(t.Other, device+".") {
			d.Other, d.Day = t.Other, t.Day
		}
		if rule, known := r.Schema.Doubt(t.Code); known {
			d.Field = rule.Field
		}
		out.Doubts = append(out.Doubts, d)
	}
	return out
}
