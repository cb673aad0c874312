package sheet

import (
	"slices"
	"strings"
)

// merges are a sheet's merged areas. Only the first column of an area is filled: every row below the top has the
// top's cell. Cells to the right stay empty.
type merges struct {
	areas  []area // by first row
	next   int    // the first not yet begun
	active map[int]*topCell
}

type area struct{ column, from, to int }

// topCell is the cell at the top of an area being read, and the area's last row.
type topCell struct {
	cell Cell
	to   int
}

func (m *merges) add(ref string) error {
	first, last, ok := strings.Cut(ref, ":")
	if !ok {
		return nil // one cell
	}
	column, from, ok1 := parseRef(first)
	end, to, ok2 := parseRef(last)
	if !ok1 || !ok2 || to < from || end < column {
		return refuse("合并单元格“%s”不对", "the merged area “%s” is wrong", clip(ref))
	}
	if len(m.areas) == maxMerged {
		return refuse("合并单元格超过 %d 处", "there are more than %d merged areas", maxMerged)
	}
	if to > from && column < MaxColumns {
		m.areas = append(m.areas, area{column, from, to})
	}
	return nil
}

func (m *merges) sort() {
	slices.SortFunc(m.areas, func(a, b area) int { return a.from - b.from })
	m.active = map[int]*topCell{}
}

// fill puts the top cells of areas into a row, and notes the areas beginning there. Rows come in order.
func (m *merges) fill(row *Row, limit int) {
	for column, top := range m.active {
		if row.Number > top.to {
			delete(m.active, column)
			continue
		}
		if column >= limit || top.cell.Kind == Empty {
			continue
		}
		for len(row.Cells) <= column {
			row.Cells = append(row.Cells, Cell{})
		}
		if row.Cells[column].Kind == Empty {
			row.Cells[column] = top.cell
		}
	}
	for ; m.next < len(m.areas) && m.areas[m.next].from <= row.Number; m.next++ {
		a := m.areas[m.next]
		if a.from < row.Number || a.column >= limit {
			continue // the top row is not in the file: an empty area
		}
		top := &topCell{to: a.to}
		if a.column < len(row.Cells) {
			top.cell = row.Cells[a.column]
			top.cell.Merged = true
		}
		m.active[a.column] = top
	}
}
