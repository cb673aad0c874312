package report

import "strings"

// In points: what a line of text takes, what a row takes besides, and rows in which there is room to write.
const (
	lineHeight = 14.5
	rowPadding = 6
	footHeight = 11.5
	goalRoom   = 110
	signRoom   = 34
	rowRoom    = 38
)

// rowHeights gives the height of each row in points, for a program that cannot find it by itself: none fits
// the height of merged cells. An area over several rows gets what it lacks evenly.
func (s *Sheet) rowHeights() []float64 {
	h := make([]float64, s.Rows()+1)
	for i := range s.Cells {
		c := &s.Cells[i]
		h[c.Row] = max(h[c.Row], s.minRowHeight(c))
	}
	for pass := range 2 { // what is in one row first
		for i := range s.Cells {
			c := &s.Cells[i]
			if single := c.Row == c.ToRow; single == (pass == 0) {
				s.growRows(h, c)
			}
		}
	}
	return h
}

// minRowHeight is the least height of a row with a cell that begins there.
func (s *Sheet) minRowHeight(c *Cell) float64 {
	switch {
	case c.Style == Foot:
		return footHeight + 2
	case c.Style == Sign:
		return signRoom
	case c.Style == Left && c.Row == goalRow:
		return goalRoom
	case c.Style == Left && c.Row > headRow:
		return rowRoom
	}
	return lineHeight + rowPadding
}

func (s *Sheet) growRows(h []float64, c *Cell) {
	line, padding := lineHeight, float64(rowPadding)
	switch c.Style {
	case Title:
		line = 26
	case Foot:
		line, padding = footHeight, 2
	case Subtitle, Head, Centre, Left, Sign, Warning:
	}
	need := float64(lineCount(c.Shown(), s.widthOf(c.Col, c.ToCol), c.Style))*line + padding
	have := 0.0
	for row := c.Row; row <= c.ToRow; row++ {
		have += h[row]
	}
	rows := float64(c.ToRow - c.Row + 1)
	for row := c.Row; need > have && row <= c.ToRow; row++ {
		h[row] += (need - have) / rows
	}
}

func (s *Sheet) widthOf(col, to int) (width float64) {
	for _, w := range s.ColumnWidths[col-1 : to] {
		width += w
	}
	return width
}

// lineCount is how many lines a text takes in a cell of a width, as the widest of the usual fonts sets it: a
// Chinese character is two wide, others one and a little.
func lineCount(text string, width float64, style Style) (n int) {
	if style == Foot {
		width *= 1.25 // a smaller font
	}
	for part := range strings.SplitSeq(text, "\n") {
		n++
		used := 0.0
		for _, r := range part {
			w := 1.1
			if r > 0x2000 {
				w = 2.05
			}
			if used += w; used > width-1.2 {
				n++
				used = w
			}
		}
	}
	return n
}
