package sheet

import (
	"io"
	"strconv"
)

// Row is a row of a worksheet that holds something or is said to be there.
type Row struct {
	Number int // from 1
	Hidden bool
	Cells  []Cell // the first, at most the limit of Rows.Limit
	Width  int    // number of cells up to the last with content, be it beyond the limit
}

// Rows reads a worksheet.
type Rows struct {
	HiddenColumns []int // from 0

	book   *Book
	s      *scanner
	closer io.Closer
	limit  int
	number int // of the last row
	text   int // bytes of the row's cells so far
	cell   rawCell
	merged merges
	done   bool
}

// Rows opens a worksheet. The sheet is read once to find the merged areas, which stand behind the rows.
func (b *Book) Rows(i Info) (*Rows, error) {
	r := &Rows{book: b, limit: MaxColumns}
	if err := r.look(i.part); err != nil {
		return nil, wrapped(err)
	}
	var err error
	r.s, r.closer, err = b.part(i.part, maxSheet)
	return r, wrapped(err)
}

// Limit bounds the cells returned of each further row: the columns below the header.
func (r *Rows) Limit(columns int) { r.limit = min(columns, MaxColumns) }

// Close ends the reading.
func (r *Rows) Close() { _ = r.closer.Close() }

// look finds hidden columns and merged areas.
func (r *Rows) look(part string) error {
	s, closer, err := r.book.part(part, maxSheet)
	if err != nil {
		return err
	}
	defer closer.Close()
	err = s.each(func(name string) error {
		switch name {
		case "sheetData":
			return s.skip()
		case "col":
			if isTrue(s.attr("hidden")) {
				r.hideColumns(s.attr("min"), s.attr("max"))
			}
		case "mergeCell":
			return r.merged.add(s.attr("ref"))
		}
		return nil
	})
	r.merged.sort()
	return err
}

func (r *Rows) hideColumns(from, to string) {
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	for i := max(first, 1); i <= min(last, MaxColumns) && len(r.HiddenColumns) < MaxColumns; i++ {
		r.HiddenColumns = append(r.HiddenColumns, i-1)
	}
}

// Next returns the next row, io.EOF behind the last. Its cells are the caller's. The error is an *Error.
func (r *Rows) Next() (*Row, error) {
	row, err := r.next()
	if err == io.EOF { //nolint:errorlint // io.EOF itself, by the contract of a reader
		return nil, io.EOF
	}
	return row, wrapped(err)
}

func (r *Rows) next() (*Row, error) {
	for !r.done {
		ev, err := r.s.next()
		if err != nil {
			return nil, err
		}
		switch {
		case ev == evEOF:
			r.done = true
		case ev == evStart && string(r.s.name) == "row" && r.s.depth == 3:
			return r.readRow()
		}
	}
	return nil, io.EOF
}

func (r *Rows) readRow() (*Row, error) {
	row := &Row{Number: r.number + 1, Hidden: isTrue(r.s.attr("hidden"))}
	if text := r.s.attr("r"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n <= r.number {
			return nil, refuse("第 %d 行之后的行号不对", "the number of the row after row %d is wrong", r.number)
		}
		row.Number = n
	}
	if row.Number > maxRow {
		return nil, refuse("行数超过 %d", "there are more than %d rows", maxRow)
	}
	r.number, r.text = row.Number, 0
	depth := r.s.depth
	r.cell.column = -1
	for {
		ev, err := r.s.next()
		switch {
		case err != nil:
			return nil, err
		case ev == evStart && string(r.s.name) == "c":
			if err := r.readCell(row); err != nil {
				return nil, err
			}
		case ev == evEnd && r.s.depth < depth:
			r.merged.fill(row, r.limit)
			return row, nil
		}
	}
}

// readCell reads the cell just started into the row.
func (r *Rows) readCell(row *Row) error {
	c := &r.cell
	column := c.column + 1
	if ref := r.s.attr("r"); ref != "" {
		at, number, ok := parseRef(ref)
		if !ok || at < column || number != row.Number {
			return refuse("第 %d 行的单元格位置“%s”不对", "row %d has a cell at the wrong place “%s”", row.Number, clip(ref))
		}
		column = at
	}
	if column >= maxColumn {
		return refuse("列数超过 %d", "there are more than %d columns", maxColumn)
	}
	*c = rawCell{column: column, kind: r.s.attr("t"), style: r.s.attr("s"), value: c.value[:0], inline: c.inline[:0]}
	if err := r.readContent(c); err != nil {
		return err
	}
	cell, err := r.book.cell(c)
	if err != nil || cell.Kind == Empty {
		return err
	}
	row.Width = column + 1
	if column < r.limit {
		if r.text += len(cell.Text); r.text > maxRowText {
			return refuse("第 %d 行的文字太多", "row %d holds too much text", row.Number)
		}
		for len(row.Cells) < column {
			row.Cells = append(row.Cells, Cell{})
		}
		row.Cells = append(row.Cells, cell)
	}
	return nil
}

// readContent reads a cell's formula, value and text.
func (r *Rows) readContent(c *rawCell) (err error) {
	s := r.s
	for depth, inValue := s.depth, false; ; {
		ev, err := s.next()
		if err != nil {
			return err
		}
		switch {
		case ev == evStart && s.depth == depth+1:
			switch string(s.name) {
			case "f":
				c.formula = true
			case "v":
				c.hasValue, inValue = true, true
			case "is":
				c.hasInline = true
				if c.inline, err = s.richText(c.inline[:0]); err != nil {
					return err
				}
			}
		case ev == evText && inValue:
			if c.value = append(c.value, s.text...); len(c.value) > maxText {
				return refuse("一格的文字太长", "the text of a cell is too long")
			}
		case ev == evEnd && s.depth < depth:
			return nil
		case ev == evEnd && s.depth == depth:
			inValue = false
		}
	}
}

// parseRef reads a place such as AB12: the column from 0, and the row.
func parseRef(ref string) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	return column - 1, row, err == nil && i > 0 && row > 0 && row <= maxRow && column <= maxColumn && ref[i] >= '0' && ref[i] <= '9'
}
