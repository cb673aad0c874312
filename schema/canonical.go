package schema

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readValue makes the canonical value of a valid UTF-8 text; ascii: the text is printable ASCII only.
func (f *Field) readValue(b []byte, ascii bool) (Value, *Fault) {
	b = f.clean(b, ascii)
	switch f.Type {
	case TypeCode:
		return f.readCode(b, ascii)
	case TypePlate:
		return f.readPlate(b)
	case TypeTime:
		ms, ok := parseTime(b)
		if !ok {
			return Value{}, new(f.fault(FaultTime))
		}
		return Value{Type: TypeTime, I: ms}, nil
	case TypeDay:
		day, ok := parseDay(b)
		if !ok {
			return Value{}, new(f.fault(FaultDay))
		}
		return Value{Type: TypeDay, I: day}, nil
	case TypeDecimal:
		return f.readNumber(b)
	case TypeRecord:
		if !isRecordID(b) {
			return Value{}, new(f.fault(FaultRecord))
		}
		return Value{Type: TypeRecord, S: string(b)}, nil
	default:
		return f.readText(b, ascii)
	}
}

// clean applies the table of characters: whole, or to prose its part for prose.
func (f *Field) clean(b []byte, ascii bool) []byte {
	switch {
	case ascii:
		return bytes.TrimSpace(b)
	case f.prose:
		return proseTable.clean(b)
	}
	return nameTable.clean(b)
}

func (f *Field) notTextFault() Fault { return f.fault(FaultText) }

func (f *Field) readText(b []byte, ascii bool) (Value, *Fault) {
	s, wrong := f.checkText(b, ascii)
	if wrong != nil {
		return Value{}, wrong
	}
	if s == "" { // an empty text is no value
		return Value{}, nil
	}
	return Value{Type: TypeText, S: s}, nil
}

// checkText checks the characters, length and form of a text.
func (f *Field) checkText(b []byte, ascii bool) (string, *Fault) {
	if !ascii && bytes.IndexFunc(b, isControlRune) >= 0 {
		return "", new(f.notTextFault())
	}
	if f.MaxLen > 0 && len(b) > f.MaxLen && utf8.RuneCount(b) > f.MaxLen {
		return "", new(f.lengthFault(f.MaxLen))
	}
	if len(b) > 0 && f.token && bytes.IndexFunc(b, isTokenSeparator) >= 0 {
		return "", new(f.fault(patternToken))
	}
	if len(b) > 0 && f.pattern != nil && !f.pattern.Match(b) {
		return "", new(f.fault(patternForm, filling{"form", f.Form}))
	}
	return string(b), nil
}

// isControlRune reports control characters other than tab and line feed.
func isControlRune(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }

func isTokenSeparator(r rune) bool { return r == '|' || unicode.IsSpace(r) }

func (f *Field) readCode(b []byte, ascii bool) (Value, *Fault) {
	if i, ok := f.table.byCode[string(b)]; ok {
		return Value{Type: TypeCode, S: f.table.Codes[i].Code}, nil
	}
	if code, ok := f.table.Lookup(string(b)); ok {
		return Value{Type: TypeCode, S: code}, nil
	}
	if !f.Open {
		return Value{}, new(f.codeFault(string(b)))
	}
	v, wrong := f.readText(b, ascii)
	if !v.IsZero() {
		v.Type = TypeCode
	}
	return v, wrong
}

// readPlate makes a plate number of capital letters, digits and Chinese characters; spaces and dots are dropped.
func (f *Field) readPlate(b []byte) (Value, *Fault) {
	s := strings.Map(plateRune, string(b))
	if s == NoPlate || isPlausiblePlate(s, f.MaxLen) {
		return Value{Type: TypePlate, S: s}, nil
	}
	return Value{}, new(f.fault(plateImplausible))
}

func plateRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 'a' + 'A'
	case r == ' ' || strings.ContainsRune(plateDots, r):
		return -1
	}
	return r
}

