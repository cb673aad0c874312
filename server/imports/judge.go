package imports

import (
	"slices"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
)

// judge turns rows into what they say, or into their faults.
type judge struct {
	b        *Batch
	m        *Mapping
	table    table
	index    map[string]int // of every column that the mapping names and the header has
	sources  []origin       // where each of the mapping's fields comes from in this table
	seen     map[string]int // source key → row
	file     map[string]string
	mustHave []int
}

// origin is where a field's text is in the table: cells, or none.
type origin struct {
	cells  []int
	absent bool // an optional column that is not there
}

// newJudge looks up all columns; one that is missing breaks the batch.
func newJudge(b *Batch, t table) *judge {
	j := &judge{
		b: b, m: b.Mapping, table: t, index: map[string]int{}, seen: map[string]int{},
		file: map[string]string{"digest": b.Digest, "file": b.File},
	}
	for i := range j.m.fields {
		j.sources = append(j.sources, j.origin(&j.m.fields[i]))
	}
	for _, name := range j.m.key.columns() {
		j.need(name)
	}
	for _, s := range j.m.skip {
		j.need(s.column)
	}
	for _, name := range j.m.required {
		j.mustHave = append(j.mustHave, j.need(name))
	}
	return j
}

// need finds a column that must be there.
func (j *judge) need(name string) int {
	i, ok := j.b.head.find(name)
	if _, known := j.index[name]; !ok && !known {
		f := fault(CodeNoColumn, name)
		f.Row, f.Name = j.m.header, name
		j.b.broken(f)
	}
	j.index[name] = i
	return i
}

func (j *judge) origin(f *fieldMap) (s origin) {
	for _, name := range f.columns {
		if i, ok := j.b.head.find(name); ok {
			return origin{cells: []int{i}}
		}
	}
	if len(f.columns) > 0 {
		if !f.optional {
			j.need(strings.Join(f.columns, " / "))
		}
		return origin{absent: true}
	}
	for _, name := range append(slices.Clone(f.join), f.template.columns()...) {
		if i, ok := j.b.head.find(name); !ok && f.optional {
			s.absent = true
		} else if !ok {
			j.need(name)
		} else {
			j.index[name] = i
			s.cells = append(s.cells, i)
		}
	}
	return s
}

// take judges one row and adds it to the batch.
func (j *judge) take(r *row) {
	if r.fault == "" && r.blank() {
		return
	}
	j.b.Total++
	if j.skips(r) {
		j.b.Skipped++
		return
	}
	w := reading{judge: j, row: r}
	w.all()
	if len(w.faults) > 0 {
		j.b.Faulty++
		j.b.Faults = append(j.b.Faults, w.faults...)
		j.b.rejects = append(j.b.rejects, *r)
		return
	}
	j.b.Notes = append(j.b.Notes, w.notes...)
	j.b.rows = append(j.b.rows, item{r.number, w.key, w.values})
}

func (j *judge) skips(r *row) bool {
	for _, s := range j.m.skip {
		text := r.cell(j.index[s.column])
		if s.empty && text == "" || s.matches != nil && s.matches.MatchString(text) ||
			slices.ContainsFunc(s.equals, func(e string) bool { return fold(e) == fold(text) }) {
			return true
		}
	}
	return false
}

// reading is one row being judged.
type reading struct {
	*judge
	row    *row
	values schema.Values
	left   []string // texts of the source that stand for no value here, for the remark
	key    string
	faults []Fault
	notes  []Note
}

// fault notes what is wrong with a cell, or with the row (-1); once, though two fields come from the cell.
func (w *reading) fault(f Fault, i int) {
	f = w.b.head.at(f, w.row.number, i)
	if !slices.ContainsFunc(w.faults, func(o Fault) bool { return i >= 0 && o.Column == f.Column && o.Code == f.Code }) {
		w.faults = append(w.faults, f)
	}
}

func (w *reading) all() {
	if !w.whole() {
		return
	}
	for i := range w.m.fields {
		w.field(&w.m.fields[i], w.sources[i])
	}
	w.remark()
	w.values.Sort()
	w.sourceKey()
	w.check()
}

