package imports

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// GB18030 by golang.org/x/text refuses 2,067 codes of two bytes: the area for characters of one's own, codes without a
// character, and 25 characters that GB 18030-2022 (24) and -2005 (1) name in Unicode. Rare characters of names stand
// among these, so all are read here.

// gbNamed are the 25: two bytes, and the character by GB 18030-2022.
var gbNamed = map[uint16]rune{
	0xa6d9: 0xfe10, 0xa6da: 0xfe12, 0xa6db: 0xfe11, 0xa6dc: 0xfe13, 0xa6dd: 0xfe14, 0xa6de: 0xfe15, 0xa6df: 0xfe16,
	0xa6ec: 0xfe17, 0xa6ed: 0xfe18, 0xa6f3: 0xfe19,
	0xfe59: 0x9fb4, 0xfe61: 0x9fb5, 0xfe66: 0x9fb6, 0xfe67: 0x9fb7, 0xfe6d: 0x9fb8, 0xfe7e: 0x9fb9, 0xfe90: 0x9fba, 0xfea0: 0x9fbb,
	0xfe51: 0x20087, 0xfe52: 0x20089, 0xfe53: 0x200cc, 0xfe6c: 0x215d7, 0xfe76: 0x2298f, 0xfe91: 0x241fe,
	0xa8bc: 0x1e3f,
}

// gbPrivate are runs of codes without a character: first code, last code, the first's place in Unicode's private area.
var gbPrivate = [][3]int{
	{0xa2ab, 0xa2b0, 0xe766}, {0xa2e4, 0xa2e4, 0xe76d}, {0xa2ef, 0xa2f0, 0xe76e}, {0xa2fd, 0xa2fe, 0xe770}, {0xa4f4, 0xa4fe, 0xe772},
	{0xa5f7, 0xa5fe, 0xe77d}, {0xa6b9, 0xa6c0, 0xe785}, {0xa6f6, 0xa6fe, 0xe797}, {0xa7c2, 0xa7d0, 0xe7a0}, {0xa7f2, 0xa7fe, 0xe7af},
	{0xa896, 0xa8a0, 0xe7bc}, {0xa8c1, 0xa8c4, 0xe7c9}, {0xa8ea, 0xa8fe, 0xe7cd}, {0xa958, 0xa958, 0xe7e2}, {0xa95b, 0xa95b, 0xe7e3},
	{0xa95d, 0xa95f, 0xe7e4}, {0xa997, 0xa9a3, 0xe7f4}, {0xa9f0, 0xa9fe, 0xe801}, {0xd7fa, 0xd7fe, 0xe810},
}

// gbTables are the codes of two bytes, by (first-0x81)*256 + second, and back those that x/text does not write.
var gbTables = sync.OnceValue(func() (t struct {
	two  [126 * 256]rune
	back map[rune]string
}) {
	t.back = map[rune]string{}
	own := func(code int, r rune) {
		t.two[code-0x8100] = r
		if r >= 0xe000 && r < 0xf900 {
			t.back[r] = string([]byte{byte(code >> 8), byte(code)})
		}
	}
	decoder := simplifiedchinese.GB18030.NewDecoder()
	for i := range t.two {
		if out, err := decoder.Bytes([]byte{byte(i>>8) + 0x81, byte(i)}); err == nil && byte(i) >= 0x40 {
			t.two[i], _ = utf8.DecodeRune(out)
		}
	}
	for _, run := range gbPrivate {
		for code := run[0]; code <= run[1]; code++ {
			own(code, rune(run[2]+code-run[0]))
		}
	}
	for _, area := range [][5]int{{0xaa, 0xaf, 0xa1, 0xfe, 0xe000}, {0xf8, 0xfe, 0xa1, 0xfe, 0xe234}, {0xa1, 0xa7, 0x40, 0xa0, 0xe4c6}} {
		r := rune(area[4])
		for first := area[0]; first <= area[1]; first++ {
			for second := area[2]; second <= area[3]; second++ {
				if second == 0x7f {
					continue
				}
				if known := t.two[(first-0x81)<<8|second]; known == 0 || known == utf8.RuneError {
					own(first<<8|second, r) // A3A0 is a space everywhere
				}
				r++
			}
		}
	}
	for code, r := range gbNamed {
		own(int(code), r)
	}
	return t
})

// nextGB decodes the first character of GB18030 bytes; U+FFFD of size 1 if there is none.
func nextGB(b []byte) (r rune, size int) {
	switch {
	case b[0] < utf8.RuneSelf:
		return rune(b[0]), 1
	case b[0] == 0x80:
		return '€', 1 // as Windows writes it
	case b[0] == 0xff || len(b) < 2:
		return utf8.RuneError, 1
	case b[1] >= 0x40:
		if r = gbTables().two[int(b[0]-0x81)<<8|int(b[1])]; r != 0 && r != utf8.RuneError {
			return r, 2
		}
		return utf8.RuneError, 1
	case b[1] < 0x30 || b[1] > 0x39 || len(b) < 4:
		return utf8.RuneError, 1
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b[:4])
	if r, size = utf8.DecodeRune(out); err != nil || size != len(out) || r == utf8.RuneError {
		return utf8.RuneError, 1
	}
	return r, 4
}

// decodeGB makes text of GB18030 bytes; a byte outside of the encoding becomes U+FFFD.
func decodeGB(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) * 3 / 2)
	for len(b) > 0 {
		r, size := nextGB(b)
		s.WriteRune(r)
		b = b[size:]
	}
	return s.String()
}

func validGB(b []byte) bool {
	for len(b) > 0 {
		r, size := nextGB(b)
		if r == utf8.RuneError {
			return false
		}
		b = b[size:]
	}
	return true
}

// encodeGB writes text as GB18030.
func encodeGB(text string) []byte {
	var out []byte
	e := encoding.ReplaceUnsupported(simplifiedchinese.GB18030.NewEncoder())
	flush := func(s string) {
		if s, err := e.String(s); err == nil { // replaces what it can't write
			out = append(out, s...)
		}
	}
	done := 0
	for i, r := range text {
		if code, ok := gbTables().back[r]; ok {
			flush(text[done:i])
			out, done = append(out, code...), i+utf8.RuneLen(r)
		}
	}
	flush(text[done:])
	return out
}
