package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse is ParseAt where no present is known.
func (k *Kind) Parse(field, text string) (Value, *Fault) { return k.ParseAt(Present{}, field, text) }

// ParseAt reads the text that a person typed for a field (by name or alias): codes by any of their names, whole and
// decimal numbers, 是/否 or true/false, times and days as people write them (ReadTime, ReadDay), in Asia/Shanghai, lists
// with commas or as a JSON array. A text with nothing to see gives the cleared value.
func (k *Kind) ParseAt(present Present, field, text string) (Value, *Fault) {
	f, ok := k.Field(field)
	if !ok {
		return Value{}, new(k.unknownNameFault(field))
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
		return f.readTime(name, present)
	case TypeDay:
		return f.readDay(name, present)
	case TypeList:
		return f.parseList(CleanProse(text))
	}
	if f.suggest != nil {
		return f.readSuggested(text)
	}
	v, wrong := f.readValue([]byte(text), false)
	if wrong != nil && wrong.Code == FaultCode {
		wrong = f.unknownCodeFault(text)
	}
	return v, wrong
}

// readSuggested reads a text, or words for one of its common values.
func (f *Field) readSuggested(text string) (Value, *Fault) {
	if code, ok := f.suggest.Lookup(text); ok {
		text = code
	}
	v, wrong := f.readValue([]byte(text), false)
	if wrong != nil && (wrong.Code == FaultPattern || wrong.Code == FaultTooLong) {
		words := f.suggest.suggest(text, nil)
		wrong.Message.ZH += words.ZH
		wrong.Message.EN += words.EN
	}
	return v, wrong
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

func (f *Field) readTime(text string, present Present) (Value, *Fault) {
	t, local, wrong := ReadTime(text, present)
	if wrong != nil {
		return Value{}, f.writtenFault(FaultTime, wrong)
	}
	if local {
		t = t.Add(-shanghaiOffset)
	}
	return Value{Type: TypeTime, I: t.UnixMilli()}, nil
}

func (f *Field) writtenFault(code string, wrong *Text) *Fault {
	return &Fault{Code: code, Field: f.Name, Message: Text{"“" + f.Label.ZH + "”：" + wrong.ZH, "“" + f.Label.EN + "”: " + wrong.EN}}
}

func (f *Field) readDay(text string, present Present) (Value, *Fault) {
	day, wrong := ReadDay(text, present)
	if wrong != nil {
		return Value{}, f.writtenFault(FaultDay, wrong)
	}
	return Value{Type: TypeDay, I: day}, nil
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
