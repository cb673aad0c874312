package imports

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"roadbook/server/imports/sheet"
)

// rejectsXLSX writes a workbook: above the header the rows in their old place, below it the rejects. Days are counted
// and formatted as in the imported workbook.
func (b *Batch) rejectsXLSX() ([]byte, error) {
	w := sheetWriter{file: excelize.NewFile(), name: "Sheet1", styles: map[string]int{}}
	defer func() { _ = w.file.Close() }() // in memory
	w.check(w.file.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &b.date1904}))
	if b.Mapping.sheet != "" {
		w.check(w.file.SetSheetName(w.name, b.Mapping.sheet))
		w.name = b.Mapping.sheet
	}
	for i := range b.header.before {
		w.row(b.header.before[i].number, &b.header.before[i])
	}
	w.row(b.header.row.number, &b.header.row)
	w.text(len(b.header.names), b.header.row.number, rejectColumn)
	reasons := b.reasons()
	for i := range b.rejects {
		number := b.header.row.number + 1 + i
		w.row(number, &b.rejects[i])
		w.text(max(len(b.header.names), len(b.rejects[i].cells)), number, reasons[b.rejects[i].number])
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

type sheetWriter struct {
	file   *excelize.File
	name   string
	styles map[string]int // by number format
	err    error
}

func (w *sheetWriter) check(err error) {
	if w.err == nil {
		w.err = err
	}
}

// row writes cells as they were: texts as texts, formulas among them; numbers with their format.
func (w *sheetWriter) row(number int, r *row) {
	for i := range r.typed {
		c := &r.typed[i]
		switch c.Kind {
		case sheet.Empty, sheet.NoValue:
		case sheet.Numeric, sheet.Long:
			w.number(i, number, c)
		case sheet.Bool:
			w.set(i, number, c.Text == "TRUE")
		default:
			w.text(i, number, c.Text)
		}
	}
}

// set puts a value into a cell, by its column from 0.
func (w *sheetWriter) set(column, row int, value any) (at string) {
	at, err := excelize.CoordinatesToCellName(column+1, row)
	w.check(err)
	if text, ok := value.(string); ok {
		w.check(w.file.SetCellStr(w.name, at, text))
	} else {
		w.check(w.file.SetCellValue(w.name, at, value))
	}
	return at
}

func (w *sheetWriter) text(column, row int, text string) {
	if text != "" {
		w.set(column, row, text)
	}
}

func (w *sheetWriter) number(column, row int, c *sheet.Cell) {
	n, err := strconv.ParseFloat(c.Text, 64)
	w.check(err)
	at := w.set(column, row, n)
	code := c.Format.Code
	if code == "" || code == "General" {
		return
	}
	style, known := w.styles[code]
	if !known {
		style, err = w.file.NewStyle(&excelize.Style{CustomNumFmt: &code})
		w.check(err)
		w.styles[code] = style
	}
	w.check(w.file.SetCellStyle(w.name, at, at, style))
}
