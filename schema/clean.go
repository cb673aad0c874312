package schema

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CleanName writes a name, number, code or reference in the one form in which it is stored, compared and looked up:
// schema/DOMAIN.md#characters. Texts that look alike to a person give one name. A clean name stays as it is.
func CleanName(s string) string { return cleanString(s, nameTable) }

// CleanProse removes what nobody can see from a text for reading. The text keeps every other character. A text with
// nothing to see is empty.
func CleanProse(s string) string { return cleanString(s, proseTable) }

func cleanString(s string, t *charTable) string {
	if isPlain(s) {
		return strings.TrimSpace(s)
	}
	return string(t.cleanSlowly([]byte(s)))
}

func (t *charTable) clean(b []byte) []byte {
	if isPlain(b) {
		return bytes.TrimSpace(b)
	}
	return t.cleanSlowly(b)
}

// isPlain reports whether a text has only ASCII and ideographs of U+4000 to U+9FFF, as nearly every name and plate has: no
// span of the table, and no decomposition or combining class of Unicode, touches either.
func isPlain[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf {
			continue
		}
		if s[i] < 0xe4 || s[i] > 0xe9 || len(s)-i < 3 || s[i+1]&0xc0 != 0x80 || s[i+2]&0xc0 != 0x80 {
			return false
		}
		i += 2
	}
	return true
}

// cleanSlowly applies the table, then NFC: a dropped character may have stood between a letter and its accent. White space
// at both ends goes last.
func (t *charTable) cleanSlowly(b []byte) []byte {
	b = t.replaceAll(b)
	if !norm.NFC.IsNormal(b) {
		b = norm.NFC.Bytes(b)
	}
	b = bytes.TrimSpace(b)
	if t.prose && bytes.IndexFunc(b, isSeen) < 0 {
		return nil
	}
	return b
}

// isSeen reports whether a character leaves something in a name.
func isSeen(r rune) bool { return nameTable.replace(r) != dropped && !unicode.IsSpace(r) }

// replaceAll copies b only if the table changes b.
func (t *charTable) replaceAll(b []byte) []byte {
	first := bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf && t.replace(r) != r })
	if first < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:first]...)
	var half rune // first half of a Chinese dash
	for _, r := range string(b[first:]) {
		switch to := t.replace(r); {
		case to == dropped:
		case to == '-' && r == half:
			half = 0
		default:
			out, half = utf8.AppendRune(out, to), halfDash(r)
		}
	}
	return out
}

// halfDash returns r if two of r are one Chinese dash, typed by one stroke of a key, else 0.
func halfDash(r rune) rune {
	if r == '\u2014' || r == '\u2015' || r == '\u2500' {
		return r
	}
	return 0
}

// replace returns the character in place of r, or dropped.
func (t *charTable) replace(r rune) rune {
	if r >= 0x3100 && r < 0xf900 && r != hangulFiller { // by far the most frequent, and in no span
		return r
	}
	for i := range t.spans {
		if s := &t.spans[i]; r <= s.last {
			if r < s.first {
				return r
			}
			return s.replace(r)
		}
	}
	return r
}
