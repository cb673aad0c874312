package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// One document number, as chats, input methods, spreadsheets and scanners give it.
var oneNumber = []string{
	"1306-0001",
	"1306-0001\u200b",             // zero-width space, from a chat
	"13\u00ad06-0001",             // soft hyphen, from a page
	"\ufeff1306-0001",             // byte order mark, from a file
	"\u202d1306-0001\u202c",       // direction override, from an address book
	"1306-0001\ufe0f",             // variation selector, from a phone's keyboard
	"１３０６－０００１",                   // full width, from an input method
	"1306–0001",                   // en dash, from a word processor
	"1306——0001",                  // one Chinese dash
	"\u30001306\u2212000１\u00a0",  // minus sign; ideographic and no-break space around
	"1306\u2060‑0\u200d0\u200c01", // word joiner, no-break hyphen, joiners
}

func TestOneNumberIsOneName(t *testing.T) {
	for _, s := range oneNumber {
		if got := CleanName(s); got != "1306-0001" {
			t.Errorf("%+q gives %+q", s, got)
		}
	}
}

// Nearly every name and plate takes the short way; nothing that the table changes does.
func TestPlainTexts(t *testing.T) {
	for s, want := range map[string]bool{
		"冀F8K2M6": true, "城关中队 1": true, "\u4000\u9fff": true, "": true,
		"\u3400": false, "한": false, "\u3000": false, "é": false, "冀\u200b": false, "\xe5\x86": false, "\xe5\x86a": false, "\xe5a\x80": false, "\xea\x80\x80": false,
	} {
		if isPlain(s) != want || isPlain([]byte(s)) != want {
			t.Errorf("%+q is plain: %v", s, !want)
		}
	}
}

func TestCleanTexts(t *testing.T) {
	tests := []struct{ text, name, prose string }{
		{"check-1", "check-1", "check-1"},
		{" 城关　中队 ", "城关 中队", "城关　中队"},
		{"冀公（交）１２３号", "冀公(交)123号", "冀公（交）１２３号"},
		{"Ａ：ｂ＿［９］＃７／８．５＋１", "A:b_[9]#7/8.5+1", "Ａ：ｂ＿［９］＃７／８．５＋１"},
		{"东门，西门；“完”。", "东门，西门；“完”。", "东门，西门；“完”。"},
		{"a｜b", "a｜b", "a｜b"}, // no name gains a separator of keys
		{"2020——031", "2020-031", "2020——031"},
		{"2020—\u200b—031", "2020-031", "2020——031"},
		{"2020————031", "2020--031", "2020————031"},
		{"2020--031", "2020--031", "2020--031"},
		{"――x──y", "-x-y", "――x──y"},
		{"一二ー三", "一二ー三", "一二ー三"}, // numerals and a long vowel are no dashes
		{"e\u200b\u0301", "é", "é"},
		{"Ａ\u0301", "Á", "Ａ\u0301"},
		{"葛\U000e0100城", "葛城", "葛\U000e0100城"}, // a variant of a character in a person's name
		{"👩\u200d🚒❤\ufe0f", "👩🚒❤", "👩\u200d🚒❤\ufe0f"},
		{"\u2067说明\u2069\u00ad", "说明", "说明"},
		{"\U000e0041说\U000e007f", "说", "说"},
		{"\u200d \u2800\ufe0f\u3164", "", ""},
		{"第一行\n第二行\t完\u2028", "第一行\n第二行\t完", "第一行\n第二行\t完"},
		{"½②Ⅳ㎞ﬁ〔2020〕", "½②Ⅳ㎞ﬁ〔2020〕", "½②Ⅳ㎞ﬁ〔2020〕"}, // no NFKC
	}
	for _, tt := range tests {
		if got := CleanName(tt.text); got != tt.name {
			t.Errorf("the name %+q is %+q, want %+q", tt.text, got, tt.name)
		}
		if got := CleanProse(tt.text); got != tt.prose {
			t.Errorf("the prose %+q is %+q, want %+q", tt.text, got, tt.prose)
		}
	}
}

