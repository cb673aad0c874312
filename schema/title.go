package schema

import (
	"slices"
	"strings"
)

// Title names a record as people do: its sort, the number on its paper or else its place and category, and its day
// ("号牌发放 冀F8K2M6（2020-12-15）"). day is the record's day in words, "" if unknown. Values of sensitive fields stand in
// the title unmasked.
func (k *Kind) Title(v Values, day string) Text {
	name := k.number(v)
	if name.ZH == "" {
		name = k.placeAndCategory(v)
	}
	title := Text{ZH: k.Label.ZH + spaced(name.ZH), EN: k.Label.EN + spaced(name.EN)}
	if day != "" {
		title.ZH, title.EN = title.ZH+"（"+day+"）", title.EN+" ("+day+")"
	}
	return title
}

// number is the first number that the record has: a case number (WarnIfEqual), the texts of its natural key, a plate.
func (k *Kind) number(v Values) Text {
	sets := [][]string{k.WarnIfEqual, slices.DeleteFunc(slices.Clone(k.Key), func(name string) bool { return name == "unit" }), nil}
	for _, f := range k.Fields {
		if f.Type == TypePlate {
			sets[2] = append(sets[2], f.Name)
		}
	}
	for _, names := range sets {
		if text := k.words(v, names, TypeText, TypePlate); text.ZH != "" {
			return text
		}
	}
	return Text{}
}

// placeAndCategory is the record's site and its first required code.
func (k *Kind) placeAndCategory(v Values) Text {
	names := []string{"site"}
	for _, f := range k.Fields {
		if f.Type == TypeCode && f.Required && len(names) == 1 {
			names = append(names, f.Name)
		}
	}
	return k.words(v, names, TypeText, TypeCode)
}

// words joins the values of the named fields that are of one of the types; of codes their labels.
func (k *Kind) words(v Values, names []string, types ...Type) Text {
	var zh, en []string
	for _, name := range names {
		value, given := v.Get(name)
		if !given || value.S == "" || !slices.Contains(types, value.Type) {
			continue
		}
		text := Text{ZH: value.S, EN: value.S}
		if f, ok := k.Field(name); ok && f.table != nil {
			if code, ok := f.table.Get(value.S); ok {
				text = code.Label
			}
		}
		zh, en = append(zh, text.ZH), append(en, text.EN)
	}
	return Text{ZH: strings.Join(zh, " "), EN: strings.Join(en, " ")}
}

func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}
