package imports

import (
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// checker turns rows into values, or into faults.
type checker struct {
	batch        *Batch
	mapping      *Mapping
	table        table
	index        map[string]int      // index of every column in both mapping and header
	fieldSources []fieldSource       // for each of the mapping's fields, its source in this table
	rowOfKey     map[keyDigest]int32 // source key → row
	fileFacts    map[string]string
	mustHave     []int
	tallies      []*noted
	compare      *Comparison // takes the rows of a comparison; nil: an import
}

// fieldSource is the place of a field's text in the table: cells, or none.
type fieldSource struct {
	cells  []int
	absent bool // an optional column is missing
}

// newChecker looks up all columns; a missing column breaks the batch.
func newChecker(b *Batch, t table) *checker {
	c := &checker{
		batch: b, mapping: b.Mapping, table: t, index: map[string]int{}, rowOfKey: map[keyDigest]int32{},
		fileFacts: map[string]string{"digest": b.Digest, "file": b.File},
	}
	for i := range c.mapping.fields {
		c.fieldSources = append(c.fieldSources, c.sourceOf(&c.mapping.fields[i]))
	}
	for _, name := range c.mapping.key.columns() {
		c.requireColumn(name)
	}
	for _, s := range c.mapping.skip {
		c.requireColumn(s.column)
	}
	for _, name := range c.mapping.required {
		c.mustHave = append(c.mustHave, c.requireColumn(name))
	}
	return c
}

// requireColumn finds a column; a missing column is a fault of the file.
func (c *checker) requireColumn(name string) int {
	i, ok := c.batch.header.findColumn(name)
	if _, known := c.index[name]; !ok && !known {
		f := fault(CodeNoColumn, name)
		f.Row, f.Name = c.mapping.header, name
		c.batch.addFileFault(f)
	}
	c.index[name] = i
	return i
}

func (c *checker) sourceOf(f *fieldMap) (s fieldSource) {
	for _, name := range f.columns {
		if i, ok := c.batch.header.findColumn(name); ok {
			c.noteBareLabel(f.field, name, i)
			return fieldSource{cells: []int{i}}
		}
	}
	if len(f.columns) > 0 {
		if !f.optional {
			c.requireColumn(strings.Join(f.columns, " / "))
		}
		return fieldSource{absent: true}
	}
	for _, name := range append(slices.Clone(f.join), f.template.columns()...) {
		if i, ok := c.batch.header.findColumn(name); !ok && f.optional {
			s.absent = true
		} else if !ok {
			c.requireColumn(name)
		} else {
			c.index[name] = i
			s.cells = append(s.cells, i)
		}
	}
	return s
}

// noteBareLabel tells in which unit of measure a column is read if the header does not say so.
func (c *checker) noteBareLabel(f *schema.Field, name string, i int) {
	if bare := f.BareLabels(); bare.ZH == "" || name != bare.ZH && name != bare.EN {
		return
	}
	read := Fault{Code: CodeBareLabel, Field: f.Name, Message: schema.Text{ZH: "按“" + f.Label.ZH + "”读", EN: "is read as “" + f.Label.EN + "”"}}
	c.batch.addNotes(Note{c.batch.header.locate(read, c.mapping.header, i)})
}

// checkRows checks the rows below the header.
func (c *checker) checkRows() {
	for {
		r, wrong := c.table.next()
		if wrong != nil {
			c.batch.addFileFault(*wrong)
			break
		}
		if r == nil {
			break
		}
		if c.checkRow(r); c.batch.Total > MaxRows {
			c.batch.addRowFault(fault(CodeManyRows, MaxRows), r.number)
			break
		}
	}
	if c.batch.Total == 0 && !c.batch.Broken {
		c.batch.addFileFault(fault(CodeNoRows))
	}
	c.noteSheet()
	c.batch.sayRest()
}

// checkRow checks one row and adds it to the batch.
func (c *checker) checkRow(r *row) {
	if r.fault == "" && r.blank() {
		return
	}
	c.batch.Total++
	if c.skips(r) {
		c.batch.Skipped++
		return
	}
	if r.hidden {
		c.tally(CodeHiddenRow, -1, r.number, "")
	}
	w := rowChecker{checker: c, row: r}
	if c.compare != nil {
		c.compare.addRow(&w)
		return
	}
	w.checkAll()
	if len(w.faults) > 0 {
		c.batch.addReject(r, w.faults)
		return
	}
	c.batch.addNotes(w.notes...)
	c.batch.rows.add(w.values, r.number)
}

func (c *checker) skips(r *row) bool {
	for _, s := range c.mapping.skip {
		text := r.cell(c.index[s.column])
		if s.empty && text == "" || s.matches != nil && s.matches.MatchString(text) ||
			slices.ContainsFunc(s.equals, func(e string) bool { return foldText(e) == foldText(text) }) {
			return true
		}
	}
	return false
}

// rowChecker checks one row.
type rowChecker struct {
	*checker
	row          *row
	values       schema.Values
	fromDate     bool     // the field's text was made of a workbook's date
	untranslated []string // source texts without a value here, for the remark
	faults       []Fault
	notes        []Note
}

// addFault notes a fault of a cell, or of the row (-1); only once, though two fields may share the cell.
func (w *rowChecker) addFault(f Fault, i int) {
	f = w.batch.header.locate(f, w.row.number, i)
	if !slices.ContainsFunc(w.faults, func(o Fault) bool { return i >= 0 && o.Column == f.Column && o.Code == f.Code }) {
		w.faults = append(w.faults, f)
	}
}

func (w *rowChecker) checkAll() {
	if !w.checkShape() {
		return
	}
	for i := range w.mapping.fields {
		w.readField(&w.mapping.fields[i], w.fieldSources[i])
	}
	w.addRemark()
	w.values.Sort()
	w.readSourceKey()
	w.checkRules()
}

// checkShape checks the row before its fields: an unreadable row has no other faults.
func (w *rowChecker) checkShape() bool {
	if w.row.fault != "" {
		w.addFault(fault(w.row.fault), -1)
		return false
	}
	if n := len(w.batch.header.names); w.row.width > n || len(w.row.cells) > n && !blankFrom(w.row, n) {
		w.addFault(fault(CodeTooWide, max(w.row.width, len(w.row.cells)), n), -1)
		return false
	}
	for _, i := range w.mustHave {
		if c := w.row.typedCell(i); w.row.cell(i) == "" && (c == nil || c.Kind == sheet.Empty) {
			w.addFault(fault(CodeEmpty), i)
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

// readField reads one field of the row into the values.
func (w *rowChecker) readField(f *fieldMap, s fieldSource) {
	if !w.checkCells(s.cells, f.field.Name, f.use()) {
		return
	}
	w.fromDate = false
	text := w.fieldText(f, s)
	first := -1
	if len(s.cells) > 0 {
		first = s.cells[0]
	}
	if text == "" && f.empty != nil {
		text = *f.empty
	} else if f.values != nil && text != "" {
		var known bool
		if text, known = w.mapValue(f, text, first); !known {
			return
		}
	}
	if text == "" {
		return
	}
	if v, ok := w.parseField(f, text, first); ok && !v.IsZero() {
		w.values = append(w.values, schema.Named{Name: f.field.Name, Value: v})
	}
}

// fillTemplate writes a template; placeholders without a value leave nothing.
func (w *rowChecker) fillTemplate(t template) string {
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
			b.WriteString(w.fileFacts[p.file])
		default:
			b.WriteString(p.text)
		}
	}
	return strings.TrimSpace(b.String())
}

// mapValue looks a text up in the field's values. known is false if there is nothing to read: a text without
// counterpart is a fault or goes into the remark.
func (w *rowChecker) mapValue(f *fieldMap, text string, i int) (out string, known bool) {
	if to, ok := f.values[foldText(text)]; ok {
		if to == nil {
			return "", false
		}
		return *to, true
	}
	switch f.unmapped {
	case "keep":
		return text, true
	case "value":
		w.keepForRemark(text, i)
		return f.unmappedTo, true
	case "leave":
		w.keepForRemark(text, i)
		return "", false
	}
	w.addFault(w.withField(fault(CodeUnmapped, text), f), i)
	return "", false
}

// keepForRemark keeps a source text without counterpart for the remark.
func (w *rowChecker) keepForRemark(text string, i int) {
	name := ""
	if i >= 0 {
		name = w.batch.header.names[i] + "="
	}
	w.untranslated = append(w.untranslated, name+text)
}

func (w *rowChecker) withField(f Fault, of *fieldMap) Fault {
	f.Field = of.field.Name
	return f
}
