package imports

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The characters that GB 18030-2022 maps anew (18), those that it gives codes of four bytes (6), and U+1E3F of 2005, by
// the tables of the standards; areas for characters of one's own; the ends of the range of four bytes.
func TestCharactersOfGB18030(t *testing.T) {
	tests := map[string]string{
		"\xa6\xd9\xa6\xda\xa6\xdb\xa6\xdc\xa6\xdd\xa6\xde\xa6\xdf": "︐︒︑︓︔︕︖", "\xa6\xec\xa6\xed\xa6\xf3": "︗︘︙",
		"\xfe\x59\xfe\x61\xfe\x66\xfe\x67\xfe\x6d\xfe\x7e\xfe\x90\xfe\xa0": "龴龵龶龷龸龹龺龻",
		"\xfe\x51\xfe\x52\xfe\x53\xfe\x6c\xfe\x76\xfe\x91":                 "𠂇𠂉𠃌𡗗𢦏𤇾",
		"\x95\x32\x90\x31\x95\x32\x90\x33\x95\x32\x97\x30":                 "𠂇𠂉𠃌",
		"\xa8\xbc\x81\x35\xf4\x37":                                         "ḿḿ", "\x80": "€", "\xa2\xe3": "€",
		"\xaa\xa1\xaf\xfe\xf8\xa1\xfe\xfe\xa1\x40\xa7\xa0": "\ue000\ue233\ue234\ue4c5\ue4c6\ue765",
		"\xa2\xab\xfe\x50": "\ue766⺁", "\x81\x30\x81\x30\x90\x30\x81\x30\xe3\x32\x9a\x35": "\u0080\U00010000\U0010ffff",
		"\xd6\xd0a\xce\xc4": "中a文", "\xb1\xa3\xb6\xa8": "保定",
	}
	for bytes, want := range tests {
		if got := decodeGB([]byte(bytes)); got != want || !validGB([]byte(bytes)) {
			t.Errorf("%X is %+q, want %+q", bytes, got, want)
		}
		if back := decodeGB(encodeGB(want)); back != want {
			t.Errorf("%+q written and read is %+q", want, back)
		}
	}
	for _, bad := range []string{"\xff", "\x81", "a\xd6", "\x81\x30\x81", "\xe3\x32\x9a\x36", "\x81\x7f", "\xfe\xff"} {
		if validGB([]byte(bad)) || !strings.ContainsRune(decodeGB([]byte(bad)), utf8.RuneError) {
			t.Errorf("%X passes", bad)
		}
	}
}

// Where x/text reads a code of two bytes, both agree; every character can be
// written and read.
func TestGB18030AgreesWithTheLibrary(t *testing.T) {
	decoder := simplifiedchinese.GB18030.NewDecoder()
	refused := 0
	for first := 0x81; first <= 0xfe; first++ {
		for second := 0x40; second <= 0xfe; second++ {
			if second == 0x7f {
				continue
			}
			code := []byte{byte(first), byte(second)}
			theirs, _ := decoder.String(string(code))
			if ours := decodeGB(code); theirs == "\ufffd" {
				refused++
				if ours == "\ufffd" {
					t.Errorf("%X is refused", code)
				}
			} else if ours != theirs {
				t.Errorf("%X is %+q, x/text says %+q", code, ours, theirs)
			}
		}
	}
	if refused != 2067 {
		t.Errorf("x/text refuses %d codes: are the tables still needed?", refused)
	}
	var all strings.Builder
	for r := rune(0x80); r < 0x30000; r++ {
		if private := r >= 0xe000 && r < 0xf900; !private && utf8.ValidRune(r) && r != utf8.RuneError {
			all.WriteRune(r)
		}
	}
	if decodeGB(encodeGB(all.String())) != all.String() {
		t.Error("not every character comes back")
	}
}
