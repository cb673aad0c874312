package imports

import (
	"errors"
	"io"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// xlsxTable reads one sheet of a workbook, row by row.
type xlsxTable struct {
	book   *sheet.Book
	rows   *sheet.Rows
	name   string
	others []string // other sheets with content
}

func openXLSX(m *Mapping, src io.ReaderAt, size int64) (table, *Fault) {
	book, err := sheet.Open(src, size)
	if err != nil {
		return nil, unreadable(err)
	}
	info, err := book.FirstVisible()
	if m.sheet != "" {
		info, err = book.Find(m.sheet)
	}
	if err != nil {
		f := fault(CodeNoSheet, m.sheet)
		return nil, &f
	}
	t := &xlsxTable{book: book, name: info.Name}
	if m.sheet == "" {
		t.others = otherSheets(book, info)
	}
	if t.rows, err = book.Rows(info); err != nil {
		return nil, unreadable(err)
	}
	return t, nil
}

// unreadable is the fault of a workbook, in the reader's words.
func unreadable(err error) *Fault {
	text := schema.Text{ZH: err.Error(), EN: err.Error()}
	if e, ok := errors.AsType[*sheet.Error](err); ok {
		text = e.Text
	}
	f := Fault{Code: CodeUnreadable, Message: textsOf(faultTexts[CodeUnreadable], []any{text.ZH}, []any{text.EN})}
	return &f
}

// otherSheets names the other sheets with content, as many as a message holds.
func otherSheets(book *sheet.Book, read sheet.Info) (names []string) {
	const most = 5
	for _, i := range book.Sheets {
		if len(names) == most {
			return append(names, "…")
		}
		if i == read || !book.HasCells(i) {
			continue
		}
		if i.Hidden {
			i.Name += "（隐藏）"
		}
		names = append(names, i.Name)
	}
	return names
}

func (t *xlsxTable) close() { t.rows.Close() }

func (t *xlsxTable) limit(columns int) { t.rows.Limit(columns) }

func (t *xlsxTable) next() (*row, *Fault) {
	r, err := t.rows.Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err)
	}
	out := &row{number: r.Number, typed: r.Cells, cells: make([]string, len(r.Cells)), width: r.Width, hidden: r.Hidden}
	for i := range r.Cells {
		out.cells[i] = t.shown(&r.Cells[i])
	}
	return out, nil
}

// shown is a cell's text for a reader; a date is written by ISO 8601.
func (t *xlsxTable) shown(c *sheet.Cell) string {
	if text, ok := c.Shown(); ok {
		return text
	}
	if text, date, _ := t.timeText(c, shownPart); date && c.Format != nil && c.Format.Shows != sheet.Number {
		return text
	}
	return c.Text
}

// part says how much of a date is wanted.
type part int

const (
	wholeMoment part = iota
	dayPart          // of a day, the day alone
	shownPart        // what the cell shows: date and time of day stand in different cells
)

// Numbers without a date's format are dates from 1 January 1950 to 31 December 9999. Other numbers, as 2020 or
// 20200630, are more likely a year or a date in digits, and are left to the mapping's formats.
const (
	firstSerial = "18264"
	endSerial   = "2958466"
)

// timeText writes a cell's date, time of day or both. plain: its format is none of a date. Without date the cell is
// left as is.
func (t *xlsxTable) timeText(c *sheet.Cell, want part) (text string, date, plain bool) {
	if c.Kind == sheet.Date {
		return c.Text, true, false
	}
	if c.Kind != sheet.Numeric {
		return "", false, false
	}
	f := c.Format.Shows
	clock := strings.HasPrefix(c.Text, "0")
	plain = f == sheet.Number
	if f == sheet.Elapsed && !clock || plain && !clock && (sheet.Less(c.Text, firstSerial) || !sheet.Less(c.Text, endSerial)) ||
		plain && c.Text == "0" {
		return "", false, false
	}
	at, ok := t.book.Time(c.Text)
	if !ok {
		return "", false, false
	}
	midnight := at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0
	switch {
	case clock, want == shownPart && f == sheet.Clock:
		return at.Format("15:04:05"), true, plain
	case want == shownPart && f == sheet.Day, want == dayPart && (midnight || f == sheet.Day), midnight && f != sheet.Moment && f != sheet.Clock:
		return at.Format("2006-01-02"), true, plain
	}
	return at.Format("2006-01-02 15:04:05"), true, plain
}

// bookFormats read the texts of timeText where the mapping's own formats do not.
var bookFormats = map[schema.Type][]timeFormat{
	schema.TypeTime: {{text: "YYYY-MM-DD HH:mm:ss", layouts: []string{"2006-01-02 15:04:05"}}, {text: "RFC 3339", layouts: []string{"2006-01-02 15:04:05Z07:00"}, zoned: true}},
	schema.TypeDay:  {{text: "YYYY-MM-DD", layouts: []string{"2006-01-02"}}},
}
