package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Sheet is a table as it will be printed, cell by cell, and what stands beside it on a screen.
type Sheet struct {
	Title        string
	File         string    // a name for the file, without its ending
	ColumnWidths []float64 // of the columns, in characters of Excel's default font
	Cells        []Cell    // by row, then column; merged areas do not overlap
	Facts        Facts
	Score        Total

	Advice []Advice // not printed
	Digest string   // SHA-256, hex: see Canonical
}

// Cell is one cell or merged area. Rows and columns count from 1.
type Cell struct {
	Row, Col, ToRow, ToCol int
	Text                   string // of a number: the decimal as printed
	Number                 bool
	Unit                   string // printed behind a number
	Style                  Style
}

// Style is how a cell looks.
type Style string

// The styles.
const (
	Title    Style = "title"
	Subtitle Style = "subtitle"
	Head     Style = "head"   // bold, centred, with a border
	Centre   Style = "centre" // with a border
	Left     Style = "left"   // with a border
	Foot     Style = "foot"   // small, no border
	Sign     Style = "sign"   // no border: who filled it in
	Warning  Style = "warning"
)

// Facts are what every export says of itself.
type Facts struct {
	Catalogue    string
	Year         int
	At           string // the day at whose end the figures stand
	Cutoff       string // RFC 3339: the last data came; "" = none has
	NotDelivered int    // devices
	Delivered    int    // of the reports expected
	Expected     int    // 0: none are
	Locked       string // the lock's name; "" = provisional
	Demo         bool
}

// Total is a sheet's sum of points. Open counts the lines without a score; Of is the points of the others.
type Total struct {
	Points, Of string
	Open       int
	Band       string // "" while a line is open
}

// Advice is a row of which two scores can be told: a drop whose target is a cap, so that success scores
// nothing. The literal score is the one printed.
type Advice struct {
	Row, Name         string
	Target            string // the literal one
	Reading           string // the target that Advisory is reckoned by
	Literal, Advisory string // points; "" = no value
	Choice            *Choice
}

// Address is where a cell begins: "C13".
func (c *Cell) Address() string { return address(c.Row, c.Col) }

// End is where a merged area ends; the same as Address for a cell alone.
func (c *Cell) End() string { return address(c.ToRow, c.ToCol) }

// Merged tells whether a cell is an area.
func (c *Cell) Merged() bool { return c.Row != c.ToRow || c.Col != c.ToCol }

// address names a cell; a sheet has at most 26 columns.
func address(row, col int) string { return string(rune('A'+col-1)) + strconv.Itoa(row) }

// Shown is what a reader sees in a cell.
func (c *Cell) Shown() string { return c.Text + c.Unit }

// Rows is how many rows the sheet has.
func (s *Sheet) Rows() int { return lastRow(s.Cells) }

func lastRow(cells []Cell) (n int) {
	for i := range cells {
		n = max(n, cells[i].ToRow)
	}
	return n
}

// digestMark begins the cell that holds the digest.
const digestMark = "摘要 digest sha256:"

// Canonical is the text whose SHA-256 is the digest: the line "roadbook sheet 1", then a line for each cell
// with a text, by row and column, but for the one that holds the digest: the JSON array [address, end,
// "n" or "t" (number or text), text, unit], UTF-8, nothing escaped that need not be. Zeros at the end of a
// number's decimals are left out.
func (s *Sheet) Canonical() []byte { return canonical(s.Cells) }

func canonical(cells []Cell) []byte {
	b := bytes.NewBufferString("roadbook sheet 1\n")
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	last := lastRow(cells)
	for i := range cells {
		c := &cells[i]
		if c.Text == "" || c.Row == last && strings.HasPrefix(c.Text, digestMark) {
			continue
		}
		kind, text := "t", c.Text
		if c.Number {
			kind, text = "n", trimZeros(c.Text)
		}
		if err := enc.Encode([]string{c.Address(), c.End(), kind, text, c.Unit}); err != nil {
			panic(err) // strings always encode
		}
	}
	return b.Bytes()
}

func digestOf(cells []Cell) string {
	h := sha256.Sum256(canonical(cells))
	return hex.EncodeToString(h[:])
}

// putText adds a cell of the area from … to, both as row and column.
func (s *Sheet) putText(style Style, row, col, toRow, toCol int, text string) {
	s.Cells = append(s.Cells, Cell{Row: row, Col: col, ToRow: toRow, ToCol: toCol, Text: cleanText(text), Style: style})
}

// putNumber adds a number.
func (s *Sheet) putNumber(row, col, toCol int, decimal, unit string) {
	s.Cells = append(s.Cells, Cell{
		Row: row, Col: col, ToRow: row, ToCol: toCol, Text: decimal, Number: true, Unit: cleanText(unit), Style: Centre,
	})
}

// finish puts the cells in order and the digest at the foot.
func (s *Sheet) finish() {
	s.sortCells()
	s.Digest = digestOf(s.Cells)
	row := s.Rows() + 1
	s.putText(Foot, row, 1, row, lastCol, digestMark+s.Digest+"（按各单元格的地址、类型与内容 · over address, kind and text of each cell）")
}

func (s *Sheet) sortCells() {
	slices.SortFunc(s.Cells, func(a, b Cell) int {
		if a.Row != b.Row {
			return a.Row - b.Row
		}
		return a.Col - b.Col
	})
}
