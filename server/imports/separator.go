package imports

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// separators are what tables are separated by, in the order of preference.
const separators = ",;\t|"

// wideSeparators are typed with a Chinese input method. Texts hold them too, so a table never is separated by one
// unless its mapping says so.
const wideSeparators = "，；、"

// sepLine is the first line with which Excel is told the separator.
var sepLine = regexp.MustCompile(`(?i)^"?sep=([^"\r\n])"?[\r\n]`)

// findSeparator: what the mapping says; else what Excel's line says; else the separator by which the header has most
// of the mapping's columns.
func (f *form) findSeparator(m *Mapping, src io.ReaderAt, size int64) *Fault {
	t := openCSV(m, f, src, size)
	begin, _ := t.lines.Peek(16)
	said := sepLine.FindSubmatch(begin)
	if said != nil {
		f.sepLine, _ = t.lines.ReadSlice(f.lineEnd)
		f.sepLine = bytes.Clone(f.sepLine)
	}
	switch {
	case m.separator != 0:
		f.separator = m.separator
		return nil
	case said != nil:
		f.separator = rune(said[1][0])
		return nil
	}
	f.separator = ','
	best := f.headerFit(m, src, size)
	for _, sep := range separators[1:] + wideSeparators {
		other := *f
		other.separator = sep
		if fit := other.headerFit(m, src, size); fit.better(best) {
			*f, best = other, fit
		}
	}
	if strings.ContainsRune(wideSeparators, f.separator) {
		return wideFault(f.separator, m.header)
	}
	return nil
}

func wideFault(sep rune, row int) *Fault {
	s := string(sep)
	return &Fault{Row: row, Code: CodeWideSeparator, Message: schema.Text{
		ZH: "表头用的是中文输入法的“" + s + "”：请改成半角逗号“,”，或用 Excel、WPS 做成 .xlsx；整个表都用“" + s + "”分隔的，在映射里写 separator: \"" + s + "\"",
		EN: "the header is separated by the full-width “" + s + "”: change it to “,”, or make it an .xlsx; if the whole table uses it, the mapping says separator: \"" + s + "\"",
	}}
}

// fit says how well a separator cuts the header: known columns, then cells.
type fit struct{ known, cells int }

func (a fit) better(b fit) bool {
	return a.known > b.known || a.known == b.known && a.known == 0 && b.cells == 1 && a.cells > 1
}

func (f *form) headerFit(m *Mapping, src io.ReaderAt, size int64) fit {
	t := openCSV(m, f, src, size)
	for {
		r, wrong := t.next()
		if r == nil || wrong != nil || r.number > m.header {
			return fit{}
		}
		if r.number == m.header && len(r.cells) > sheet.MaxColumns {
			return fit{0, len(r.cells)}
		}
		if r.number == m.header {
			h := newHeader(m, nil, *r)
			return fit{len(h.knownColumns()), len(h.names)}
		}
	}
}

// knownColumns are the indices of the mapping's columns in the header.
func (h *header) knownColumns() map[int]bool {
	known := map[int]bool{}
	for _, name := range h.m.columns() {
		if i, ok := h.findColumn(name); ok && !strings.HasPrefix(name, "@") {
			known[i] = true
		}
	}
	return known
}
