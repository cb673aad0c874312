package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxWorkbook bounds a workbook for CheckDigest, in bytes, packed and unpacked.
const maxWorkbook = 16 << 20

// CheckDigest reads a workbook made by XLSX, maybe saved again by another program, and returns the digest printed at
// its foot ("" = none) and the digest of its present cells. If the two differ, a cell was changed.
func CheckDigest(xlsx []byte) (printed, computed string, err error) {
	cells, err := readCells(xlsx)
	if err != nil {
		return "", "", badRequest("不是本程序导出的工作簿："+err.Error(), "not a workbook that this program made: "+err.Error())
	}
	last := lastRow(cells)
	for i := range cells {
		if rest, ok := strings.CutPrefix(cells[i].Text, digestMark); ok && cells[i].Row == last && len(rest) >= 64 {
			printed = rest[:64]
		}
	}
	return printed, digestOf(cells), nil
}

// readCells reads the cells with a text of a workbook's first sheet.
func readCells(xlsx []byte) ([]Cell, error) {
	f, err := excelize.OpenReader(bytes.NewReader(xlsx), excelize.Options{UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxWorkbook, RawCellValue: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing is in passing files
	name := f.GetSheetName(0)
	rows, err := f.GetRows(name)
	if err != nil {
		return nil, err
	}
	merged, err := f.GetMergeCells(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{}
	for r, row := range rows {
		for c, text := range row {
			if text == "" {
				continue
			}
			cell := Cell{Row: r + 1, Col: c + 1, ToRow: r + 1, ToCol: c + 1, Text: text}
			if err := readNumberFormat(f, name, &cell); err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(merged, func(m excelize.MergeCell) bool { return m.GetStartAxis() == cell.Address() }); i >= 0 {
				if cell.ToCol, cell.ToRow, err = excelize.CellNameToCoordinates(merged[i].GetEndAxis()); err != nil {
					return nil, err
				}
			}
			s.Cells = append(s.Cells, cell)
		}
	}
	return s.Cells, nil
}

// readNumberFormat finds out whether a cell is a number, and the unit of measure in its format.
func readNumberFormat(f *excelize.File, sheet string, c *Cell) error {
	kind, err := f.GetCellType(sheet, c.Address())
	if err != nil {
		return err
	}
	if kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		return nil
	}
	c.Number = true
	id, err := f.GetCellStyle(sheet, c.Address())
	if err != nil {
		return err
	}
	style, err := f.GetStyle(id)
	if err != nil || style.CustomNumFmt == nil {
		return err
	}
	_, unit, _ := strings.Cut(*style.CustomNumFmt, `"`)
	c.Unit = strings.TrimSuffix(unit, `"`)
	return nil
}
