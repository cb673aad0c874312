package report

import (
	"bytes"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	tab  = "自评表"
	font = "宋体" // SimSun; without that font the program takes another font of the same kind
	a4   = 9
)

// XLSX writes a sheet as a workbook. The same sheet gives the same bytes. Numbers are numbers, all else is text,
// whatever its first character.
func XLSX(s *Sheet) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing is in passing files
	w := &workbookWriter{f: f, s: s, styles: map[styleKey]int{}}
	w.try(func() error { return f.SetSheetName("Sheet1", tab) })
	w.setColumns()
	w.writeCells()
	w.setPage()
	w.setProperties()
	if w.err != nil {
		return nil, w.err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// workbookWriter writes one workbook; the first error stays and ends the work.
type workbookWriter struct {
	f      *excelize.File
	s      *Sheet
	styles map[styleKey]int
	err    error
}

func (w *workbookWriter) try(do func() error) {
	if w.err == nil {
		w.err = do()
	}
}

func (w *workbookWriter) setColumns() {
	for i, width := range w.s.ColumnWidths {
		name := string(rune('A' + i))
		w.try(func() error { return w.f.SetColWidth(tab, name, name, width) })
	}
	for row, height := range w.s.rowHeights() {
		if row > 0 {
			w.try(func() error { return w.f.SetRowHeight(tab, row, min(height, excelize.MaxRowHeight)) })
		}
	}
}

func (w *workbookWriter) writeCells() {
	for i := range w.s.Cells {
		c := &w.s.Cells[i]
		at := c.Address()
		if c.Merged() {
			w.try(func() error { return w.f.MergeCell(tab, at, c.End()) })
		}
		style := w.style(c)
		w.try(func() error { return w.f.SetCellStyle(tab, at, c.End(), style) })
		switch {
		case c.Text == "":
		case c.Number:
			w.try(func() error { return w.f.SetCellDefault(tab, at, c.Text) })
		default:
			w.try(func() error { return w.f.SetCellStr(tab, at, c.Text) })
		}
	}
}

// setPage sets the printed page: A4 upright, one page wide, the table in the middle.
func (w *workbookWriter) setPage() {
	yes := true
	size, wide, high, upright := a4, 1, 0, "portrait"
	w.try(func() error {
		return w.f.SetSheetProps(tab, &excelize.SheetPropsOptions{FitToPage: &yes})
	})
	w.try(func() error {
		return w.f.SetPageLayout(tab, &excelize.PageLayoutOptions{Size: &size, Orientation: &upright, FitToWidth: &wide, FitToHeight: &high})
	})
	side, top, header := 0.45, 0.6, 0.3 // inches
	w.try(func() error {
		return w.f.SetPageMargins(tab, &excelize.PageLayoutMarginsOptions{
			Left: &side, Right: &side, Top: &top, Bottom: &top, Header: &header, Footer: &header, Horizontally: &yes,
		})
	})
	head := ""
	if notices := w.s.Facts.notices(); len(notices) > 0 {
		head = "&C" + strings.Join(notices, "\n")
	}
	w.try(func() error {
		return w.f.SetHeaderFooter(tab, &excelize.HeaderFooterOptions{OddHeader: head, OddFooter: "&C&P / &N&R" + w.s.Digest[:16]})
	})
	w.try(func() error {
		return w.f.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Area", Scope: tab, RefersTo: tab + "!$A$1:$" + absolute(address(w.s.Rows(), lastCol)),
		})
	})
}

// absolute makes J23 J$23.
func absolute(address string) string { return address[:1] + "$" + address[1:] }

// setProperties writes the facts as properties of the document. Its times come from the figures, not from the clock:
// the same figures give the same file.
func (w *workbookWriter) setProperties() {
	f := &w.s.Facts
	made := w.dataTime()
	w.try(func() error {
		return w.f.SetDocProps(&excelize.DocProperties{
			Title: w.s.Title, Subject: w.s.File, Creator: "roadbook", LastModifiedBy: "roadbook", Language: "zh-CN",
			Created: made, Modified: made, Description: f.asOfText() + "；" + f.basisText(), Version: f.Catalogue, Keywords: "sha256:" + w.s.Digest,
		})
	})
	w.try(func() error { return w.f.SetAppProps(&excelize.AppProperties{Application: "roadbook"}) })
	for _, p := range []excelize.CustomProperty{
		{Name: "Digest", Value: "sha256:" + w.s.Digest},
		{Name: "Catalogue", Value: f.Catalogue},
		{Name: "At", Value: f.At},
		{Name: "Cutoff", Value: f.Cutoff},
		{Name: "NotReported", Value: int32(f.NotDelivered)},
		{Name: "Reported", Value: int32(f.Delivered)},
		{Name: "Expected", Value: int32(f.Expected)},
		{Name: "Locked", Value: f.Locked},
		{Name: "Demo", Value: f.Demo},
		{Name: "ToRevise", Value: int32(f.ToRevise)},
	} {
		w.try(func() error { return w.f.SetCustomProps(p) })
	}
}

// dataTime is the data's cut-off, else the end of the figures' day, in UTC.
func (w *workbookWriter) dataTime() string {
	if t, err := time.Parse(time.RFC3339, w.s.Facts.Cutoff); err == nil {
		return t.UTC().Format(time.RFC3339)
	}
	return w.s.Facts.At + "T16:00:00Z" // 24:00 in Shanghai
}

type styleKey struct {
	style  Style
	format string
}

func (w *workbookWriter) style(c *Cell) int {
	key := styleKey{style: c.Style}
	if c.Number {
		key.format = numberFormat(c)
	}
	id, ok := w.styles[key]
	if !ok {
		w.try(func() (err error) {
			id, err = w.f.NewStyle(key.excel())
			return err
		})
		w.styles[key] = id
	}
	return id
}

// numberFormat shows a number with the decimals of its text, followed by its unit of measure.
func numberFormat(c *Cell) string {
	format := "0"
	if _, fraction, ok := strings.Cut(c.Text, "."); ok {
		format += "." + strings.Repeat("0", len(fraction))
	}
	if c.Unit != "" {
		format += `"` + strings.ReplaceAll(c.Unit, `"`, "") + `"`
	}
	return format
}

func (k styleKey) excel() *excelize.Style {
	s := &excelize.Style{
		Font:      &excelize.Font{Family: font, Size: 10.5, Bold: k.style == Head},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
	}
	if k.format != "" {
		s.CustomNumFmt = &k.format
	}
	switch k.style {
	case Head, Centre:
	case Title:
		s.Font.Size, s.Font.Bold = 18, true
	case Subtitle:
		s.Font.Size = 12
	case Left:
		s.Alignment.Horizontal = "left"
	case Sign:
		s.Alignment.Horizontal = "left"
	case Foot:
		s.Font.Size, s.Alignment.Horizontal = 8, "left"
	case Warning:
		s.Font.Bold, s.Font.Color = true, "C00000"
	}
	switch k.style {
	case Head, Centre, Left:
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
		}
	case Title, Subtitle, Sign, Foot, Warning:
	}
	return s
}
