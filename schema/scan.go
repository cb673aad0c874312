package schema

import (
	"errors"
	"unicode/utf8"
)

var errJSON = errors.New("not JSON")

// maxDepth limits the nesting of values of unknown fields.
const maxDepth = 32

// scanner reads JSON byte by byte without building anything, because every arriving line passes through it.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) skipSpace() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek returns the next byte after white space, 0 at the end.
func (s *scanner) peek() byte {
	s.skipSpace()
	if s.i == len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// accept consumes c after white space.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// acceptLiteral consumes a literal such as null.
func (s *scanner) acceptLiteral(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// jsonString is a JSON string without its quotes.
type jsonString struct {
	raw     []byte
	escaped bool // has backslashes, still to be resolved
	ascii   bool // only printable ASCII, no escapes
}

// readString reads a string; the next byte is its opening quote.
func (s *scanner) readString() (jsonString, error) {
	s.i++
	start, t := s.i, jsonString{ascii: true}
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			t.raw = s.b[start:s.i]
			s.i++
			return t, nil
		case c == '\\':
			t.escaped, t.ascii = true, false
			s.i++
		case c < 0x20:
			return t, errJSON
		case c >= 0x7f:
			t.ascii = false
		}
	}
	return t, errJSON
}

// readNumber reads a number by JSON's grammar.
func (s *scanner) readNumber() ([]byte, error) {
	start := s.i
	if s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.acceptDigits() {
		return nil, errJSON
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.acceptDigits() {
			return nil, errJSON
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		if !s.acceptDigits() {
			return nil, errJSON
		}
	}
	return s.b[start:s.i], nil
}

func (s *scanner) acceptDigits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// skipValue skips a value of any type.
func (s *scanner) skipValue(depth int) error {
	switch c := s.peek(); {
	case c == '"':
		return s.skipString()
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.readNumber()
		return err
	case c == '{' || c == '[':
		if depth == maxDepth {
			return errJSON
		}
		s.i++
		return s.skipElements(c == '{', depth+1)
	case s.acceptLiteral("true"), s.acceptLiteral("false"), s.acceptLiteral("null"):
		return nil
	}
	return errJSON
}

func (s *scanner) skipString() error {
	t, err := s.readString()
	if err == nil {
		_, err = t.unquote()
	}
	if errors.Is(err, errNotText) { // a string with broken text is still valid JSON
		return nil
	}
	return err
}

func (s *scanner) skipElements(object bool, depth int) error {
	end := byte(']')
	if object {
		end = '}'
	}
	if s.accept(end) {
		return nil
	}
	for {
		if object {
			if s.peek() != '"' || s.skipString() != nil || !s.accept(':') {
				return errJSON
			}
		}
		if err := s.skipValue(depth); err != nil {
			return err
		}
		if s.accept(end) {
			return nil
		}
		if !s.accept(',') {
			return errJSON
		}
	}
}

var errNotText = errors.New("not a text")

// unquote resolves the escapes. errNotText: broken UTF-8 or half a surrogate pair; errJSON: a broken escape.
func (t jsonString) unquote() ([]byte, error) {
	if !t.escaped {
		if !t.ascii && !utf8.Valid(t.raw) {
			return nil, errNotText
		}
		return t.raw, nil
	}
	out, broken := make([]byte, 0, len(t.raw)), false
	for i := 0; i < len(t.raw); {
		if t.raw[i] != '\\' {
			out = append(out, t.raw[i])
			i++
			continue
		}
		r, n := parseEscape(t.raw[i:])
		if n == 0 {
			return nil, errJSON
		}
		broken = broken || r == utf8.RuneError && t.raw[i+1] == 'u' && n == 6 && !isEscapedFFFD(t.raw[i+2:i+6])
		out = utf8.AppendRune(out, r)
		i += n
	}
	if broken || !utf8.Valid(out) {
		return nil, errNotText
	}
	return out, nil
}

// parseEscape reads an escape sequence, n = 0 if there is none. Half a surrogate pair gives U+FFFD.
func parseEscape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return parseUnicodeEscape(b)
	}
	return 0, 0
}

func parseUnicodeEscape(b []byte) (rune, int) {
	hi, ok := parseHex4(b[2:])
	if !ok {
		return 0, 0
	}
	switch {
	case hi < 0xd800 || hi > 0xdfff:
		return hi, 6
	case hi >= 0xdc00 || len(b) < 12 || b[6] != '\\' || b[7] != 'u':
		return utf8.RuneError, 6
	}
	lo, ok := parseHex4(b[8:])
	if !ok || lo < 0xdc00 || lo > 0xdfff {
		return utf8.RuneError, 6
	}
	return (hi-0xd800)<<10 + (lo - 0xdc00) + 0x10000, 12
}

func isEscapedFFFD(b []byte) bool {
	r, _ := parseHex4(b)
	return r == utf8.RuneError
}

func parseHex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
