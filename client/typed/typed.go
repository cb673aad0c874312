// Package typed tells how the program read a person's texts: 昨天 22:10 as a moment, 小型汽车 as a code.
package typed

import (
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Reading is a value as the program read it, where the person typed another text.
type Reading struct {
	Field string `json:"field"`
	Typed string `json:"typed"`
	Read  string `json:"read"`

	Label schema.Text `json:"-"` // of the field
}

// Time is a moment (Unix ms) as a person reads it, to the second; — for none.
func Time(ms int64) string {
	if ms == 0 {
		return "—"
	}
	return time.UnixMilli(ms).In(clock.Shanghai).Format("2006-01-02 15:04:05")
}

// Note returns the reading to show: of a time or day typed otherwise, of a number without its unit of measure (not whole), and
// of words for a code. ok is false if there is nothing to show.
func Note(f *schema.Field, text string, v schema.Value, whole bool, lang string) (r Reading, ok bool) {
	text = schema.CleanName(text)
	r = Reading{Field: f.Name, Typed: text, Label: f.Label}
	switch v.Type {
	case schema.TypeTime:
		r.Read = Time(v.I)
	case schema.TypeDay:
		r.Read = clock.Day(v.I).String()
	case schema.TypeText:
		r.Read = f.InWords(schema.Value{Type: schema.TypeText, S: v.S}).In(lang)
		return r, f.Suggest != "" && v.S != "" && text != v.S
	case schema.TypeInt, schema.TypeDecimal:
		r.Read = strings.Trim(string(schema.AppendJSON(nil, v)), `"`)
		return r, !whole
	default:
		return r, false
	}
	plain := strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "+08:00")
	minute := strings.TrimSuffix(r.Read, ":00")
	differs := plain != r.Read && plain != minute
	r.Read = minute
	return r, differs
}
