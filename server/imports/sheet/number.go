package sheet

import (
	"math"
	"strconv"
	"strings"
)

// maxDigits is the number of digits kept by spreadsheet programs.
const maxDigits = 15

// decimalOf writes a stored number with 15 digits and without an exponent: 0.1+0.2 is stored as 0.30000000000000004
// and means 0.3. long reports a whole part of more than 15 digits, of which the workbook lost some.
func decimalOf(stored string) (decimal string, long, ok bool) {
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || strings.ContainsAny(stored, "xXpP_nN") {
		return stored, false, false
	}
	if math.Abs(n) >= 1e15 {
		return strconv.FormatFloat(n, 'f', -1, 64), true, math.Abs(n) < 1e300
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', maxDigits, 64), 64)
	if n == 0 {
		return "0", false, true
	}
	return strconv.FormatFloat(n, 'f', -1, 64), false, true
}

// shift moves the point of a decimal without sign: by 2 for a percent, by -3 for a thousand.
func shift(decimal string, by int) string {
	whole, frac, _ := strings.Cut(decimal, ".")
	for ; by > 0; by-- {
		if frac == "" {
			frac = "0"
		}
		whole, frac = whole+frac[:1], frac[1:]
	}
	for ; by < 0; by++ {
		if whole == "" {
			whole = "0"
		}
		whole, frac = whole[:len(whole)-1], whole[len(whole)-1:]+frac
	}
	return strings.TrimLeft(whole, "0") + "." + frac
}

// roundTo rounds a decimal without sign, half away from zero, and returns its whole digits without zeros in front and
// its n digits behind the point.
func roundTo(decimal string, n int) (whole, frac string) {
	whole, frac, _ = strings.Cut(decimal, ".")
	whole = strings.TrimLeft(whole, "0")
	if len(frac) <= n {
		return whole, frac + strings.Repeat("0", n-len(frac))
	}
	up := frac[n] >= '5'
	digits := []byte(whole + frac[:n])
	for i := len(digits) - 1; i >= 0 && up; i-- {
		if up = digits[i] == '9'; up {
			digits[i] = '0'
		} else {
			digits[i]++
		}
	}
	if up {
		digits = append([]byte{'1'}, digits...)
	}
	at := len(digits) - n
	return string(digits[:at]), string(digits[at:])
}

// layout counts a section's digits.
type layout struct {
	before, after int // digits before and behind the point
	point         int // index of the point's token, len(tokens) for none
	thousands     bool
	shift         int
}

func (s *section) layout() layout {
	l := layout{point: len(s.tokens)}
	commas := 0
	for i, t := range s.tokens {
		switch t.kind {
		case '.':
			if l.point == len(s.tokens) {
				l.point = i
			}
		case ',':
			commas++
		case '%':
			l.shift += 2
		case '0', '#', '?':
			if i > l.point {
				l.after++
				continue
			}
			l.thousands = l.thousands || commas > 0 && l.before > 0
			l.before++
			commas = 0
		}
	}
	l.shift -= 3 * commas // commas behind the last digit: in thousands
	return l
}

// render writes a decimal without sign by the section.
func (s *section) render(abs string) string {
	l := s.layout()
	if l.before+l.after == 0 {
		return s.literals(abs)
	}
	whole, frac := roundTo(shift(abs, l.shift), l.after)
	groups := s.spread(whole, l)
	var b strings.Builder
	placed := 0
	for i, t := range s.tokens {
		switch t.kind {
		case '0', '#', '?':
			if i < l.point {
				b.WriteString(groups[placed])
				placed++
				continue
			}
			if rest := strings.TrimRight(frac, "0"); t.kind == '0' || rest != "" {
				b.WriteByte(frac[0])
			} else if t.kind == '?' {
				b.WriteByte(' ')
			}
			frac = frac[1:]
		case ',':
		case '.', '%':
			if t.kind == '.' && l.before == 0 { // ".00" of 12.5 shows 12.50
				b.WriteString(whole)
			}
			b.WriteByte(t.kind)
		default:
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// literals writes a section without digits.
func (s *section) literals(abs string) string {
	var b strings.Builder
	for _, t := range s.tokens {
		switch t.kind {
		case 'G', '@':
			b.WriteString(abs)
		case 'L':
			b.WriteString(t.text)
		case '%', '.', ',':
			b.WriteByte(t.kind)
		}
	}
	return b.String()
}

// spread gives each digit's token before the point its characters; the first takes all remaining digits.
func (s *section) spread(whole string, l layout) []string {
	out := make([]string, l.before)
	at := l.before
	used := 0
	for i := min(l.point, len(s.tokens)) - 1; i >= 0; i-- {
		kind := s.tokens[i].kind
		if kind != '0' && kind != '#' && kind != '?' {
			continue
		}
		at--
		text := ""
		for last := at == 0; whole != "" && (text == "" || last); {
			if l.thousands && used > 0 && used%3 == 0 {
				text = "," + text
			}
			text = whole[len(whole)-1:] + text
			whole = whole[:len(whole)-1]
			used++
		}
		if text == "" && kind == '0' {
			if text = "0"; l.thousands && used > 0 && used%3 == 0 {
				text = "0,"
			}
			used++
		} else if text == "" && kind == '?' {
			text = " "
		}
		out[at] = text
	}
	return out
}

// Less compares two decimals without sign or with a minus.
func Less(a, b string) bool {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return x < y
}

// scaling are the characters by which a shown number is another one than its digits say.
const scaling = "%‰‱百千万亿仟佰拾十kK"

// SameNumber reports whether a reader of the shown text reads the stored number, apart from digits behind the point
// that the format leaves out. Signs of money, words as 人 and commas between thousands do not matter.
func SameNumber(stored, shown string) bool {
	abs, negative := strings.CutPrefix(stored, "-")
	if strings.ContainsAny(strings.ReplaceAll(shown, "km", ""), scaling) {
		return false
	}
	minus := strings.ContainsAny(shown, "-(（")
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return -1
	}, shown)
	if strings.Trim(digits, ".") == "" { // a dash for nothing
		return strings.Trim(abs, "0.") == "" && strings.TrimSpace(shown) != ""
	}
	_, behind, _ := strings.Cut(digits, ".")
	whole, frac := roundTo(abs, len(behind))
	shownWhole, shownFrac := roundTo(digits, len(behind))
	zero := strings.Trim(whole+frac, "0") == ""
	return whole == shownWhole && frac == shownFrac && (zero || minus == negative)
}
