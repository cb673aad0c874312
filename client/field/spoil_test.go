//go:build node

package field_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"roadbook/schema"
)

// code is a code of the field's table by any of its names, in any letter case or width.
func (d drawer) code(f *schema.Field) string {
	table, _ := schema.Default().Codes(f.Codes)
	c := pick(d, table.Codes...)
	text := pick(d, append([]string{c.Code, c.Code, c.Label.ZH, c.Label.EN}, c.Alias...)...)
	switch d.IntN(8) {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return wide(text)
	case 2:
		return "\u3000" + text + "\u200b"
	}
	return text
}

// wide writes ASCII in full-width forms.
func wide(text string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, text)
}

// plate is a number of a shape on the road, or nearly, in one of the ways in which people type.
func (d drawer) plate() string {
	classes := map[rune]string{'P': "冀京粤使", 'L': "ABFOI", 'S': "ABF0123456789OI", 'E': "DFKL", 'N': "0123456789", 'V': "VZ", 'M': "军海", 'T': "消边"}
	var out strings.Builder
	for _, r := range pick(d, "PLSSSSS", "PLSSSSS", "PLESNNNN", "PLNNNNNE", "PLSSSS挂", "PLSSSS学", "PLSSSS警", "PLSSSS领", "使NNNNNN", "粤ZSSSS港",
		"PLSSSS试", "临PLSSSSS", "PLSSSS应急", "PNNSSSSS", "WJPSSSSS", "WJNNTSSSS", "民航SSSSS", "PLSSSS", "PLSSSSSSSS", "SSSS", "-", "—") {
		if set, ok := classes[r]; ok {
			r = pick(d, []rune(set)...)
		}
		out.WriteRune(r)
	}
	number := out.String()
	switch d.IntN(6) {
	case 0:
		return strings.ToLower(number)
	case 1:
		return wide(number)
	case 2:
		return strings.Replace(number, "F", pick(d, "F·", "F ", "F・", " F•"), 1)
	}
	return number
}

// odd are texts with unseen characters, with characters that look alike, are no text, or want care in JSON.
var odd = []string{
	"", " ", "\u3000", "\u200b", "\ufeff", "\u00a0\u2003", "a\u200bb", "a\u200db", "\u202ea", "a\u00adb", "ａｂ", "（１）", "a｜b", "a|b", "a b", "a\tb", "a\nb", "\r\na\r\n",
	"a——b", "a———b", "a──b", "a－b", "a\u2212b", "\u0085a\u0085", "a\u0085b", "a\u007fb", "\x07", "\x00", "e\u0301", "e\u200b\u0301", "\u0301", "a\u0323\u0307", "한", "ㅎ\u1161", "\u115f", "\u3164",
	"①½㎞", "ﬁ", "𝐀", "🚗", "👩\u200d🚒", "\U000e0041", "\ufe0f", "\u2800", "İ", "ı", "ς", "ẞ", "K", "Å", "\ufffd", "\u2028", "\u061c", "﷽", "\\", "\"", "a\"", "\"a\"", "{label}", "$&", "-", "—", "。", "0", "null",
	"a" + strings.Repeat("\u0301", 29), "a" + strings.Repeat("\u0301", 31), "é" + strings.Repeat("\u0323", 31), strings.Repeat("\u0316\u0301\u0344", 30), "a" + strings.Repeat("\u0345", 64) + "b",
	"1e3", "٣", "𝟗", "NaN", "Infinity", "constructor", "__proto__", "toString",
}

// raw are texts as no program writes JSON.
var raw = []string{`"\ud800"`, `"a\udc00b"`, `"\ud800\u0041"`, `"\ud83d\ude97"`, `"\u0041\/\b"`, `"\u00e9"`, `"\ufffd"`, `"\x"`, `"\u12"`, `"\u0000"`, `"\ud83d"`}

// others are values of other types, and numbers at the edges.
var others = []string{
	"1", "0", "-1", "1.5", "1.0", "1e3", "1E+2", "-0", "01", "1.", ".5", "-", "+1", "0.", "0e", "0E+", "0e1.5", "99999999e", "true", "false", "nul", "null", `"x"`, "[]", "{}", `[1]`, `["a",1]`, `["a"`, `["a",]`, `[["a"]]`, `{"a":1}`, `["\ud800"]`, `[null]`,
	"9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "123456789012345678901234567890",
	"0.1", "0.12345", "-0.0", "100000000000000000000.5", "1e400", `"1e400"`, `"1."`, `".5"`, `"-"`, `"+1"`, `"1,5"`, `"--1"`, `"１２．５"`, `"0.1000"`, `" 1 "`, `"0x10"`, `"1_000"`,
}

