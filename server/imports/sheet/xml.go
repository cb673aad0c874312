package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// event is a kind of token of an XML text.
type event int

const (
	evEnd   event = iota // end of an element; also sent for <a/>
	evStart              // start of an element: name, attrs
	evText               // text: text, entities decoded
	evEOF
)

type attr struct {
	name     []byte // without prefix
	value    []byte
	prefixed bool
}

// scanner reads the subset of XML 1.0 that spreadsheet programs write, in UTF-8, with every token bounded; package
// encoding/xml keeps whole tokens of any length in memory. Names are local names. DTDs are refused.
type scanner struct {
	src   *bufio.Reader
	left  int64 // unpacked bytes still allowed
	name  []byte
	attrs []attr
	text  []byte
	open  [][]byte // names of open elements; entries above depth are reused
	depth int
	empty bool // the element just started has no content
	begun bool
}

var errXML = refuse("不是工作簿的 XML", "not the XML of a workbook")

func newScanner(r io.Reader, limit int64) *scanner {
	return &scanner{src: bufio.NewReaderSize(r, 64<<10), left: limit}
}

func (s *scanner) readByte() (byte, error) {
	b, err := s.src.ReadByte()
	if err != nil {
		return 0, err
	}
	if s.left--; s.left < 0 {
		return 0, refuse("解压后太大", "the unpacked part is too large")
	}
	return b, nil
}

// mustByte reads a byte inside a token, where the text must not end.
func (s *scanner) mustByte() (byte, error) {
	b, err := s.readByte()
	if errors.Is(err, io.EOF) {
		return 0, refuse("文件不完整", "the file is cut off")
	}
	return b, err
}

// next returns the next event. Its name, attrs and text are valid until the following call.
func (s *scanner) next() (event, error) {
	if s.empty {
		s.empty = false
		s.name = append(s.name[:0], s.open[s.depth-1]...)
		s.depth--
		return evEnd, nil
	}
	if err := s.begin(); err != nil {
		return evEOF, err
	}
	for {
		b, err := s.readByte()
		switch {
		case errors.Is(err, io.EOF) && s.depth == 0:
			return evEOF, nil
		case errors.Is(err, io.EOF):
			return evEOF, refuse("文件不完整", "the file is cut off")
		case err != nil:
			return evEOF, err
		case b != '<':
			return evText, s.readText(b)
		}
		ev, skip, err := s.readMarkup()
		if err != nil || !skip {
			return ev, err
		}
	}
}

// begin looks at the first bytes: a mark of UTF-8 is skipped, UTF-16 refused.
func (s *scanner) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	first, err := s.src.Peek(3)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case bytes.Equal(first, []byte("\xef\xbb\xbf")):
		_, err = s.src.Discard(3)
		return err
	case len(first) > 1 && (first[0] >= 0xfe || first[0] == 0 || first[1] == 0):
		return refuse("工作簿用 UTF-16 编码，请用 Excel 或 WPS 另存", "the workbook is in UTF-16: save it anew with a spreadsheet program")
	}
	return nil
}

// readMarkup reads on behind a "<". skip reports markup without an event.
func (s *scanner) readMarkup() (ev event, skip bool, err error) {
	b, err := s.mustByte()
	if err != nil {
		return 0, false, err
	}
	switch b {
	case '/':
		return evEnd, false, s.readEnd()
	case '?':
		return 0, true, s.readInstruction()
	case '!':
		return s.readBang()
	}
	return evStart, false, s.readStart(b)
}

// readInstruction reads <?…?>; the declaration may name an encoding other than UTF-8.
func (s *scanner) readInstruction() error {
	s.text = s.text[:0]
	if err := s.skipPast("?>", true); err != nil {
		return err
	}
	lower := bytes.ToLower(s.text)
	if at := bytes.Index(lower, []byte("encoding")); bytes.HasPrefix(lower, []byte("xml ")) && at > 0 &&
		!bytes.Contains(lower[at:], []byte("utf-8")) && !bytes.Contains(lower[at:], []byte("us-ascii")) {
		return refuse("工作簿的编码不是 UTF-8，请用 Excel 或 WPS 另存", "the workbook is not in UTF-8: save it anew with a spreadsheet program")
	}
	return nil
}

