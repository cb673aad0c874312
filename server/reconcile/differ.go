package reconcile

import (
	"fmt"

	"roadbook/schema"
)

// Difference is a field with another value on either side, in words for people: sensitive values are masked.
type Difference struct {
	Field string      `json:"field"`
	Label schema.Text `json:"label"`
	There schema.Text `json:"there"`
	Here  schema.Text `json:"here"`
}

// notCompared are fields with a comparison of their own: the distance.
var notCompared = map[string]bool{"lon": true, "lat": true, "crs": true}

// mostMetres is the distance between two readings of a place on a map: beyond it places differ.
const mostMetres = 500

// differing lists the fields of both that differ. Fields without a column there are not compared.
func (m *matcher) differing(there, here *Entry) (out []*schema.Field) {
	for _, f := range m.kind.Fields {
		if notCompared[f.Name] || aboutTheRecord[f.Name] || f.Owner || !m.has(f.Name) || f.Name == "unit" && there.Unit == here.Unit {
			continue
		}
		a := there.value(f.Name)
		b := here.value(f.Name)
		if !m.sameValue(f, a, b, there, here) && (f.Name != "unit" || !a.IsZero()) && (f.Name != m.rules.given || !b.IsZero()) {
			out = append(out, f)
		}
	}
	return out
}

// differences are the differing fields in words, and two places far apart.
func (m *matcher) differences(there, here *Entry) (out []Difference) {
	for _, f := range m.differing(there, here) {
		a := there.value(f.Name)
		b := here.value(f.Name)
		out = append(out, Difference{f.Name, f.Label, m.shown(f, a, there), m.shown(f, b, here)})
	}
	if d, ok := metresApart(there, here); ok && d > mostMetres {
		out = append(out, Difference{"lon", schema.Text{ZH: "位置", EN: "Place"}, placeWords(there), placeWords(here)})
	}
	return out
}

func placeWords(e *Entry) schema.Text {
	text := e.field("lon") + " " + e.field("lat")
	return schema.Text{ZH: text, EN: text}
}

// sameValue compares two values: moments to the minute, or to the day where hours are unknown or don't matter; a missing number of
// sets is one, and a missing flag is no.
func (m *matcher) sameValue(f *schema.Field, a, b schema.Value, there, here *Entry) bool {
	switch {
	case a == b:
		return true
	case f.Name == "occurred_at" && (m.rules.byDay || there.DayOnly || here.DayOnly):
		return there.Day == here.Day
	case f.Type == schema.TypeTime && !a.IsZero() && !b.IsZero():
		const minute = 60_000
		d := a.I - b.I
		return max(d, -d) < minute
	case f.Name == "sets":
		return setsOf(a) == setsOf(b)
	case f.Type == schema.TypeBool:
		return a.I == b.I
	}
	return false
}

func setsOf(v schema.Value) int64 {
	if v.IsZero() {
		return 1
	}
	return v.I
}

// shown writes a value for people.
func (m *matcher) shown(f *schema.Field, v schema.Value, of *Entry) schema.Text {
	t := f.InWords(v)
	switch {
	case v.IsZero():
		return schema.Text{ZH: "（空）", EN: "(empty)"}
	case f.Name == "occurred_at" && (m.rules.byDay || of.DayOnly):
		return schema.Text{ZH: of.Day.String(), EN: of.Day.String()}
	}
	return schema.Text{ZH: m.kind.Masked(f.Name, t.ZH), EN: m.kind.Masked(f.Name, t.EN)}
}

// nameOf names an entry to people: the fields by which they know it, and its moment.
func (m *matcher) nameOf(e *Entry) schema.Text {
	var out schema.Text
	for _, name := range m.rules.names {
		f, _ := m.kind.Field(name)
		v := e.value(name)
		if v.IsZero() {
			continue
		}
		t := m.shown(f, v, e)
		out.ZH += t.ZH + " "
		out.EN += t.EN + " "
	}
	at := e.Day.String()
	if f, ok := m.kind.Field("occurred_at"); ok && !m.rules.byDay && !e.DayOnly && e.At != 0 {
		at = f.InWords(schema.Value{Type: schema.TypeTime, I: e.At}).ZH
	}
	if e.Day == 0 {
		return schema.Text{ZH: out.ZH + "日期不明", EN: out.EN + "day unknown"}
	}
	return schema.Text{ZH: out.ZH + at, EN: out.EN + at}
}

// amountWords tell the numbers of both sides.
func amountWords(there, here int64) schema.Text {
	return schema.Text{
		ZH: fmt.Sprintf("平台计 %d，此处计 %d", there, here), EN: fmt.Sprintf("counts %d there and %d here", there, here),
	}
}
