package imports

import (
	"slices"
	"strings"
	"time"

	"roadbook/schema"
)

// parse gives a field's text its value.
func (w *reading) parse(f *fieldMap, text string, i int) (schema.Value, bool) {
	if len(f.layouts) > 0 {
		var ok bool
		if text, ok = w.when(f, text, i); !ok {
			return schema.Value{}, false
		}
	}
	v, wrong := w.m.Kind.Parse(f.field.Name, text)
	if wrong != nil {
		w.fault(Fault{Code: wrong.Code, Field: f.field.Name, Message: wrong.Message}, i)
		return v, false
	}
	return v, true
}

// when turns a time or day of the source into the form that the schema reads. A time without an offset is one of the
// mapping's zone. What the mapping itself puts in (a constant) may stand in the schema's own form.
func (w *reading) when(f *fieldMap, text string, i int) (string, bool) {
	t, local, ok := read(f.layouts, text)
	if !ok {
		if i < 0 {
			return text, true
		}
		w.fault(w.named(fault(CodeDate, text, forms(f.layouts)), f), i)
		return "", false
	}
	if f.field.Type == schema.TypeDay {
		return t.Format(time.DateOnly), true
	}
	if !local {
		return t.Format(time.RFC3339Nano), true
	}
	at, ok := w.instant(f, t, i)
	return at.In(w.m.zone).Format(time.RFC3339Nano), ok
}

func forms(ls []layout) string {
	var out []string
	for _, l := range ls {
		out = append(out, l.text)
	}
	return strings.Join(out, ", ")
}

// instant finds when the clocks of the mapping's zone showed the wall time. Where they showed it twice or never, the
// mapping's rule decides, and a note says so.
func (w *reading) instant(f *fieldMap, wall time.Time, i int) (time.Time, bool) {
	at, before := moments(wall, w.m.zone)
	text := wall.Format("2006-01-02 15:04:05")
	var code, rule string
	switch len(at) {
	case 1:
		return at[0], true
	case 0:
		code, rule = CodeNonexistent, w.m.nonexistent
	default:
		code, rule = CodeAmbiguous, w.m.ambiguous
	}
	problem := w.named(fault(code, text, w.m.zone.String()), f)
	switch rule {
	case "forward":
		at = []time.Time{before}
	case "later":
		at = at[1:]
	case "earlier":
	default:
		w.fault(problem, i)
		return wall, false
	}
	problem.Message = schema.Text{
		ZH: text + " 按映射取为 " + at[0].In(w.m.zone).Format(time.RFC3339), EN: text + " was taken as " + at[0].In(w.m.zone).Format(time.RFC3339) + " by the mapping",
	}
	w.notes = append(w.notes, Note{w.b.head.at(problem, w.row.number, i)})
	return at[0], true
}

// maxRemark is the greatest length of a remark, in characters.
const maxRemark = 1000

// remark adds to the remark what the source said and no field could take.
func (w *reading) remark() {
	if len(w.left) == 0 {
		return
	}
	text := strings.Join(w.left, "; ")
	if v, ok := w.values.Get("remark"); ok {
		text = v.S + "; " + text
	}
	if r := []rune(text); len(r) > maxRemark {
		text = string(r[:maxRemark-1]) + "…"
	}
	if v, wrong := w.m.Kind.Parse("remark", text); wrong == nil {
		w.values = w.values.With("remark", v)
	}
}

// sourceKey names the row, once in the file.
func (w *reading) sourceKey() {
	for _, name := range w.m.key.columns() {
		if !w.sound([]int{w.index[name]}, "source_key") {
			return
		}
	}
	text := w.fill(w.m.key)
	if strings.Trim(text, "|-/ .:") == "" {
		if !w.blamed(CodeEmpty) {
			w.fault(fault(CodeNoKey), -1)
		}
		return
	}
	v, wrong := w.m.Kind.Parse("source_key", text)
	if wrong != nil {
		w.fault(Fault{Code: wrong.Code, Field: "source_key", Message: wrong.Message}, -1)
		return
	}
	if first, ok := w.seen[v.S]; ok {
		w.fault(fault(CodeSameKey, v.S, first), -1)
		return
	}
	w.key, w.seen[v.S] = v.S, w.row.number
	w.values = w.values.With("source_key", v)
}

// check holds the values to the kind's rules. A field that has a fault already is not blamed again.
func (w *reading) check() {
	for _, wrong := range w.m.Kind.CheckCreate(w.values, true) {
		i := w.columnOf(wrong.Field)
		known := func(f Fault) bool { return f.Field == wrong.Field || i >= 0 && f.Column == Letter(i) }
		if !slices.ContainsFunc(w.faults, known) {
			w.fault(Fault{Code: wrong.Code, Field: wrong.Field, Message: wrong.Message}, i)
		}
	}
}

func (w *reading) blamed(code string) bool {
	return slices.ContainsFunc(w.faults, func(f Fault) bool { return f.Code == code })
}

// columnOf is the column that a field comes from, -1 if it comes from none.
func (w *reading) columnOf(field string) int {
	for i := range w.m.fields {
		if w.m.fields[i].field.Name == field && len(w.sources[i].cells) > 0 {
			return w.sources[i].cells[0]
		}
	}
	return -1
}
