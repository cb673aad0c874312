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

// Sheet is a table as printed, cell by cell, with additions for the screen.
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

// Cell is a single cell or a merged area. Rows and columns count from 1.
type Cell struct {
	Row, Col, ToRow, ToCol int
	Text                   string // of a number: the decimal as printed
	Number                 bool
	Unit                   string // unit of measure, printed behind a number
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
	Sign     Style = "sign"   // no border: signatures
	Warning  Style = "warning"
)

// Facts are printed on every export.
type Facts struct {
	Catalogue    string
	Year         int
	At           string // the day of the figures, at its end
	Cutoff       string // RFC 3339: time of the last data; "" = no data
	NotDelivered int    // devices
	Delivered    int    // of the expected deliveries
	Expected     int    // 0: no delivery is expected
	Locked       string // the lock's name; "" = provisional
	Demo         bool
	ToRevise     int // carried over and not revised: the project with its money and goals, and its rows
}

// Total is a sheet's sum of points. Open counts the lines without a score; Of is the most points of the scored lines.
type Total struct {
	Points, Of string
	Open       int
	Band       string // "" while a line is open
}

// Advice is a row with two possible scores: a drop whose target is a cap, so that success scores nothing. The literal
// score is printed.
type Advice struct {
	Row, Name         string
	Target            string // literal target
	Reading           string // target for the Advisory score
	Literal, Advisory string // points; "" = no value
	Choice            *Choice
}

// Address names the first cell of an area: "C13".
func (c *Cell) Address() string { return address(c.Row, c.Col) }

// End names the last cell of a merged area; for a single cell it equals Address.
func (c *Cell) End() string { return address(c.ToRow, c.ToCol) }

// Merged tells whether a cell is a merged area.
func (c *Cell) Merged() bool { return c.Row != c.ToRow || c.Col != c.ToCol }

// address names a cell; a sheet has at most 26 columns.
func address(row, col int) string { return string(rune('A'+col-1)) + strconv.Itoa(row) }

// Shown is the visible text of a cell.
func (c *Cell) Shown() string { return c.Text + c.Unit }

// Rows is the number of rows of the sheet.
func (s *Sheet) Rows() int { return lastRow(s.Cells) }

func lastRow(cells []Cell) (n int) {
	for i := range cells {
		n = max(n, cells[i].ToRow)
	}
	return n
}

// digestMark begins the cell of the digest.
const digestMark = "摘要 digest sha256:"

// Canonical is the text behind the digest (its SHA-256): the line "roadbook sheet 1", then a line for each cell with
// a text, by row and column, except for the digest's cell: the JSON array [address, end, "n" or "t" (number or text),
// text, unit], UTF-8, escaped only as far as JSON requires. Zeros at the end of a number's decimals are left out.
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