// skipPast reads up to and with the end mark; with keep the bytes before it go to text.
func (s *scanner) skipPast(end string, keep bool) error {
	matched := []byte{}
	for {
		b, err := s.mustByte()
		if err != nil {
			return err
		}
		if keep {
			if len(s.text) >= maxText {
				return errXML
			}
			s.text = append(s.text, b)
		}
		if matched = append(matched, b); len(matched) > len(end) {
			matched = append(matched[:0], matched[1:]...)
		}
		if string(matched) == end {
			if keep {
				s.text = s.text[:len(s.text)-len(end)]
			}
			return nil
		}
	}
}

// readBang reads a comment or a CDATA section.
func (s *scanner) readBang() (ev event, skip bool, err error) {
	for _, kind := range []struct {
		begin, end string
		keep       bool
	}{{"--", "-->", false}, {"[CDATA[", "]]>", true}} {
		ahead, _ := s.src.Peek(len(kind.begin))
		if string(ahead) != kind.begin {
			continue
		}
		for range kind.begin {
			if _, err := s.mustByte(); err != nil {
				return 0, false, err
			}
		}
		s.text = s.text[:0]
		err := s.skipPast(kind.end, kind.keep)
		s.text = validUTF8(bytes.ReplaceAll(s.text, []byte("\r\n"), []byte("\n")))
		return evText, !kind.keep, err
	}
	return 0, false, errXML // a DTD has no place in a workbook
}

// readStart reads a start tag, of which b is the first byte.
func (s *scanner) readStart(b byte) error {
	var err error
	s.attrs = s.attrs[:0]
	if s.depth == maxDepth {
		return refuse("XML 嵌套过深", "the XML is nested too deeply")
	}
	s.name, b, _, err = s.readName(s.name, b)
	if err != nil {
		return err
	}
	for {
		if b, err = s.skipSpace(b); err != nil {
			return err
		}
		switch b {
		case '>':
			s.push()
			return nil
		case '/':
			if b, err = s.mustByte(); err != nil || b != '>' {
				return orXML(err)
			}
			s.push()
			s.empty = true
			return nil
		}
		if b, err = s.readAttr(b); err != nil {
			return err
		}
	}
}

func orXML(err error) error {
	if err == nil {
		return errXML
	}
	return err
}

func (s *scanner) push() {
	if s.depth == len(s.open) {
		s.open = append(s.open, nil)
	}
	s.open[s.depth] = append(s.open[s.depth][:0], s.name...)
	s.depth++
}

// readEnd reads an end tag and compares the name with the element's.
func (s *scanner) readEnd() error {
	b, err := s.mustByte()
	if err == nil {
		s.name, b, _, err = s.readName(s.name, b)
	}
	if err == nil {
		b, err = s.skipSpace(b)
	}
	if err != nil {
		return err
	}
	if b != '>' || s.depth == 0 || !bytes.Equal(s.open[s.depth-1], s.name) {
		return errXML
	}
	s.depth--
	return nil
}

// attr is the value of an attribute without prefix, "" for none.
func (s *scanner) attr(name string) string {
	for i := range s.attrs {
		if string(s.attrs[i].name) == name && !s.attrs[i].prefixed {
			return string(s.attrs[i].value)
		}
	}
	return ""
}

// relation is the value of the attribute id of any prefix: r:id by custom.
func (s *scanner) relation() string {
	for i := range s.attrs {
		if string(s.attrs[i].name) == "id" && s.attrs[i].prefixed {
			return string(s.attrs[i].value)
		}
	}
	return ""
}

// skip reads past the end of the element just started.
func (s *scanner) skip() error {
	for depth := s.depth; s.depth >= depth; {
		if ev, err := s.next(); err != nil || ev == evEOF {
			return err
		}
	}
	return nil
}
