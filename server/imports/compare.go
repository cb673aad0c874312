package imports

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"roadbook/schema"
)

// Comparison is another system's table about a kind, read for a comparison with the records here. Fewer columns will do than
// for an import: a row needs its identity and its moment alone, and may stand twice. Select makes an import of some rows.
type Comparison struct {
	Batch *Batch // totals and faults of the file; without rows

	kind     *schema.Kind
	lines    packedLines // the rows
	count    int
	identity []string
	columns  map[string]bool
	status   int // column with the state of the row there, -1 for none
}

// ComparedRow is a row that can be compared.
type ComparedRow struct {
	Index  int           // among the rows that can be compared, from 0
	Number int           // as a spreadsheet counts, from 1
	Values schema.Values // with the row's source key, if it has one
	Status string        // text of the column with the row's state there, "" for none
	Unread []Fault       // cells of fields beside the identity that can't be read: not compared, and in the way of an import
}

// MostCompared bounds the rows of a comparison: rows and records are in memory together.
const MostCompared = 80_000

// identities are the fields without which a row tells nothing, by kind.
var identities = map[string][]string{
	"plate":       {"occurred_at", "plate_number"},
	"enforcement": {"occurred_at"},
	"accident":    {"occurred_at"},
}

// sourceKeys tell the rows of a kind apart in the other system.
var sourceKeys = map[string]string{"enforcement": "{.document_number}", "accident": "{.platform_number}"}

// moreColumns are further headings under which other systems list a field.
var moreColumns = map[string]map[string][]string{
	"plate":       {"occurred_at": {"发放时间", "发放日期", "发牌日期", "登记日期", "办理日期"}, "unit": {"发放单位", "办理单位"}},
	"enforcement": {"occurred_at": {"违法时间", "处罚时间"}, "document_number": {"决定书编号", "文书号"}, "unit": {"执勤单位", "处理机关"}, "violation_code": {"违法行为代码"}},
	"accident":    {"occurred_at": {"事故时间", "事故发生时间"}, "platform_number": {"事故编号"}, "case_number": {"警情编号", "接警编号"}, "unit": {"办案单位", "管辖单位"}},
}

// statusColumns are the headings of the state of a row in the other system.
var statusColumns = []string{"状态", "业务状态", "办理状态", "文书状态", "status"}

// ComparisonMapping maps another system's table of a kind by the names of the kind's fields and their usual headings there. Every
// column may be missing but those of the identity; further columns are left alone. Its importer is "platform-KIND".
func ComparisonMapping(s *schema.Schema, kind string) (*Mapping, error) {
	m, err := StandardMapping(s, kind)
	if err != nil {
		return nil, err
	}
	m.Name, m.strict = "platform-"+kind, false
	if key := sourceKeys[kind]; key != "" {
		m.key, _ = parseTemplate(key, m.Kind)
	}
	for i := range m.fields {
		f := &m.fields[i]
		f.columns = append(slices.Clone(f.columns), moreColumns[kind][f.field.Name]...)
		f.optional = !slices.Contains(identities[kind], f.field.Name)
	}
	return m, nil
}

// ReadForComparison reads a file of size bytes, at most MaxFile and MostCompared rows.
func ReadForComparison(m *Mapping, name string, src io.ReaderAt, size int64) *Comparison {
	c := &Comparison{kind: m.Kind, identity: identities[m.Kind.Name], columns: map[string]bool{}, status: -1}
	c.Batch = readTable(m, name, src, size, c)
	return c
}

// Has reports whether the table says something about a field.
func (c *Comparison) Has(field string) bool { return c.columns[field] }

// begin notes the columns of the table.
func (c *Comparison) begin(of *checker) {
	for i, s := range of.fieldSources {
		c.columns[of.mapping.fields[i].field.Name] = !s.absent
	}
	for _, name := range statusColumns {
		if i, ok := of.batch.header.findColumn(name); ok && c.status < 0 {
			c.status = i
		}
	}
}

// addRow reads a row. A cell that can't be read makes a row faulty if the cell belongs to the identity.
func (c *Comparison) addRow(w *rowChecker) {
	if w.checkShape() {
		for i := range w.mapping.fields {
			w.readField(&w.mapping.fields[i], w.fieldSources[i])
		}
		w.addRemark()
		w.values.Sort()
		c.requireIdentity(w)
	}
	row := ComparedRow{Number: w.row.number}
	for _, f := range w.faults {
		if f.Field == "" || slices.Contains(c.identity, f.Field) {
			w.batch.addReject(w.row, w.faults)
			return
		}
	}
	if c.count >= MostCompared {
		return
	}
	row.Unread, row.Values = w.faults, w.values
	if key, wrong := w.mapping.Kind.Parse("source_key", w.fillTemplate(w.mapping.key)); wrong == nil && !emptyKey(key.S) {
		row.Values = row.Values.With("source_key", key)
	}
	if c.status >= 0 {
		row.Status = w.row.cell(c.status)
	}
	w.batch.addNotes(w.notes...)
	c.add(&row)
}

