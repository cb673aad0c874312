package report

import "strings"

// Heights in points: of a line of text, of a row's padding, and of rows with room for handwriting.
const (
	lineHeight = 14.5
	rowPadding = 6
	footHeight = 11.5
	goalRoom   = 110
	signRoom   = 34
	rowRoom    = 38
)

// rowHeights gives the height of each row in points, for programs without automatic heights: no program fits the
// height of merged cells. An area over several rows spreads its missing height evenly.
func (s *Sheet) rowHeights() []float64 {
	h := make([]float64, s.Rows()+1)
	for i := range s.Cells {
		c := &s.Cells[i]
		h[c.Row] = max(h[c.Row], s.minRowHeight(c))
	}
	for pass := range 2 { // cells of one row first
		for i := range s.Cells {
			c := &s.Cells[i]
			if single := c.Row == c.ToRow; single == (pass == 0) {
				s.growRows(h, c)
			}
		}
	}
	return h
}

// minRowHeight is the least height of the row in which a cell begins.
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

// lineCount is the number of lines of a text in a cell of a width, set in the widest of the usual fonts: a Chinese
// character is about two units wide, any other character a little more than one.
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