// whole looks at the row before its fields: one that can't be read has no other faults.
func (w *reading) whole() bool {
	if w.row.fault != "" {
		w.fault(fault(w.row.fault), -1)
		return false
	}
	if n := len(w.b.head.names); len(w.row.cells) > n && !blankFrom(w.row, n) {
		w.fault(fault(CodeTooWide, len(w.row.cells), n), -1)
		return false
	}
	for _, i := range w.mustHave {
		if w.row.cell(i) == "" {
			w.fault(fault(CodeEmpty), i)
		}
	}
	return true
}

func blankFrom(r *row, n int) bool {
	for i := n; i < len(r.cells); i++ {
		if r.cell(i) != "" {
			return false
		}
	}
	return true
}

// field reads one field of the row into the values.
func (w *reading) field(f *fieldMap, s origin) {
	if !w.sound(s.cells, f.field.Name) {
		return
	}
	text := w.text(f, s)
	first := -1
	if len(s.cells) > 0 {
		first = s.cells[0]
	}
	if text == "" && f.empty != nil {
		text = *f.empty
	} else if f.values != nil && text != "" {
		var known bool
		if text, known = w.translate(f, text, first); !known {
			return
		}
	}
	if text == "" {
		return
	}
	if v, ok := w.parse(f, text, first); ok && !v.IsZero() {
		w.values = append(w.values, schema.Named{Name: f.field.Name, Value: v})
	}
}

// sound refuses cells that hold no text of the source's: broken bytes, a spreadsheet's errors.
func (w *reading) sound(cells []int, field string) bool {
	ok := true
	for _, i := range cells {
		text := w.row.cell(i)
		var wrong Fault
		switch {
		case strings.ContainsRune(text, utf8.RuneError):
			wrong = fault(CodeEncoding, w.m.encoding)
		case slices.Contains(cellErrors, text):
			wrong = fault(CodeCell, text)
		default:
			continue
		}
		wrong.Field, ok = field, false
		w.fault(wrong, i)
	}
	return ok
}

func (w *reading) text(f *fieldMap, s origin) string {
	switch {
	case s.absent:
		return ""
	case f.constant != nil:
		return *f.constant
	case f.template != nil:
		return w.fill(f.template)
	case len(f.join) > 0:
		var texts []string
		for _, i := range s.cells {
			if text := w.moment(f, i); text != "" {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, f.with)
	}
	return w.moment(f, s.cells[0])
}

// moment is the text of a cell; a number may be a spreadsheet's date where the field is a time or a day.
func (w *reading) moment(f *fieldMap, i int) string {
	if len(f.layouts) > 0 {
		return w.table.moment(w.row.cell(i))
	}
	return w.row.cell(i)
}

// fill writes a template; places without a value leave nothing.
func (w *reading) fill(t template) string {
	var b strings.Builder
	for _, p := range t {
		switch {
		case p.column != "":
			b.WriteString(w.row.cell(w.index[p.column]))
		case p.field != "":
			if v, ok := w.values.Get(p.field); ok {
				b.WriteString(strings.Trim(string(schema.AppendJSON(nil, v)), `"`))
			}
		case p.file == "row":
			b.WriteString(itoa(w.row.number))
		case p.file != "":
			b.WriteString(w.file[p.file])
		default:
			b.WriteString(p.text)
		}
	}
	return strings.TrimSpace(b.String())
}

// translate looks a text up in the field's values. known is false where nothing is to be read: the source's text has
// no counterpart, and is a fault or goes into the remark.
func (w *reading) translate(f *fieldMap, text string, i int) (out string, known bool) {
	if to, ok := f.values[fold(text)]; ok {
		if to == nil {
			return "", false
		}
		return *to, true
	}
	switch f.unmapped {
	case "keep":
		return text, true
	case "value":
		w.leave(text, i)
		return f.other, true
	case "leave":
		w.leave(text, i)
		return "", false
	}
	w.fault(w.named(fault(CodeUnmapped, text), f), i)
	return "", false
}

// leave keeps a text of the source that has no counterpart: it is said in the remark.
func (w *reading) leave(text string, i int) {
	name := ""
	if i >= 0 {
		name = w.b.head.names[i] + "="
	}
	w.left = append(w.left, name+text)
}

func (w *reading) named(f Fault, of *fieldMap) Fault {
	f.Field = of.field.Name
	return f
}
