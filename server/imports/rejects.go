package imports

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
)

// rejectColumn is the additional column of a file of rejects.
const rejectColumn = "原因 Reason"

// Latin-1 has no Chinese: only the English name fits.
const rejectColumnEN = "Reason"

// Rejects is a file of the faulty rows, in the batch's own format and encoding: all columns unchanged, and the faults
// in an additional column. Put right, the file can be imported by the same mapping.
func (b *Batch) Rejects() ([]byte, error) {
	if b.isXLSX() {
		return b.rejectsXLSX()
	}
	return b.rejectsCSV(), nil
}

// RejectsName is the name of the file of a run's rejects, beside the imported file.
func (b *Batch) RejectsName(run string) string {
	ext := path.Ext(b.File)
	return strings.TrimSuffix(b.File, ext) + ".rejects-" + run + ext
}

func (b *Batch) isXLSX() bool {
	return b.Mapping.format == "xlsx" || b.Mapping.format == "" && strings.EqualFold(path.Ext(b.File), ".xlsx")
}

// rejectsCSV copies the bytes of the rows.
func (b *Batch) rejectsCSV() []byte {
	var out bytes.Buffer
	if encodings[b.Mapping.encoding] == nil {
		out.Write(bom)
	}
	for i := range b.header.before {
		out.Write(withLineEnd(b.header.before[i].raw))
	}
	out.Write(b.withReason(&b.header.row, b.inLanguage(rejectColumn, rejectColumnEN)))
	reasons := b.reasons()
	for i := range b.rejects {
		out.Write(b.withReason(&b.rejects[i], reasons[b.rejects[i].number]))
	}
	return out.Bytes()
}

func (b *Batch) inLanguage(both, english string) string {
	if b.Mapping.encoding == "latin-1" {
		return english
	}
	return both
}

func withLineEnd(line []byte) []byte {
	return append(bytes.TrimRight(bytes.Clone(line), "\r\n"), "\r\n"...)
}

// withReason is the row unchanged with an additional cell, below a heading of its own.
func (b *Batch) withReason(r *row, reason string) []byte {
	sep := string(b.Mapping.separator)
	reason = strings.NewReplacer("\n", " ", "\r", " ").Replace(reason)
	if b.Mapping.quoted {
		reason = `"` + strings.ReplaceAll(reason, `"`, `""`) + `"`
	} else {
		reason = strings.ReplaceAll(reason, sep, " ")
	}
	tail := strings.Repeat(sep, max(len(b.header.names)-len(r.cells), 0)+1) + reason
	if e := encodings[b.Mapping.encoding]; e != nil {
		if encoded, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(tail); err == nil {
			tail = encoded
		}
	}
	return withLineEnd(append(bytes.TrimRight(bytes.Clone(r.raw), "\r\n"), tail...))
}

// reasons are the faults of each row.
func (b *Batch) reasons() map[int]string {
	out := map[int]string{}
	for _, f := range b.Faults {
		text := b.inLanguage(f.Message.ZH+" · "+f.Message.EN, f.Message.EN)
		if f.Column != "" {
			text = f.Column + ": " + text
		}
		if out[f.Row] != "" {
			text = out[f.Row] + "; " + text
		}
		out[f.Row] = text
	}
	return out
}

// rejectsXLSX writes a workbook: above the header the rows in their old place, below it the rejects.
func (b *Batch) rejectsXLSX() ([]byte, error) {
	w := sheetWriter{file: excelize.NewFile(), name: "Sheet1"}
	defer func() { _ = w.file.Close() }() // in memory
	if b.Mapping.sheet != "" {
		w.err = w.file.SetSheetName(w.name, b.Mapping.sheet)
		w.name = b.Mapping.sheet
	}
	for i := range b.header.before {
		w.row(b.header.before[i].number, b.header.before[i].cells)
	}
	w.row(b.header.row.number, b.appendReason(b.header.row.cells, rejectColumn))
	reasons := b.reasons()
	for i := range b.rejects {
		w.row(b.header.row.number+1+i, b.appendReason(b.rejects[i].cells, reasons[b.rejects[i].number]))
	}
	if w.err != nil {
		return nil, w.err
	}
	out, err := w.file.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// appendReason puts the reason behind the last column.
func (b *Batch) appendReason(cells []string, reason string) []string {
	out := slices.Clone(cells)
	for len(out) < len(b.header.names) {
		out = append(out, "")
	}
	return append(out, reason)
}

type sheetWriter struct {
	file *excelize.File
	name string
	err  error
}

// row writes cells; former numbers, dates among them, become numbers again.
func (w *sheetWriter) row(number int, cells []string) {
	for i, text := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, number)
		if err == nil && text != "" {
			var value any = text
			if n, ok := asNumber(text); ok {
				value = n
			}
			err = w.file.SetCellValue(w.name, at, value)
		}
		if err != nil && w.err == nil {
			w.err = err
		}
	}
}

// asNumber: texts in a spreadsheet's own number form were numbers, or lose nothing by becoming numbers.
func asNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && len(text) <= 15 && strconv.FormatFloat(n, 'f', -1, 64) == text
}
