package imports

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// xlsxTable reads one sheet of a workbook, row by row. Cells come as stored, not as shown: dates are serial numbers
// (day 1 is 1 January 1900, or the workbook's 1904 calendar), turned back by timeText.
type xlsxTable struct {
	file     *excelize.File
	rows     *excelize.Rows
	number   int
	from1904 bool
}

// Bounds of a workbook's unpacked size; a workbook is a zip archive.
const (
	maxUnzipped = 1 << 30
	maxInMemory = 16 << 20 // of one part; a larger part goes through a temporary file
)

func openXLSX(m *Mapping, data []byte) (table, *Fault) {
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		f := fault(CodeUnreadable, err.Error())
		return nil, &f
	}
	sheet := m.sheet
	if sheet == "" {
		sheet = file.GetSheetName(0)
	}
	if !slices.Contains(file.GetSheetList(), sheet) {
		_ = file.Close()
		f := fault(CodeNoSheet, sheet)
		return nil, &f
	}
	rows, err := file.Rows(sheet)
	if err != nil {
		_ = file.Close()
		f := fault(CodeUnreadable, err.Error())
		return nil, &f
	}
	props, err := file.GetWorkbookProps()
	return &xlsxTable{file: file, rows: rows, from1904: err == nil && props.Date1904 != nil && *props.Date1904}, nil
}

func (t *xlsxTable) close() {
	_ = t.rows.Close()
	_ = t.file.Close()
}

func (t *xlsxTable) next() (*row, *Fault) {
	if !t.rows.Next() {
		if err := t.rows.Error(); err != nil {
			f := fault(CodeUnreadable, err.Error())
			return nil, &f
		}
		return nil, nil
	}
	t.number++
	cells, err := t.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		f := fault(CodeUnreadable, err.Error())
		f.Row = t.number
		return nil, &f
	}
	for i := range cells {
		cells[i] = plainNumber(cells[i])
	}
	return &row{number: t.number, cells: cells}, nil
}

// plainNumber writes a stored number with a spreadsheet's precision of 15 digits: 0.1+0.2 is stored as
// 0.30000000000000004 and means 0.3. Whole numbers and texts stay unchanged.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") || len(s) > 30 || s == "" || (s[0] != '-' && (s[0] < '0' || s[0] > '9')) {
		return s
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(n) >= 1e15 {
		return s
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// Serial numbers of 1 January 1950 and of the day after 31 December 9999. Other numbers, as 2020 or 20200630, are
// more likely a year or a date in digits, and are left to the mapping's formats.
const (
	firstSerial = 18264
	endSerial   = 2958466
)

// timeText writes a serial date, time of day (below 1) or both as text; any other cell stays unchanged.
func (t *xlsxTable) timeText(cell string) string {
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n < 0 || n >= endSerial || n >= 1 && n < firstSerial || strings.ContainsAny(cell, "eEnNxX_") {
		return cell
	}
	at, err := excelize.ExcelDateToTime(n, t.from1904)
	at = at.Round(time.Second)
	switch {
	case err != nil:
		return cell
	case n < 1:
		return at.Format("15:04:05")
	case n == math.Trunc(n):
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02 15:04:05")
}

// cellErrors are a spreadsheet's texts for failed formulas.
var cellErrors = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