// ignorable derives Default_Ignorable_Code_Point as DerivedCoreProperties.txt says.
func ignorable(r rune) bool {
	visible := unicode.Is(unicode.White_Space, r) || r >= 0xfff9 && r <= 0xfffb || r >= 0x13430 && r <= 0x13440 ||
		unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || unicode.Is(unicode.Cf, r) && !visible
}

// plainName and plainProse say the table by Unicode's properties, for one character.
func plainName(r rune) rune {
	const numbers = "＃（）＋．／：［］＿"
	switch {
	case ignorable(r) || r == '\u2800':
		return -1
	case unicode.Is(unicode.Pd, r) || strings.ContainsRune("˗⁃−─━", r):
		return '-'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' || strings.ContainsRune(numbers, r):
		return []rune(norm.NFKC.String(string(r)))[0]
	}
	return r
}

func plainProse(r rune) rune {
	if ignorable(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Join_Control) {
		return -1
	}
	return r
}

// The table is Unicode's properties as Go knows them. A Go with a later version may fail here: each new character is
// then an exception of the test, because the table is closed.
func TestTableIsUnicodes(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if got, want := nameTable.replace(r), plainName(r); got != want {
			t.Errorf("%U in a name is %q, want %q", r, got, want)
		}
		if got, want := proseTable.replace(r), plainProse(r); got != want {
			t.Errorf("%U in prose is %q, want %q", r, got, want)
		}
		if s := string(r); r >= utf8.RuneSelf && isPlain(s) {
			inert := norm.NFC.PropertiesString(s).BoundaryBefore() && norm.NFC.PropertiesString(s).BoundaryAfter()
			if nameTable.replace(r) != r || !norm.NFC.IsNormalString(s) || !inert {
				t.Errorf("%U is plain, and changes or joins its neighbours", r)
			}
		}
	}
}

// plainClean cleans by the properties, dash by dash.
func plainClean(s string) string {
	s = strings.Map(func(r rune) rune {
		if ignorable(r) || r == '\u2800' {
			return -1
		}
		return r
	}, s)
	for _, dash := range []string{"—", "―", "─"} {
		s = strings.ReplaceAll(s, dash+dash, "-")
	}
	return strings.TrimSpace(norm.NFC.String(strings.Map(plainName, s)))
}

// trickyText draws a text of ordinary characters, those of the table and those that compose.
func trickyText() *rapid.Generator[string] {
	runes := rapid.SampledFrom([]rune("1a-—―─–− 　\u00a0Ａ９（）：é\u0301\u0323\u0338=가\u1100\u1161\u1160\u11a8\u200b\u200d\ufe0f\u202e\ufeff\u3164\u2800冀·|\u2000"))
	return rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.OneOf(runes, runes, rapid.Rune()), 0, 8).Draw(t, "text"))
	})
}

func TestCleanProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := trickyText().Draw(t, "s")
		name, prose := CleanName(s), CleanProse(s)
		if want := plainClean(s); name != want {
			t.Fatalf("the name %+q is %+q, want %+q", s, name, want)
		}
		if CleanName(name) != name || CleanProse(prose) != prose || CleanName(prose) != name {
			t.Fatalf("%+q: the name %+q, the prose %+q change again", s, name, prose)
		}
	})
}

func TestCleanEveryCharacter(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if r >= 0x3400 && r < 0xf900 || r >= 0x30000 && r < 0xe0000 || r >= 0xe1000 { // ideographs, syllables, unassigned
			continue
		}
		for _, s := range []string{string(r), "a" + string(r) + "\u0301", string(r) + string(r) + "가"} {
			if name := CleanName(s); CleanName(name) != name {
				t.Fatalf("%+q gives %+q and then %+q", s, name, CleanName(name))
			}
			if prose := CleanProse(s); CleanProse(prose) != prose {
				t.Fatalf("%+q gives %+q and then %+q", s, prose, CleanProse(prose))
			}
		}
	}
}

func numberKey(t testing.TB, number string) (key string, faults Faults) {
	line, err := json.Marshal(map[string]string{"document_number": number})
	if err != nil {
		t.Fatal(err)
	}
	v, faults := kindOf(t, "enforcement").Decode(line)
	key, _ = kindOf(t, "enforcement").NaturalKey(v, 20201215)
	return key, faults
}

