package imports

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"roadbook/server/imports/sheet"
)

// wideEncodings are read as a whole: in UTF-16 a byte of a line's end may be half of a character.
var wideEncodings = map[string]encoding.Encoding{
	utf16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), utf16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

func itoa(n int) string { return strconv.Itoa(n) }

// csvTable reads separated text (RFC 4180, with any separator). It reads by physical lines: so a row's original bytes
// are at hand, rows are numbered like lines in an editor, and a quotation mark without an end spoils only its own
// row.
type csvTable struct {
	lines      *bufio.Reader
	unread     [][]byte // lines to be read once more
	encoding   string
	lineEnd    byte
	sep        rune
	quoted     bool
	lineNumber int  // number of the last physical line
	tooLong    bool // the line behind it is
}

// maxJoined bounds the physical lines of one row; a longer row has an unclosed quotation mark.
const maxJoined = 1000

var bom = []byte{0xef, 0xbb, 0xbf}

// maxCSVRow bounds the bytes of one row.
const maxCSVRow = 1 << 20

// openCSV opens text of a known form, behind its byte order mark and Excel's line with the separator.
func openCSV(m *Mapping, f *form, src io.ReaderAt, size int64) *csvTable {
	var text io.Reader = io.NewSectionReader(src, 0, size)
	if e := wideEncodings[f.encoding]; e != nil {
		text = transform.NewReader(text, e.NewDecoder())
	}
	lines := bufio.NewReaderSize(text, bufferFor(size))
	if begin, _ := lines.Peek(len(bom)); bytes.Equal(begin, bom) {
		_, _ = lines.Discard(len(bom)) // just peeked at
	}
	_, _ = lines.Discard(len(f.sepLine))
	return &csvTable{lines: lines, encoding: f.encoding, lineEnd: f.lineEnd, sep: f.separator, quoted: m.quoted}
}

// bufferFor holds a row of the greatest size, or all of a small file's text.
func bufferFor(size int64) int { return int(min(maxCSVRow, 2*size+64)) }

func (t *csvTable) close()    {}
func (t *csvTable) limit(int) {}

// timeText is asked about workbooks only.
func (t *csvTable) timeText(*sheet.Cell, part) (text string, date, plain bool) {
	return "", false, false
}

// readLine returns the next physical line with its end, nil at the end of the file and at a line too long.
func (t *csvTable) readLine() []byte {
	if n := len(t.unread); n > 0 {
		line := t.unread[0]
		t.unread = t.unread[1:]
		t.lineNumber++
		return line
	}
	line, err := t.lines.ReadSlice(t.lineEnd)
	if t.tooLong = errors.Is(err, bufio.ErrBufferFull); t.tooLong || err != nil && !errors.Is(err, io.EOF) || len(line) == 0 {
		return nil
	}
	t.lineNumber++
	return bytes.Clone(line)
}

// decode makes text of a line's bytes. No trailing byte of GB18030 is a line's end, so lines can be decoded separately.
// Bytes outside the encoding become U+FFFD.
func (t *csvTable) decode(line []byte) string {
	if cut, ok := bytes.CutSuffix(line, []byte{'\r'}); ok && t.lineEnd == '\r' {
		line = append(bytes.Clone(cut), '\n')
	}
	return decodeText(t.encoding, line)
}

func decodeText(encoding string, line []byte) string {
	switch encoding {
	case gb18030Text:
		return decodeGB(line)
	case latin1Text:
		out, _ := charmap.ISO8859_1.NewDecoder().Bytes(line) // has no faults
		return string(out)
	}
	return strings.ToValidUTF8(string(line), string(utf8.RuneError))
}

func (t *csvTable) next() (*row, *Fault) {
	first := t.readLine()
	if first == nil && t.tooLong {
		f := fault(CodeLongRow, maxCSVRow)
		f.Row = t.lineNumber + 1
		return nil, &f
	}
	if first == nil {
		return nil, nil
	}
	r := &row{number: t.lineNumber, raw: first}
	s := splitter{sep: t.sep, quoted: t.quoted}
	s.addLine(t.decode(first))
	more := [][]byte{}
	for s.inQuotes {
		line := t.readLine()
		if line == nil || len(more) == maxJoined || len(r.raw)+len(line) > maxCSVRow {
			if line != nil {
				more = append(more, line)
			}
			return t.unclosedQuote(r, first, more), nil
		}
		more = append(more, line)
		r.raw = append(r.raw[:len(r.raw):cap(r.raw)], line...)
		s.addLine(t.decode(line))
	}
	r.cells = s.finish()
	for i, c := range r.cells {
		if text, ok := strings.CutPrefix(c, "'"); ok && isFormula(text) {
			r.cells[i] = text // as a file of rejects writes it
		}
	}
	if s.malformed {
		r.fault = CodeQuote
	}
	return r, nil
}

// unclosedQuote makes an unreadable row of the first line alone, and gives the lines behind it back.
func (t *csvTable) unclosedQuote(r *row, first []byte, more [][]byte) *row {
	t.unread = append(more, t.unread...)
	t.lineNumber -= len(more)
	s := splitter{sep: t.sep}
	s.addLine(t.decode(first))
	r.raw, r.cells, r.fault = first, s.finish(), CodeQuote
	return r
}

// splitter cuts the text of one row into cells.
type splitter struct {
	sep        rune
	quoted     bool
	cells      []string
	cell       strings.Builder
	inQuotes   bool // inside quotation marks
	afterQuote bool // behind a closing mark
	malformed  bool
}

// addLine takes one physical line. While inQuotes, the row continues with the next line.
func (s *splitter) addLine(text string) {
	for i, r := range text {
		switch {
		case s.inQuotes && r == '"':
			s.inQuotes, s.afterQuote = false, true
		case s.inQuotes && r == '\r': // a line break of Windows or of an old Macintosh within a cell
			if !strings.HasPrefix(text[i:], "\r\n") {
				s.cell.WriteByte('\n')
			}
		case s.inQuotes:
			s.cell.WriteRune(r)
		case r == '\n', r == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case r == s.sep:
			s.endCell()
		case s.quoted && r == '"' && s.afterQuote: // "" means a single quotation mark
			s.cell.WriteRune(r)
			s.inQuotes, s.afterQuote = true, false
		case s.quoted && r == '"' && s.cell.Len() == 0:
			s.inQuotes = true
		default:
			s.malformed = s.malformed || s.afterQuote
			s.cell.WriteRune(r)
		}
	}
}

func (s *splitter) endCell() {
	s.cells = append(s.cells, s.cell.String())
	s.cell.Reset()
	s.afterQuote = false
}

func (s *splitter) finish() []string {
	s.endCell()
	return s.cells
}
