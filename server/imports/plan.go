package imports

import (
	"context"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// Changes counts the changes of an import, made or planned.
type Changes struct {
	Created     int `json:"created"`
	Amended     int `json:"amended"`
	Restored    int `json:"restored"` // voided by an earlier undo, now restored
	Unchanged   int `json:"unchanged"`
	Voided      int `json:"voided,omitempty"` // by an undo; or duplicates from two imports at the same time
	Kept        int `json:"kept,omitempty"`   // undo: fields amended by other streams since
	Quarantined int `json:"held,omitempty"`   // lines kept but not counted by the server
}

// empty reports whether there is nothing to write.
func (c *Changes) empty() bool { return c.Created+c.Amended+c.Restored+c.Voided == 0 }

// linePlan holds the lines of an import, each without clock and catalogue.
type linePlan struct {
	lines   []*wire.Line
	changes Changes
}

func (s *linePlan) add(act wire.Act, o *ownRecord, by string, fields []byte, reason string) {
	s.lines = append(s.lines, &wire.Line{
		Kind: o.kind.Name, Act: act, Record: o.record, Item: o.item, Seen: o.seenIDs(), Officer: by, Fields: fields, Reason: reason,
	})
}

// planImport plans the lines for a batch, given the importer's history: new rows are created, changed rows amended,
// rows voided by an undo restored; the rest is left alone. Lines of rows are written by importLines.
func planImport(ctx context.Context, b *Batch, p *history) (changes Changes, err error) {
	err = b.importLines(ctx, p, "", func(*linePlan) error { return nil }, &changes)
	return changes, err
}

// importLines calls send with the lines of a frame's worth of rows at a time, and adds up the changes.
func (b *Batch) importLines(ctx context.Context, p *history, by string, send func(*linePlan) error, changes *Changes) error {
	s := &linePlan{}
	kind := b.Mapping.Kind
	flush := func() error {
		err := send(s)
		s.lines, s.changes = nil, Changes{}
		return err
	}
	err := b.rows.each(func(values schema.Values) error {
		value, _ := values.Get("source_key")
		key := rowKey{kind.Name, value.S}.name()
		if p.isUnchanged(key, b.Mapping.digest(splitOwner(kind, values))) {
			changes.Unchanged++
			return nil
		}
		o, _, err := p.find(ctx, key)
		if err != nil {
			return err
		}
		before := s.changes
		s.planRow(kind, o, b.Mapping, values, by)
		changes.addRow(before, s.changes)
		if len(s.lines) < frameLines {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// planRow plans the lines of one row; o is the row's record, nil for none.
func (s *linePlan) planRow(kind *schema.Kind, o *ownRecord, m *Mapping, values schema.Values, by string) {
	record, values := splitOwner(kind, values)
	if o != nil && o.item != "" && o.record != record { // the row now names another record
		if !o.view.Void {
			s.addVoids([]*ownRecord{o}, by, reasonMoved)
		}
		o = nil
	}
	if o != nil {
		s.addUpdate(o, m.keepFileFields(o, values), by)
		return
	}
	s.lines = append(s.lines, &wire.Line{Kind: kind.Name, Act: wire.Create, Record: record, Officer: by, Fields: kind.Encode(values)})
	s.changes.Created++
}

// addRow adds the changes planned for a row.
func (c *Changes) addRow(before, after Changes) {
	c.Created += after.Created - before.Created
	c.Amended += after.Amended - before.Amended
	c.Restored += after.Restored - before.Restored
	c.Unchanged += after.Unchanged - before.Unchanged
	c.Voided += after.Voided - before.Voided
}

// keepFileFields keeps the former values of fields about the file (its digest, its name, the row's number) if the row
// is otherwise unchanged: the same row in next month's file is no change.
func (m *Mapping) keepFileFields(o *ownRecord, values schema.Values) schema.Values {
	as := values
	for i := range m.fields {
		f := &m.fields[i]
		if v, said := o.view.Fields.Get(f.field.Name); said && f.template.isFileOnly() {
			as = as.With(f.field.Name, v)
		}
	}
	if len(amendmentTo(o.kind, o.view.Fields, as)) > 0 {
		return values
	}
	return as
}

// addUpdate plans the changes since the importer's last values for the row.
func (s *linePlan) addUpdate(o *ownRecord, values schema.Values, by string) {
	amend := amendmentTo(o.kind, o.view.Fields, values)
	if o.view.Void {
		s.add(wire.Restore, o, by, nil, "")
		s.changes.Restored++
	}
	if len(amend) > 0 {
		s.add(wire.Amend, o, by, o.kind.Encode(amend), "")
		s.changes.Amended++
	} else if !o.view.Void {
		s.changes.Unchanged++
	}
}

// amendmentTo is the amendment from old to new values of a record: whole registers; a register without a new value is
// cleared. Without a difference the amendment is empty.
func amendmentTo(kind *schema.Kind, from, to schema.Values) (amend schema.Values) {
	for _, register := range kind.Registers {
		if !differs(register, from, to) {
			continue
		}
		for _, name := range register {
			v, _ := to.Get(name)
			amend = append(amend, schema.Named{Name: name, Value: v})
		}
	}
	amend.Sort()
	return amend
}

func differs(register []string, a, b schema.Values) bool {
	for _, name := range register {
		x, _ := a.Get(name)
		y, _ := b.Get(name)
		if x != y {
			return true
		}
	}
	return false
}
