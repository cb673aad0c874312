package imports

import (
	"slices"
	"strings"
	"time"

	"roadbook/schema"
)

// parseField parses a field's text.
func (w *rowChecker) parseField(f *fieldMap, text string, i int) (schema.Value, bool) {
	if len(f.formats) > 0 {
		var ok bool
		if text, ok = w.normalizeTime(f, text, i); !ok {
			return schema.Value{}, false
		}
	}
	if f.field.Owner {
		return w.parseOwner(f, text, i)
	}
	v, wrong := w.mapping.Kind.Parse(f.field.Name, text)
	if wrong != nil {
		w.addFault(Fault{Code: wrong.Code, Field: f.field.Name, Message: wrong.Message}, i)
		return v, false
	}
	return v, true
}

// normalizeTime turns a time or day of the source into the schema's form. A time without an offset is in the
// mapping's zone. A constant of the mapping may be in the schema's own form.
func (w *rowChecker) normalizeTime(f *fieldMap, text string, i int) (string, bool) {
	t, local, wrong, ok := parseTime(f.formats, f.field.Type, text)
	if !ok && w.fromDate {
		t, local, _, ok = parseTime(bookFormats[f.field.Type], f.field.Type, text)
	}
	if !ok {
		if i < 0 {
			return text, true
		}
		bad := fault(CodeDate, text, formatList(f.formats))
		if wrong != nil {
			bad.Message = *wrong
		}
		w.addFault(w.withField(bad, f), i)
		return "", false
	}
	if f.field.Type == schema.TypeDay {
		return t.Format(time.DateOnly), true
	}
	if !local {
		return t.Format(time.RFC3339Nano), true
	}
	at, ok := w.resolveWallTime(f, t, i)
	return at.In(w.mapping.zone).Format(time.RFC3339Nano), ok
}

func formatList(ls []timeFormat) string {
	var out []string
	for _, l := range ls {
		out = append(out, l.text)
	}
	return strings.Join(out, ", ")
}

// resolveWallTime finds the instant at which the clocks of the mapping's zone showed the wall time. For a wall time
// shown twice or never, the mapping's rule decides, and a note says so.
func (w *rowChecker) resolveWallTime(f *fieldMap, wall time.Time, i int) (time.Time, bool) {
	at, before := instantsShowing(wall, w.mapping.zone)
	text := wall.Format("2006-01-02 15:04:05")
	var code, rule string
	switch len(at) {
	case 1:
		return at[0], true
	case 0:
		code, rule = CodeNonexistent, w.mapping.nonexistent
	default:
		code, rule = CodeAmbiguous, w.mapping.ambiguous
	}
	problem := w.withField(fault(code, text, w.mapping.zone.String()), f)
	switch rule {
	case "forward":
		at = []time.Time{before}
	case "later":
		at = at[1:]
	case "earlier":
	default:
		w.addFault(problem, i)
		return wall, false
	}
	problem.Message = schema.Text{
		ZH: text + " 按映射取为 " + at[0].In(w.mapping.zone).Format(time.RFC3339), EN: text + " was taken as " + at[0].In(w.mapping.zone).Format(time.RFC3339) + " by the mapping",
	}
	w.notes = append(w.notes, Note{w.batch.header.locate(problem, w.row.number, i)})
	return at[0], true
}

// maxRemark is the greatest length of a remark, in characters.
const maxRemark = 1000

// addRemark adds the source texts without a field value to the remark.
func (w *rowChecker) addRemark() {
	if len(w.untranslated) == 0 {
		return
	}
	text := strings.Join(w.untranslated, "; ")
	if v, ok := w.values.Get("remark"); ok {
		text = v.S + "; " + text
	}
	if r := []rune(text); len(r) > maxRemark {
		text = string(r[:maxRemark-1]) + "…"
	}
	if v, wrong := w.mapping.Kind.Parse("remark", text); wrong == nil {
		w.values = w.values.With("remark", v)
	}
}

// emptyKey reports whether a source key names nothing: its parts have no value.
func emptyKey(text string) bool { return strings.Trim(schema.CleanName(text), "|-/ .:") == "" }

// readSourceKey reads the row's source key, unique in the file.
func (w *rowChecker) readSourceKey() {
	for _, name := range w.mapping.key.columns() {
		if !w.checkCells([]int{w.index[name]}, "source_key", w.mapping.key.use()) {
			return
		}
	}
	text := w.fillTemplate(w.mapping.key)
	if emptyKey(text) {
		if !w.hasFault(CodeEmpty) {
			w.addFault(fault(CodeNoKey), -1)
		}
		return
	}
	v, wrong := w.mapping.Kind.Parse("source_key", text)
	if wrong != nil {
		w.addFault(Fault{Code: wrong.Code, Field: "source_key", Message: wrong.Message}, -1)
		return
	}
	digest := digestOfKey(v.S)
	if first, ok := w.rowOfKey[digest]; ok {
		w.addFault(fault(CodeSameKey, v.S, first), -1)
		return
	}
	w.rowOfKey[digest] = int32(w.row.number)
	w.values = w.values.With("source_key", v)
}

// checkRules checks the values against the kind's rules. A field with a fault gets no second fault.
func (w *rowChecker) checkRules() {
	record, values := splitOwner(w.mapping.Kind, w.values)
	if f := ownerField(w.mapping.Kind); f != nil && record == "" && !slices.ContainsFunc(w.faults, func(o Fault) bool { return o.Field == f.Name }) {
		w.addFault(Fault{Code: CodeEmpty, Field: f.Name, Message: faultTexts[CodeEmpty]}, w.columnOf(f.Name))
	}
	for _, wrong := range slices.Concat(w.mapping.Kind.CheckTyped(values), w.mapping.Kind.CheckCreate(values, true)) {
		i := w.columnOf(wrong.Field)
		known := func(f Fault) bool { return f.Field == wrong.Field || i >= 0 && f.Column == Letter(i) }
		if !slices.ContainsFunc(w.faults, known) {
			w.addFault(Fault{Code: wrong.Code, Field: wrong.Field, Message: wrong.Message}, i)
		}
	}
}

func (w *rowChecker) hasFault(code string) bool {
	return slices.ContainsFunc(w.faults, func(f Fault) bool { return f.Code == code })
}

// columnOf is the column of a field, -1 if its text comes from no column.
func (w *rowChecker) columnOf(field string) int {
	for i := range w.mapping.fields {
		if w.mapping.fields[i].field.Name == field && len(w.fieldSources[i].cells) > 0 {
			return w.fieldSources[i].cells[0]
		}
	}
	return -1
}