func (c *Comparison) requireIdentity(w *rowChecker) {
	for _, name := range c.identity {
		if _, ok := w.values.Get(name); ok || slices.ContainsFunc(w.faults, func(f Fault) bool { return f.Field == name }) {
			continue
		}
		f := fault(CodeEmpty)
		f.Field = name
		w.addFault(f, w.columnOf(name))
	}
}

// end refuses a table of too many rows.
func (c *Comparison) end(b *Batch) {
	if b.Total-b.Skipped-b.Faulty > MostCompared {
		b.addFileFault(Fault{Code: CodeManyRows, Message: schema.Text{
			ZH: "超过 " + itoa(MostCompared) + " 行，一次核对不了：请按月或按单位拆分",
			EN: "has more than " + itoa(MostCompared) + " rows, too many for one comparison: split it by month or by unit",
		}})
	}
}

// rest is a row's packed form beside its number and values.
type rest struct {
	Status string  `json:"s,omitempty"`
	Unread []Fault `json:"u,omitempty"`
}

// add packs a row: number, values and rest with tabs between, which JSON has none of.
func (c *Comparison) add(r *ComparedRow) {
	more, _ := json.Marshal(rest{r.Status, r.Unread}) // texts and numbers
	values := c.kind.Encode(r.Values)
	c.lines.add(bytes.Join([][]byte{[]byte(itoa(r.Number)), values, more}, []byte("\t")))
	c.count++
}

// Len is the number of rows that can be compared.
func (c *Comparison) Len() int { return c.count }

// Each calls do with the rows that can be compared, in order. It stops at the first error.
func (c *Comparison) Each(do func(r *ComparedRow) error) error {
	at := 0
	return c.lines.each(func(line []byte) error {
		parts := bytes.SplitN(line, []byte("\t"), 3)
		r := ComparedRow{Index: at}
		at++
		var more rest
		r.Number, _ = strconv.Atoi(string(parts[0])) // all as packed
		r.Values, _ = c.kind.Decode(parts[1])
		if err := json.Unmarshal(parts[2], &more); err != nil {
			return err
		}
		r.Status, r.Unread = more.Status, more.Unread
		return do(&r)
	})
}

// Select makes a batch of rows, ready to import, in the order of the table. unit is the unit of rows that name none, "" for none. Rows
// that can't be imported are left out, each with all its faults up to maxFaults.
func (c *Comparison) Select(chosen func(index int) bool, unit string) (*Batch, []Fault, error) {
	b := &Batch{File: c.Batch.File, Digest: c.Batch.Digest, Mapping: c.Batch.Mapping, rows: rowStore{kind: c.Batch.Mapping.Kind}}
	seen := map[keyDigest]int{}
	var wrong []Fault
	err := c.Each(func(r *ComparedRow) error {
		if !chosen(r.Index) {
			return nil
		}
		b.Total++
		values, faults := c.importable(r, unit, seen)
		if len(faults) > 0 {
			b.Skipped++
			if len(wrong) < maxFaults {
				wrong = append(wrong, faults...)
			}
			return nil
		}
		b.rows.add(values, r.Number)
		return nil
	})
	return b, wrong, err
}

// importable are a row's values for an import, or the reasons against one.
func (c *Comparison) importable(r *ComparedRow, unit string, seen map[keyDigest]int) (values schema.Values, faults []Fault) {
	k := c.Batch.Mapping.Kind
	values = r.Values
	if _, named := values.Get("unit"); !named && unit != "" {
		values = values.With("unit", schema.Value{Type: schema.TypeText, S: unit})
	}
	faults = slices.Clone(r.Unread)
	for _, wrong := range slices.Concat(k.CheckTyped(values), k.CheckCreate(values, true)) {
		if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Field == wrong.Field }) {
			faults = append(faults, Fault{Code: wrong.Code, Field: wrong.Field, Message: wrong.Message})
		}
	}
	key, ok := values.Get("source_key")
	digest := digestOfKey(key.S)
	switch {
	case !ok:
		faults = append(faults, fault(CodeNoKey))
	case seen[digest] > 0:
		faults = append(faults, fault(CodeSameKey, key.S, seen[digest]))
	default:
		seen[digest] = r.Number
	}
	for i := range faults {
		faults[i].Row = r.Number
	}
	return values, faults
}
