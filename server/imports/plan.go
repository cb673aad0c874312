package imports

import (
	"roadbook/schema"
	"roadbook/sync/wire"
)

// Changes counts what an import does, or would do.
type Changes struct {
	Created     int `json:"created"`
	Amended     int `json:"amended"`
	Restored    int `json:"restored"` // voided by an undo before, taken back
	Unchanged   int `json:"unchanged"`
	Voided      int `json:"voided,omitempty"` // undo; rows that two imports at the same time had made twice
	Kept        int `json:"kept,omitempty"`   // undo: fields that someone else has changed since
	Quarantined int `json:"held,omitempty"`   // lines that the server keeps but does not count
}

// empty reports whether there is nothing to write.
func (c *Changes) empty() bool { return c.Created+c.Amended+c.Restored+c.Voided == 0 }

// linePlan is what an import says: lines, each without clock and catalogue.
type linePlan struct {
	lines   []*wire.Line
	changes Changes
}

func (s *linePlan) add(act wire.Act, o *ownRecord, by string, fields []byte, reason string) {
	s.lines = append(s.lines, &wire.Line{
		Kind: o.kind.Name, Act: act, Record: o.record, Seen: o.seenIDs(), Officer: by, Fields: fields, Reason: reason,
	})
}

// planImport says what the batch changes, given what the importer said before: new rows are created, changed ones amended,
// ones that an undo voided restored; the rest is left alone.
func planImport(b *Batch, p *history, by string) *linePlan {
	s := &linePlan{}
	kind := b.Mapping.Kind
	for i := range b.rows {
		it := &b.rows[i]
		o := currentRecord(p.keys[rowKey{kind.Name, it.key}])
		if o == nil {
			s.lines = append(s.lines, &wire.Line{Kind: kind.Name, Act: wire.Create, Officer: by, Fields: kind.Encode(it.values)})
			s.changes.Created++
			continue
		}
		s.addUpdate(o, b.Mapping.keepFileFields(o, it.values), by)
	}
	return s
}

// keepFileFields leaves what only tells of the file (its digest, its name, the row's number) as it was said, if the row says
// nothing new: the same row in next month's file is no change.
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

// addUpdate says what changed since the importer last spoke of the row.
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

// amendmentTo is the amendment that turns one record's values into others: whole registers, cleared where there is no
// value any more. Empty where nothing differs.
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