// Two numbers have one key exactly if they are one name.
func FuzzKeys(f *testing.F) {
	for _, s := range oneNumber {
		f.Add(s, "1306-0001")
	}
	f.Add("1306-0001", "1306-0002")
	f.Add("e\u200b\u0301", "é")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		one, wrong := numberKey(t, a)
		two, alsoWrong := numberKey(t, b)
		if len(wrong)+len(alsoWrong) > 0 || one == "" || two == "" {
			return
		}
		if same := plainClean(a) == plainClean(b); (one == two) != same {
			t.Fatalf("%+q and %+q have the keys %+q and %+q", a, b, one, two)
		}
	})
}

// A key is clean even if its values come from a state that an older program stored.
func TestKeyOfOldValues(t *testing.T) {
	for _, s := range oneNumber {
		v := Values{{"document_number", Value{Type: TypeText, S: s}}}
		if key, ok := kindOf(t, "enforcement").NaturalKey(v, 20201215); !ok || key != "enforcement|1306-0001" {
			t.Errorf("%+q has the key %+q", s, key)
		}
	}
}

func TestDecodeCleans(t *testing.T) {
	tests := []struct {
		kind, fields string
		want         Values
	}{
		{"plate", `{"unit":"ｃｈｅｃｋ－１\u200b","remark":"\u202e（补）１\u200b"}`, Values{{"remark", Value{Type: TypeText, S: "（补）１"}}, {"unit", Value{Type: TypeText, S: "check-1"}}}},
		{"plate", `{"plate_number":"冀\u200bF‧８k2\ufe0fm６"}`, Values{{"plate_number", Value{Type: TypePlate, S: "冀F8K2M6"}}}},
		{"plate", `{"plate_number":"——"}`, Values{{"plate_number", Value{Type: TypePlate, S: NoPlate}}}},
		{"plate", `{"plate_type":"０２","business":"注册\u200b登记"}`, Values{{"business", Value{Type: TypeCode, S: "register"}}, {"plate_type", Value{Type: TypeCode, S: "02"}}}},
		{"plate", `{"lat":"−３８．８４","occurred_at":"２０２０-12-15T10：00：00+08:00"}`, Values{{"lat", Value{Type: TypeDecimal, S: "-38.84"}}, {"occurred_at", Value{Type: TypeTime, I: 1607997600000}}}},
		{"casualty", `{"accident":"0123456789．abcdefgh.12.0123456789abcdef\u200b"}`, Values{{"accident", Value{Type: TypeRecord, S: "0123456789.abcdefgh.12.0123456789abcdef"}}}},
		{"accident", `{"vehicles":["冀Ｆ12345","\u200b","a\u00adb"]}`, Values{{"vehicles", Value{Type: TypeList, S: `["冀F12345","ab"]`}}}},
		// These were texts before there was the table: accepted then, no value now.
		{"accident", `{"vehicles":["\u200b"],"site":"\u2060","remark":"\u200b\u200d"}`, Values{{"remark", Value{}}, {"site", Value{}}, {"vehicles", Value{}}}},
		{"incident", `{"category":"\u200b"}`, Values{{"category", Value{}}}},
		{"incident", `{"category":"交通\u200b事故"}`, Values{{"category", Value{Type: TypeCode, S: "accident"}}}},
		{"incident", `{"category":"牛\u200b群"}`, Values{{"category", Value{Type: TypeCode, S: "牛群"}}}},
		{"attestation", `{"row":"Ｐ2－3","evidence":"验收（３）\u00ad"}`, Values{{"evidence", Value{Type: TypeText, S: "验收（３）"}}, {"row", Value{Type: TypeText, S: "P2-3"}}}},
	}
	for _, tt := range tests {
		got, faults := kindOf(t, tt.kind).Decode([]byte(tt.fields))
		wantFaults(t, faults)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.fields, got, tt.want)
		}
		checkRoundTrip(t, kindOf(t, tt.kind), got)
	}
}
