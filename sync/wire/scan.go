package wire

import (
	"bytes"
	"encoding/json"
	"strings"
)

// scanner reads JSON strictly and without allocating: every JSON parser accepts all input that scanner accepts. After a
// failure bad is set and every further call fails, so callers check once at the end.
type scanner struct {
	b   []byte
	i   int
	bad bool
}

const maxDepth = 16

func (s *scanner) fail() { s.bad = true }

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

// take steps over c, after spaces, if c is next.
func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] <= ' ' {
		s.skipSpace()
	}
	if s.i < len(s.b) && s.b[s.i] == c && !s.bad {
		s.i++
		return true
	}
	return false
}

func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.fail()
	}
}

// eachMember calls each for every member of an object, with the scanner before its value.
func (s *scanner) eachMember(each func(key []byte)) {
	s.expect('{')
	if s.bad || s.take('}') {
		return
	}
	for !s.bad {
		key := s.text()
		s.expect(':')
		if s.bad {
			return
		}
		each(key)
		if !s.take(',') {
			s.expect('}')
			return
		}
	}
}

// eachElement calls each for every element of an array, with the scanner before the element.
func (s *scanner) eachElement(each func()) {
	s.expect('[')
	if s.bad || s.take(']') {
		return
	}
	for !s.bad {
		each()
		if !s.take(',') {
			s.expect(']')
			return
		}
	}
}

// text reads a string. The result aliases the input unless the string had escapes.
func (s *scanner) text() []byte {
	raw, escaped := s.quoted()
	if s.bad {
		return nil
	}
	if !escaped {
		return raw[1 : len(raw)-1]
	}
	var out string
	if json.Unmarshal(raw, &out) != nil {
		s.fail()
	}
	return []byte(out)
}

// stringStops are the bytes that end a string's plain run: quote, backslash, control characters.
var stringStops = func() (stops [256]bool) {
	for c := range 0x20 {
		stops[c] = true
	}
	stops['"'], stops['\\'] = true, true
	return stops
}()

// quoted steps over a string and returns the string with its quotes.
func (s *scanner) quoted() (raw []byte, escaped bool) {
	if !s.take('"') {
		s.fail()
		return nil, false
	}
	start := s.i - 1
	for !s.bad {
		b, i := s.b, s.i
		for i < len(b) && !stringStops[b[i]] {
			i++
		}
		s.i = i
		switch {
		case i < len(b) && b[i] == '"':
			s.i++
			return b[start:s.i], escaped
		case i < len(b) && b[i] == '\\':
			escaped = true
			s.escape()
		default:
			s.fail()
		}
	}
	return nil, false
}

func (s *scanner) escape() {
	rest := s.b[s.i+1:]
	switch {
	case len(rest) > 0 && strings.IndexByte(`"\/bfnrt`, rest[0]) >= 0:
		s.i += 2
	case len(rest) > 4 && rest[0] == 'u' && isHex(rest[1:5]):
		s.i += 6
	default:
		s.fail()
	}
}

func isHex(b []byte) bool {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'f' || c >= '0' && c <= '9' {
			continue
		}
		return false
	}
	return true
}

// integer reads a whole number of at most 64 bits, without fraction or exponent.
func (s *scanner) integer() int64 {
	start := s.i
	digits := s.number()
	if s.bad {
		return 0
	}
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	v, ok := parseUint(digits)
	if negative {
		if !ok || v > 1<<63 {
			s.i = start
			s.fail()
		}
		return -int64(v) // -1<<63 is itself
	}
	if !ok || v > 1<<63-1 {
		s.i = start
		s.fail()
		return 0
	}
	return int64(v)
}

// parseUint reads decimal digits without leading zeros.
func parseUint(digits []byte) (uint64, bool) {
	if len(digits) == 0 || len(digits) > 20 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	var v uint64
	for _, c := range digits {
		d := uint64(c - '0')
		if d > 9 || v > (1<<64-1-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// number steps over a JSON number and returns its text.
func (s *scanner) number() []byte {
	s.skipSpace()
	start := s.i
	s.skipByte('-')
	if !s.skipByte('0') {
		s.digits()
	}
	if s.skipByte('.') {
		s.digits()
	}
	if s.skipByte('e') || s.skipByte('E') {
		if !s.skipByte('+') {
			s.skipByte('-')
		}
		s.digits()
	}
	if s.bad {
		return nil
	}
	return s.b[start:s.i]
}

func (s *scanner) skipByte(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) digits() {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	if s.i == start {
		s.fail()
	}
}

// value steps over any value, of limited depth, and returns its bytes.
func (s *scanner) value(depth int) []byte {
	s.skipSpace()
	start := s.i
	if depth > maxDepth || s.i >= len(s.b) {
		s.fail()
		return nil
	}
	switch s.b[s.i] {
	case '{':
		s.eachMember(func([]byte) { s.value(depth + 1) })
	case '[':
		s.eachElement(func() { s.value(depth + 1) })
	case '"':
		s.quoted()
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
	if s.bad {
		return nil
	}
	return s.b[start:s.i]
}

func (s *scanner) literal(w string) {
	if !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		s.fail()
		return
	}
	s.i += len(w)
}

// expectEnd fails unless only spaces are left.
func (s *scanner) expectEnd() {
	s.skipSpace()
	if s.i != len(s.b) {
		s.fail()
	}
}
