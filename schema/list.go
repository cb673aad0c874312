package schema

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// ListOf returns the elements of a list's value, nil for any other value.
func ListOf(v Value) []string {
	if v.Type != TypeList {
		return nil
	}
	var items []string
	if json.Unmarshal([]byte(v.S), &items) != nil {
		return nil
	}
	return items
}

// readList makes the canonical value of a list: cleaned elements in their order, without elements in which nobody can
// see anything. An empty list is no value.
func (f *Field) readList(items []string) (Value, *Fault) {
	if f.Max != nil && int64(len(items)) > *f.Max {
		return Value{}, new(f.lengthFault(int(*f.Max)))
	}
	out := []byte{'['}
	for _, item := range items {
		item, wrong := f.readElement(item)
		if wrong != nil {
			return Value{}, wrong
		}
		if item == "" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendString(out, item)
	}
	if len(out) == 1 {
		return Value{}, nil
	}
	return Value{Type: TypeList, S: string(append(out, ']'))}, nil
}

// readElement refuses white space alone. Unseen characters were text once: a line with such an element was accepted
// and stays accepted.
func (f *Field) readElement(item string) (string, *Fault) {
	if strings.TrimSpace(item) == "" {
		return "", new(f.fault(patternElement))
	}
	return f.checkText(f.clean([]byte(item), false), false)
}

// appendString writes a JSON string. Only required escapes are used, so every text has a single form.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			if c < utf8.RuneSelf {
				i++
				continue
			}
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 { // not valid UTF-8: keep the JSON valid
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
