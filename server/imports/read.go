package imports

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"roadbook/server/imports/sheet"
)

// Batch is a file checked by a mapping. It needs no database.
type Batch struct {
	File    string // its name without folders
	Digest  string // SHA-256, hex
	Mapping *Mapping
	Total   int // rows below the header, empty ones left out
	Skipped int // by the mapping's skip rules
	Faulty  int // rows with a fault
	Faults  []Fault
	Notes   []Note
	Broken  bool // the file as a whole can't be imported

	rows    rowStore // valid ones
	rejects []row
	held    int // bytes of rejects
	header  *header
	unsaid  int // faults not listed
	quiet   int // notes not listed

	form     form // how the file is written
	date1904 bool // the workbook counts days from 1904
}

// Valid is the number of rows that can be imported.
func (b *Batch) Valid() int { return b.rows.count }

// Note is a remark about a row without a fault: a time decided by a rule.
type Note struct {
	Fault
}

// Read checks a file held in memory.
func Read(m *Mapping, name string, data []byte) *Batch {
	return ReadFrom(m, name, bytes.NewReader(data), int64(len(data)))
}

// ReadFrom checks a file of size bytes, at most MaxFile, and finds every fault of every row. Memory stays below 256 MiB.
func ReadFrom(m *Mapping, name string, src io.ReaderAt, size int64) *Batch {
	return readTable(m, name, src, size, nil)
}

// readTable reads a file, for an import or for a comparison.
func readTable(m *Mapping, name string, src io.ReaderAt, size int64, compare *Comparison) *Batch {
	b := &Batch{File: baseName(name), Mapping: m, rows: rowStore{kind: m.Kind}}
	if size > frugalBytes {
		defer Frugal()()
	}
	if size > MaxFile {
		return b.addFileFault(fault(CodeUnreadable, "> 256 MiB"))
	}
	var err error
	if b.Digest, err = digestOf(src, size); err != nil {
		return b.addFileFault(fault(CodeUnreadable, err.Error()))
	}
	if m.Kind.ItemOf != "" && m.owners == nil {
		return b.addFileFault(*noTable("这个种类的行要对照库里的记录", "the rows of this kind are compared with the records of a store"))
	}
	t, how, wrong := openTable(m, src, size)
	b.form = how
	if wrong != nil {
		return b.addFileFault(*wrong)
	}
	defer t.close()
	if !b.readHeader(t) {
		return b
	}
	c := newChecker(b, t)
	if b.Broken {
		return b
	}
	if c.compare = compare; compare != nil {
		compare.begin(c)
		defer compare.end(b)
	}
	c.checkRows()
	return b
}

func baseName(name string) string {
	return printable(name[strings.LastIndexAny(name, `/\`)+1:])
}

// addFileFault notes a fault of the whole file: none of its rows can be imported.
func (b *Batch) addFileFault(f Fault) *Batch {
	b.Faults, b.Broken = append(b.Faults, f), true
	return b
}

// addRowFault notes a fault of a row that ends the reading.
func (b *Batch) addRowFault(f Fault, number int) {
	f.Row = number
	b.addFileFault(f)
}

// readHeader reads up to the header and looks for the mapping's columns.
func (b *Batch) readHeader(t table) bool {
	var before []row
	held := 0
	for {
		r, wrong := t.next()
		if wrong != nil {
			b.addFileFault(*wrong)
			return false
		}
		if r == nil || r.number > b.Mapping.header {
			b.addFileFault(fault(CodeNoHeader, b.Mapping.header))
			return false
		}
		if held += r.size(); held > maxHeld {
			b.addRowFault(fault(CodeLongRow, maxHeld), r.number)
			return false
		}
		if r.number == b.Mapping.header {
			if n := max(len(r.cells), r.width); n > sheet.MaxColumns {
				b.addRowFault(fault(CodeManyColumns, n, sheet.MaxColumns), r.number)
				return false
			}
			b.header = newHeader(b.Mapping, before, *r)
			break
		}
		before = append(before, *r)
	}
	if b.headerGarbled() || b.sawHeaderBelow(t) {
		return false
	}
	t.limit(len(b.header.names))
	if b.Mapping.strict {
		b.checkStrict()
	}
	return !b.Broken
}

// columns are all columns named in the mapping.
func (m *Mapping) columns() []string {
	out := slices.Concat(m.required, m.key.columns())
	for _, s := range m.skip {
		out = append(out, s.column)
	}
	for i := range m.fields {
		f := &m.fields[i]
		out = slices.Concat(out, f.columns, f.join, f.template.columns())
	}
	return out
}

// Preview is the result of checking a file, for people.
type Preview struct {
	File    string  `json:"file"`
	Digest  string  `json:"digest"`
	Rows    int     `json:"rows"`
	Skipped int     `json:"skipped"`
	Valid   int     `json:"valid"`
	Faulty  int     `json:"faulty"`
	Faults  []Fault `json:"faults"`

	Format    string `json:"format,omitempty"`    // csv, xlsx
	Encoding  string `json:"encoding,omitempty"`  // of CSV: utf-8, gb18030, utf-16le, utf-16be, latin-1
	Separator string `json:"separator,omitempty"` // of CSV

	Notes   []Note   `json:"notes,omitempty"`
	Changes *Changes `json:"changes,omitempty"` // a dry run against a database: the changes of an import
	Outlook *Outlook `json:"outlook,omitempty"` // of a dry run: what the import would do; of an import: which rows count
	Run     *Run     `json:"run,omitempty"`     // the import, if one was written
}

// SetOutlook adds what an import would do, or after an import which of its rows count; nil adds nothing.
func (p *Preview) SetOutlook(o *Outlook) {
	if o == nil {
		return
	}
	p.Outlook = o
	if p.Run == nil {
		p.Changes = &o.Changes
	}
}

// Preview returns the result of the check.
func (b *Batch) Preview() Preview {
	p := Preview{
		Format: b.form.format, Encoding: b.form.encoding,
		File: b.File, Digest: b.Digest, Rows: b.Total, Skipped: b.Skipped, Valid: b.Valid(), Faulty: b.Faulty,
		Faults: append([]Fault{}, b.Faults...), Notes: b.Notes,
	}
	if b.form.separator != 0 {
		p.Separator = string(b.form.separator)
	}
	return p
}

// ReadAs says in both languages how the file was read; "" if it was not.
func (b *Batch) ReadAs() string {
	switch {
	case b.form.format == "xlsx":
		return "XLSX"
	case b.form.separator == 0:
		return ""
	}
	sep := "“" + string(b.form.separator) + "”"
	if b.form.separator == '\t' {
		sep = "Tab"
	}
	return "CSV, " + strings.ToUpper(b.form.encoding) + ", " + sep
}

// Importable reports whether the batch can be written, with acceptValid its valid rows at least.
func (b *Batch) Importable(acceptValid bool) bool {
	return !b.Broken && (b.Faulty == 0 || acceptValid)
}
