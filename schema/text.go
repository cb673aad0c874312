package schema

import (
	"slices"
	"strings"
)

// Text is a label or message in the product's two languages. Chinese is the language of the users and comes first;
// English stands beside it.
type Text struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// In returns the text in lang: "en" gives English, anything else Chinese.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Fault is a fault of an observation. Code is stable and append-only; Field is the path of the field ("" = the whole
// line).
type Fault struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message Text   `json:"message"`
}

func (f Fault) Error() string {
	if f.Field == "" {
		return f.Code + ": " + f.Message.EN
	}
	return f.Code + " (" + f.Field + "): " + f.Message.EN
}

// Faults are all faults of an input, in the order of its fields.
type Faults []Fault

func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// Join adds the faults of fields without a fault so far: a mistyped plate needs no second sentence about its type.
func (fs Faults) Join(more Faults) Faults {
	n := len(fs)
	for _, f := range more {
		if f.Field == "" || !slices.ContainsFunc(fs[:n], func(x Fault) bool { return x.Field == f.Field }) {
			fs = append(fs, f)
		}
	}
	return fs
}
