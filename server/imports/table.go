package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// MaxFile bounds a file for Read, in bytes.
const MaxFile = 256 << 20

// MaxRows bounds the rows below the header: as many as a spreadsheet has.
const MaxRows = 1 << 20

// row is a row of a table, unchanged.
type row struct {
	number int // as a spreadsheet counts, from 1
	cells  []string
	typed  []sheet.Cell // a workbook's cells, as many as cells; nil for CSV
	raw    []byte       // CSV: its bytes, for the file of rejects
	width  int          // a workbook's cells up to the last with content; cells beyond the header are left out of cells
	hidden bool
	fault  string // code of the fault that made the row unreadable; cells are then a best effort
}

// cell returns a cell's text without what nobody sees (schema/DOMAIN.md#characters); "" beyond the end of the row.
func (r *row) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return schema.CleanProse(r.cells[i])
}

// typedCell is a workbook's cell, nil for CSV.
func (r *row) typedCell(i int) *sheet.Cell {
	switch {
	case r.typed == nil:
		return nil
	case i < 0 || i >= len(r.typed):
		return &sheet.Cell{}
	}
	return &r.typed[i]
}

// blank reports a row without content of its own: cells merged with the rows above do not count.
func (r *row) blank() bool {
	if r.width > len(r.cells) {
		return false
	}
	for i := range r.cells {
		if c := r.typedCell(i); c != nil && (c.Kind == sheet.Empty || c.Merged) {
			continue
		} else if c != nil && c.Kind == sheet.NoValue || r.cell(i) != "" {
			return false
		}
	}
	return true
}

// table is a source of rows, from the first row of the file on.
type table interface {
	// next returns the rows in order, nil at the end. After a fault nothing more can be read.
	next() (*row, *Fault)
	// timeText is the text of a workbook's cell with a time or a day: spreadsheets keep these as numbers.
	timeText(c *sheet.Cell, want part) (text string, date, plain bool)
	// limit bounds the cells of further rows to the header's columns.
	limit(columns int)
	close()
}

// header is the header of a table.
type header struct {
	names  []string
	before []row // the rows above it
	row    row
	m      *Mapping
	index  map[string]int
}

func newHeader(m *Mapping, before []row, r row) *header {
	h := &header{before: before, row: r, m: m, index: map[string]int{}}
	count := map[string]int{}
	for i := range r.cells {
		name := r.cell(i)
		h.names = append(h.names, name)
		key := foldText(name)
		if key == "" {
			continue
		}
		count[key]++
		if count[key] == 1 {
			h.index[key] = i
		}
		if at := key + "#" + itoa(count[key]); h.index[at] == 0 {
			h.index[at] = i
		}
	}
	return h
}

// findColumn returns the index of a column by its name, "name#2" for the second of that name, "@C" by its letter, or
// "name|other name" for the first of these in the header.
func (h *header) findColumn(name string) (int, bool) {
	if i, ok := h.index[foldText(name)]; ok {
		return i, true
	}
	if one, others, ok := strings.Cut(name, "|"); ok {
		if i, ok := h.findColumn(one); ok {
			return i, true
		}
		return h.findColumn(others)
	}
	if letter, ok := strings.CutPrefix(name, "@"); ok {
		for i := range h.names {
			if Letter(i) == strings.ToUpper(letter) {
				return i, true
			}
		}
	}
	return -1, false
}

// locate puts a row number and the name of the column with an index into a fault.
func (h *header) locate(f Fault, number, i int) Fault {
	f.Row = number
	f.Message = schema.Text{ZH: printable(f.Message.ZH), EN: printable(f.Message.EN)}
	if i >= 0 {
		f.Column = Letter(i)
		if i < len(h.names) {
			f.Name = clip(h.names[i])
		}
	}
	return f
}

// digestOf reads all of a file.
func digestOf(src io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, io.NewSectionReader(src, 0, size))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// keyDigest stands for a source key: a million keys take 40 MB.
type keyDigest [16]byte

func digestOfKey(key string) (d keyDigest) {
	sum := sha256.Sum256([]byte(key))
	copy(d[:], sum[:])
	return d
}
