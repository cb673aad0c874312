package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse reads the text that a person typed for a field (by name or alias): codes by any of their names, whole and
// decimal numbers, 是/否 or true/false, times in RFC 3339 or as "2006-01-02 15:04" (Asia/Shanghai), days as 2020-06-30,
// 2020/6/30, 20200630 or 2020年6月30日, lists with commas or as a JSON array. A text with nothing to see gives the cleared value.
func (k *Kind) Parse(field, text string) (Value, *Fault) {
	f, ok := k.Field(field)
	if !ok {
		return Value{}, new(unknownFieldFault(field))
	}
	if !utf8.ValidString(text) {
		return Value{}, new(f.notTextFault())
	}
	name := CleanName(text)
	if name == "" {
		return Value{}, nil
	}
	switch f.Type {
	case TypeBool:
		return f.parseBool(name)
	case TypeInt:
		return f.readNumber([]byte(name))
	case TypeTime:
		return f.readValue([]byte(localTimeToRFC3339(name)), false)
	case TypeDay:
		return f.readValue([]byte(dateToISO(name)), false)
	case TypeList:
		return f.parseList(CleanProse(text))
	}
	return f.readValue([]byte(text), false)
}

var (
	trueWords  = []string{"是", "true", "yes", "y", "1", "有"}
	falseWords = []string{"否", "false", "no", "n", "0", "无"}
)

func (f *Field) parseBool(text string) (Value, *Fault) {
	text = strings.ToLower(text)
	switch {
	case slices.Contains(trueWords, text):
		return Value{Type: TypeBool, I: 1}, nil
	case slices.Contains(falseWords, text):
		return Value{Type: TypeBool}, nil
	}
	return Value{}, new(f.typeFault())
}

// localTimeToRFC3339 rewrites a local time as RFC 3339; any other text is returned for the time's own reader.
func localTimeToRFC3339(text string) string {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, shanghai); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return text
}

// dateToISO rewrites a date as 2006-01-02; any other text is returned for the day's own reader.
func dateToISO(text string) string {
	for _, layout := range []string{"20060102", "2006-1-2", "2006/1/2", "2006年1月2日"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return text
}

func (f *Field) parseList(text string) (Value, *Fault) {
	var items []string
	if strings.HasPrefix(text, "[") {
		if json.Unmarshal([]byte(text), &items) != nil {
			return Value{}, new(f.typeFault())
		}
		return f.readList(items)
	}
	for _, item := range strings.FieldsFunc(text, isListComma) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return f.readList(items)
}

func isListComma(r rune) bool { return strings.ContainsRune(",，、;；", r) }