// plateDots are the input methods' dots behind a plate's first letter.
const plateDots = "·•‧∙⋅・･"

func isPlausiblePlate(s string, most int) bool {
	n := 0
	for _, r := range s {
		n++
		if !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 0x4e00 && r <= 0x9fff) {
			return false
		}
	}
	return n >= 5 && n <= most
}

// readNumber reads a whole or decimal number without exponent.
func (f *Field) readNumber(b []byte) (Value, *Fault) {
	if f.Type == TypeInt {
		return f.readInt(b)
	}
	s, ok := canonicalDecimal(b)
	if !ok {
		return Value{}, new(f.fault(FaultNumber))
	}
	if f.MaxLen > 0 && len(s) > f.MaxLen {
		return Value{}, new(f.lengthFault(f.MaxLen))
	}
	if _, frac, _ := strings.Cut(s, "."); f.Scale != nil && len(frac) > *f.Scale {
		return Value{}, new(f.fault(FaultScale, withNumber("n", int64(*f.Scale))))
	}
	if f.Min != nil && compareDecimal(s, *f.Min) < 0 || f.Max != nil && compareDecimal(s, *f.Max) > 0 {
		return Value{}, new(f.rangeFault())
	}
	return Value{Type: TypeDecimal, S: s}, nil
}

func (f *Field) readInt(b []byte) (Value, *Fault) {
	if bytes.ContainsAny(b, ".eE") {
		return Value{}, new(f.typeFault())
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return Value{}, new(f.typeFault())
	}
	if err != nil || f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max {
		return Value{}, new(f.rangeFault())
	}
	return Value{Type: TypeInt, I: n}, nil
}

// canonicalDecimal removes leading and trailing zeros: "-0.50" gives "-0.5", "007" gives "7", "-0" gives "0".
func canonicalDecimal(b []byte) (string, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	whole, frac, dot := bytes.Cut(b, []byte{'.'})
	if len(whole) == 0 || dot && len(frac) == 0 || !allDigits(whole) || !allDigits(frac) {
		return "", false
	}
	whole, frac = bytes.TrimLeft(whole, "0"), bytes.TrimRight(frac, "0")
	if len(whole) == 0 && len(frac) == 0 {
		return "0", true
	}
	out := make([]byte, 0, len(b)+2)
	if neg {
		out = append(out, '-')
	}
	if len(whole) == 0 {
		out = append(out, '0')
	}
	out = append(out, whole...)
	if len(frac) > 0 {
		out = append(append(out, '.'), frac...)
	}
	return string(out), true
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// compareDecimal compares a canonical decimal with a whole number, exactly.
func compareDecimal(s string, n int64) int {
	neg := s[0] == '-'
	whole, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	i, err := strconv.ParseInt(whole, 10, 64)
	sign := 1
	if neg {
		i, sign = -i, -1
	}
	switch {
	case err != nil: // beyond 64 bits
		return sign
	case i < n:
		return -1
	case i > n:
		return 1
	case frac != "":
		return sign
	}
	return 0
}

// isRecordID checks the form of an observation's id: device.epoch.sequence.hash.
func isRecordID(b []byte) bool {
	parts := bytes.Split(b, []byte{'.'})
	if len(parts) != 4 || len(parts[0]) != 10 || len(parts[1]) != 8 || len(parts[3]) != 16 {
		return false
	}
	seq := parts[2]
	if len(seq) == 0 || len(seq) > 20 || seq[0] == '0' || !allDigits(seq) {
		return false
	}
	for _, p := range [][]byte{parts[0], parts[1], parts[3]} {
		if bytes.IndexFunc(p, notIDRune) >= 0 {
			return false
		}
	}
	return true
}

func notIDRune(r rune) bool { return !strings.ContainsRune(recordSigns, r) }

// recordSigns are the characters of a record's id.
const recordSigns = "0123456789abcdefghjkmnpqrstvwxyz"
