package schema

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// InWords writes a value for people: a code by its label, times and days in Shanghai. A list is joined, everything else
// is as stored; the cleared value is empty.
func (f *Field) InWords(v Value) Text {
	switch v.Type {
	case 0:
		return Text{}
	case TypeTime:
		return plainText(time.UnixMilli(v.I).In(shanghai).Format(time.DateTime))
	case TypeDay:
		return plainText(string(appendDay(nil, v.I)))
	case TypeBool:
		return [2]Text{{"否", "no"}, {"是", "yes"}}[min(v.I, 1)]
	case TypeText:
		if f.suggest != nil {
			return f.suggest.inWords(v.S)
		}
	case TypeCode:
		if c, ok := f.table.Get(v.S); ok {
			return c.Label
		}
	case TypeList:
		items := ListOf(v)
		return Text{strings.Join(items, "、"), strings.Join(items, ", ")}
	}
	return plainText(cmp.Or(v.S, string(AppendJSON(nil, v))))
}

// inWords writes a code with its words, if the table has it.
func (t *CodeTable) inWords(code string) Text {
	c, ok := t.listed(code)
	if !ok {
		return plainText(code)
	}
	return Text{code + " " + c.Short(), code + " " + c.Label.EN}
}

func plainText(s string) Text { return Text{s, s} }

const (
	mostSigns = 5  // values by which a record is known again
	signLen   = 24 // characters of each
)

// Signs are the values by which a person knows a record again: plates first, then numbers and places, codes, the event's
// own time and days.
func (k *Kind) Signs(v Values) (signs []Text) {
	fields := slices.DeleteFunc(slices.Clone(k.Fields), func(f *Field) bool { return k.signRank(f) < 0 })
	slices.SortStableFunc(fields, func(a, b *Field) int { return k.signRank(a) - k.signRank(b) })
	for _, f := range fields {
		if value, ok := v.Get(f.Name); ok && len(signs) < mostSigns {
			words := f.InWords(value)
			signs = append(signs, Text{truncateTo(words.ZH, signLen), truncateTo(words.EN, signLen)})
		}
	}
	return signs
}

// signRank orders the fields of Signs; -1: no sign. Digests, prose, and what every record has are no signs.
func (k *Kind) signRank(f *Field) int {
	digest := f.pattern != nil && f.MaxLen == digestLen
	switch {
	case f.Name == "unit", f.Name == "crs", f.Imported, f.Owner, f.prose, digest:
		return -1
	case f.Name == k.OwnTime:
		return 3
	}
	return map[Type]int{TypePlate: 0, TypeText: 1, TypeList: 1, TypeCode: 2, TypeDay: 3, TypeInt: -1, TypeBool: -1, TypeTime: -1,
		TypeDecimal: -1, TypeRecord: -1}[f.Type]
}

// digestLen is the length of a SHA-256 in hexadecimal.
const digestLen = 64

// Shows reports whether one of the values, in words or as stored, has the text in it. Letter case, spaces, and the dots of
// plates don't matter.
func (k *Kind) Shows(v Values, text string) bool {
	want := foldSign(text)
	for _, n := range v {
		f, ok := k.fields[n.Name]
		if !ok || n.Value.IsZero() {
			continue
		}
		words := f.InWords(n.Value)
		for _, shown := range []string{words.ZH, words.EN, n.Value.S} {
			if strings.Contains(foldSign(shown), want) {
				return true
			}
		}
	}
	return false
}

// foldSign is the form in which shown values are compared.
func foldSign(s string) string { return strings.ToLower(PlateForm(s)) }

// PlateForm writes a text as the plate numbers of lines are written: capitals, without spaces and dots.
func PlateForm(s string) string { return strings.Map(plateRune, CleanName(s)) }

// CodesShowing are the codes of the kind's fields whose words have the text in them, as pairs of field and code, at most
// so many.
func (k *Kind) CodesShowing(text string, most int) (pairs [][2]string) {
	want := foldSign(text)
	for _, f := range k.Fields {
		if f.table == nil {
			continue
		}
		for _, c := range f.table.Codes {
			if (strings.Contains(foldSign(c.Label.ZH), want) || strings.Contains(foldSign(c.Label.EN), want)) && len(pairs) < most {
				pairs = append(pairs, [2]string{f.Name, c.Code})
			}
		}
	}
	return pairs
}