// moments are times and days at the edges.
var moments = []string{
	"0001-01-01T00:00:00+08:00", "0000-12-31T23:59:59.999+08:00", "0000-12-31T16:00:00Z", "0000-12-31T15:59:59Z", "0000-01-01T00:00:00Z", "0000-12-31T23:59:59-23:59",
	"9999-12-31T23:59:59.999+08:00", "9999-12-31T15:59:59.9999999Z", "9999-12-31T16:00:00Z", "9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z",
	"2020-02-29T00:00:00Z", "2021-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2020-12-31T23:59:60Z", "2020-12-15T24:00:00Z", "2020-13-01T00:00:00Z", "2020-00-10T00:00:00Z", "2020-01-00T00:00:00Z", "2020-04-31T00:00:00Z",
	"2020-12-15T10:00:00", "2020-12-15 10:00:00+08:00", "2020-12-15t10:00:00z", "2020-12-15T10:00:00.Z", "2020-12-15T10:00:00.1234567890Z", "2020-12-15T10:00:00.0009Z", "2020-12-15T10:00:00+0800", "2020-12-15T10:00:00+24:00", "2020-12-15T10:00:00+08:60",
	"２０２０－１２－１５Ｔ１０：００：００Ｚ", " 2020-12-15T10:00:00Z ", "1986-07-01T00:00:00+09:00", "1900-01-01T00:00:00+08:05", "昨天 22:10",
	"2020-02-29", "2021-02-29", "0001-01-01", "0000-12-31", "9999-12-31", "2020-6-3", "20200603", "2020-13-01", "2020-06-31", "２０２０－０６－３０", "2020/06/30",
}

// spoil changes a value of the draft so that the value may be wrong.
func (d drawer) spoil(f *schema.Field, fields map[string]json.RawMessage) {
	if d.IntN(6) == 0 {
		if _, ok := fields[f.Name]; ok && d.IntN(2) == 0 {
			delete(fields, f.Name)
		} else {
			fields[f.Name] = json.RawMessage("null")
		}
		return
	}
	fields[f.Name] = json.RawMessage(d.spoiled(f))
}

func (d drawer) spoiled(f *schema.Field) string {
	switch n := d.IntN(6); {
	case n == 0:
		return pick(d, raw...)
	case n == 1:
		return pick(d, others...)
	case n == 2:
		return quoted(pick(d, odd...) + pick(d, "", "x", pick(d, odd...)))
	case n == 3 && f.MaxLen > 0:
		return quoted(strings.Repeat(pick(d, "a", "长", "🚗", "1", "e\u0301"), max(f.MaxLen+d.IntN(5)-2, 0)))
	case f.Type == schema.TypeTime || f.Type == schema.TypeDay:
		return quoted(pick(d, moments...))
	case f.Type == schema.TypeInt && f.Min != nil:
		return fmt.Sprint(pick(d, *f.Min-1, *f.Min, *f.Max, *f.Max+1))
	case f.Type == schema.TypeDecimal && f.Min != nil:
		return fmt.Sprintf(pick(d, "%d", `"%d"`, "%d.0", "%d.0000001", `"%d.000000000000000000001"`), pick(d, *f.Min-1, *f.Min, *f.Max, *f.Max+1))
	case f.Type == schema.TypeList:
		return d.list(f)
	case f.Type == schema.TypeCode:
		return quoted(d.code(f) + pick(d, "", "A", "é", " ", "1"))
	}
	return string(d.good(f, nil))
}

func (d drawer) list(f *schema.Field) string {
	items := make([]string, d.IntN(4))
	if f.Max != nil && d.IntN(3) == 0 {
		items = make([]string, int(*f.Max)+d.IntN(3)-1)
	}
	for i := range items {
		items[i] = quoted("a")
		if d.IntN(4) == 0 {
			items[i] = pick(d, quoted(pick(d, odd...)), pick(d, raw...))
		}
	}
	return "[" + strings.Join(items, pick(d, ",", ", ")) + "]"
}
