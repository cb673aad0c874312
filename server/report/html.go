package report

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed sheet.gohtml
var pageText string

var pageTemplate = template.Must(template.New("sheet").Parse(pageText))

// pageData is the template's input.
type pageData struct {
	*Sheet

	Columns []column
	Lines   [][]tableCell
	State   string
	Notices []string
}

type column struct{ Percent float64 }

// tableCell is a cell with its HTML spans.
type tableCell struct {
	*Cell

	Across, Down int
}

// HTML writes a sheet as a page of its own, to be looked at and printed on A4.
func HTML(s *Sheet) ([]byte, error) {
	p := pageData{Sheet: s, Lines: make([][]tableCell, s.Rows()), State: s.Facts.lockState(), Notices: s.Facts.notices()}
	all := s.widthOf(1, len(s.ColumnWidths))
	for _, w := range s.ColumnWidths {
		p.Columns = append(p.Columns, column{100 * w / all})
	}
	for i := range s.Cells {
		c := &s.Cells[i]
		p.Lines[c.Row-1] = append(p.Lines[c.Row-1], tableCell{Cell: c, Across: c.ToCol - c.Col + 1, Down: c.ToRow - c.Row + 1})
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
