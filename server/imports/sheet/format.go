package sheet

import (
	"strings"
	"unicode/utf8"
)

// Shows is what a number format makes of a number.
type Shows int

// A day, a time of day or both are dates; Elapsed is a span of hours such as 42:00.
const (
	Number Shows = iota
	Day
	Clock
	Moment
	Elapsed
)

// Format is a number format, of a cell's style.
type Format struct {
	Code  string
	Shows Shows

	sections []section
	unclear  bool // has conditions, exponents, fractions or digits in words
}

// section is one of the up to four parts of a format: positive, negative, zero, text.
type section struct {
	tokens               []token
	day, month, clock    bool
	elapsed, unclear     bool
	digits, exponent, am bool
}

// token is a piece of a section: '0' '#' '?' digits, '.' ',' '%', 'G' General, '@' text, 'L' a literal.
type token struct {
	kind byte
	text string
}

func newFormat(code string) *Format {
	f := &Format{Code: code}
	if utf8.RuneCountInString(code) > maxCode {
		f.unclear = true
		return f
	}
	if code == "" {
		code = "General"
	}
	for rest, more := code, true; more; {
		var s section
		rest, more = s.read(rest)
		f.sections = append(f.sections, s)
		f.unclear = f.unclear || s.unclear || s.exponent
	}
	f.unclear = f.unclear || len(f.sections) > 4
	f.Shows = f.sections[0].shows()
	return f
}

func (s *section) shows() Shows {
	clock := s.clock || s.am
	switch {
	case s.elapsed:
		return Elapsed
	case s.day && clock:
		return Moment
	case clock:
		return Clock
	case s.day || s.month:
		return Day
	}
	return Number
}

func (s *section) add(kind byte, text string) { s.tokens = append(s.tokens, token{kind, text}) }

// words of a format, longest first, with their meaning: G General, a AM or PM.
var words = []struct {
	text string
	kind byte
}{{"G/通用格式", 'G'}, {"General", 'G'}, {"上午/下午", 'a'}, {"AM/PM", 'a'}, {"A/P", 'a'}}

// read reads one section and returns the rest behind its ";".
func (s *section) read(code string) (rest string, more bool) {
	for code != "" {
		if n, kind := word(code); n > 0 {
			if kind == 'a' {
				s.am = true
			} else {
				s.add(kind, "")
			}
			code = code[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(code)
		rest := code[n:]
		switch r {
		case ';':
			return rest, true
		case '"':
			text, after, _ := strings.Cut(rest, `"`)
			s.add('L', text)
			rest = after
		case '[':
			inner, after, _ := strings.Cut(rest, "]")
			s.bracket(inner)
			rest = after
		case '\\', '_', '*':
			_, n := utf8.DecodeRuneInString(rest)
			switch r {
			case '_':
				s.add('L', " ")
			case '\\':
				s.add('L', rest[:n])
			}
			rest = rest[n:]
		default:
			s.letter(r)
		}
		code = rest
	}
	return "", false
}

func word(code string) (n int, kind byte) {
	for _, w := range words {
		if len(code) >= len(w.text) && strings.EqualFold(code[:len(w.text)], w.text) {
			return len(w.text), w.kind
		}
	}
	return 0, 0
}

// letter reads a character that stands for itself or for a part of the value.
func (s *section) letter(r rune) {
	switch r {
	case '0', '#', '?':
		s.digits = true
		s.add(byte(r), "")
	case '.', ',', '%', '@':
		s.add(byte(r), "")
	case 'E', 'e':
		if s.digits && !s.day && !s.clock {
			s.exponent = true
		} else {
			s.day = true
		}
	case 'y', 'Y', 'd', 'D', 'a', 'A', 'b', 'B', 'g':
		s.day = true
	case 'm', 'M':
		s.month = true
	case 'h', 'H', 's', 'S':
		s.clock = true
	case '/':
		s.unclear = s.unclear || s.digits && !s.day && !s.month
		s.add('L', "/")
	default:
		s.add('L', string(r))
	}
}

var colours = " black blue cyan green magenta red white yellow 黑色 蓝色 青色 绿色 洋红 红色 白色 黄色 "

// bracket reads the text between brackets: a span, a currency, a colour, or a condition.
func (s *section) bracket(inner string) {
	lower := strings.ToLower(inner)
	switch {
	case lower != "" && strings.Trim(lower, "h") == "", lower != "" && strings.Trim(lower, "m") == "", lower != "" && strings.Trim(lower, "s") == "":
		s.elapsed = true
	case strings.HasPrefix(inner, "$"):
		symbol, _, _ := strings.Cut(inner[1:], "-")
		s.add('L', symbol)
	case strings.Contains(colours, " "+lower+" "), strings.HasPrefix(lower, "color"), strings.HasPrefix(lower, "颜色"):
	default:
		s.unclear = true
	}
}

// Show writes a number (digits, at most one point, perhaps a minus) as the format shows it. ok is false for formats
// of days and times, and for those not understood.
func (f *Format) Show(decimal string) (text string, ok bool) {
	if f.unclear || f.Shows != Number {
		return "", false
	}
	abs, negative := strings.CutPrefix(decimal, "-")
	zero := strings.Trim(abs, "0.") == ""
	s, sign := &f.sections[0], ""
	switch {
	case zero && len(f.sections) > 2:
		s = &f.sections[2]
	case negative && len(f.sections) > 1:
		s = &f.sections[1]
	case negative:
		sign = "-"
	}
	if s.shows() != Number {
		return "", false
	}
	return sign + s.render(abs), true
}
