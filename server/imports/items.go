package imports

import (
	"context"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Rows of some kinds are items of records: a casualty is an item of its accident. Such a row names its record in a
// column, and its lines bear the record's id.

// reasonMoved is the void reason of an item whose row names another record since.
const reasonMoved = "该行改属另一记录 · the row now belongs to another record"

// subjectOf names what a line is about: a record or an item.
func subjectOf(id wire.ObsID, l *wire.Line, kind *schema.Kind) string {
	switch {
	case l.Item != "":
		return l.Item
	case kind.ItemOf != "" && l.Act == wire.Create:
		return id.String()
	}
	return merge.RecordOf(id, l)
}

// viewOf folds a state of the record, or of its item alone.
func (o *ownRecord) viewOf(s *merge.State, sch *schema.Schema) merge.View {
	v := merge.Fold(o.record, s, sch)
	if o.item == "" {
		return v
	}
	for i := range v.Items {
		if it := &v.Items[i]; it.ID.String() == o.item {
			return merge.View{Record: o.record, Kind: it.Kind, Fields: it.Fields, Void: it.Void, Least: v.Least}
		}
	}
	return merge.View{Record: o.record}
}

// ownerField is the field in which an item names its record, nil for other kinds.
func ownerField(kind *schema.Kind) *schema.Field {
	for _, f := range kind.Fields {
		if f.Owner {
			return f
		}
	}
	return nil
}

// splitOwner takes the record out of an item's values: a line bears it outside of the fields.
func splitOwner(kind *schema.Kind, values schema.Values) (record string, rest schema.Values) {
	f := ownerField(kind)
	if f == nil {
		return "", values
	}
	for _, v := range values {
		if v.Name == f.Name {
			record = v.Value.S
		} else {
			rest = append(rest, v)
		}
	}
	return record, rest
}

// Owners finds the records that a table's items belong to. It is read once, before the table.
type Owners struct {
	kind    *schema.Kind
	records map[keyDigest][]ownerRecord // by every number that names the record
}

type ownerRecord struct{ id, group string }

// ownerNames are the fields by which people name a record.
var ownerNames = []string{"platform_number", "case_number", "source_key"}

// Owners reads the names of all records that a mapping's items may belong to; none for other kinds. Two hundred bytes
// a record.
func (im *Importer) Owners(ctx context.Context, m *Mapping) (*Owners, error) {
	if m.Kind.ItemOf == "" {
		return &Owners{}, nil
	}
	kind, _ := im.Schema.Kind(m.Kind.ItemOf)
	out := &Owners{kind: kind, records: map[keyDigest][]ownerRecord{}}
	for after := ""; ; {
		recs, err := im.Store.ScanRecords(ctx, store.RecordQuery{Kind: kind.Name, After: after})
		if err != nil || len(recs) == 0 {
			return out, err
		}
		for i := range recs {
			out.add(&recs[i], im.Schema)
		}
		after = recs[len(recs)-1].ID
	}
}

func (s *Owners) add(rec *store.Record, sch *schema.Schema) {
	v := merge.Fold(rec.ID, &rec.State, sch)
	if v.Void {
		return
	}
	names := map[string]bool{foldText(rec.ID): true}
	for _, field := range ownerNames {
		if value, ok := v.Fields.Get(field); ok && value.S != "" {
			names[foldText(value.S)] = true
		}
	}
	for name := range names {
		key := digestOfKey(name)
		s.records[key] = append(s.records[key], ownerRecord{rec.ID, rec.Group})
	}
}

// NoOwners are the owners where there is no store yet.
func NoOwners(s *schema.Schema, m *Mapping) *Owners {
	kind, _ := s.Kind(m.Kind.ItemOf)
	return &Owners{kind: kind}
}

// find returns the record that a text names. Several records of one event are one: the first will do.
func (s *Owners) find(text string) (record string, wrong *Fault) {
	found := s.records[digestOfKey(foldText(text))]
	for _, r := range found {
		if r.group != found[0].group {
			return "", s.fault(CodeManyOwners, text)
		}
	}
	if len(found) == 0 {
		return "", s.fault(CodeNoOwner, text)
	}
	return found[0].id, nil
}

func (s *Owners) fault(code, text string) *Fault {
	text = clip(text)
	return &Fault{Code: code, Message: textsOf(faultTexts[code], []any{text, s.kind.Label.ZH}, []any{text, strings.ToLower(s.kind.Label.EN)})}
}

// parseOwner finds the record that an item's cell names.
func (w *rowChecker) parseOwner(f *fieldMap, text string, i int) (v schema.Value, ok bool) {
	record, wrong := w.mapping.owners.find(text)
	if wrong != nil {
		w.addFault(w.withField(*wrong, f), i)
		return v, false
	}
	return schema.Value{Type: schema.TypeRecord, S: record}, true
}

// WithOwners is the mapping for reading a table of items: ReadFrom refuses the table without.
func (m *Mapping) WithOwners(s *Owners) *Mapping {
	out := *m
	out.owners = s
	return &out
}
