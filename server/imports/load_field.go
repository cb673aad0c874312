package imports

import (
	"slices"
	"strings"

	"roadbook/schema"
)

// loadFields reads the mapping's fields in the order of the kind's fields, the common order of faults and templates.
func (l *loader) loadFields() {
	kind := l.m.Kind
	named := map[string]string{}
	for name := range l.raw.Fields {
		f, _, ok := kind.FindField(name)
		switch {
		case !ok:
			_, wrong := kind.Parse(name, "")
			l.fault("“"+kind.Name+"”"+wrong.Message.ZH, "“"+kind.Name+"”: "+wrong.Message.EN, "fields", name)
		case f.Name == "source_key":
			l.fault("来源键写在 source_key，不在 fields 中", "the source key is said by source_key, not among the fields", "fields", name)
		case named[f.Name] != "":
			l.fault("字段“"+f.Name+"”写了两次", "field “"+f.Name+"” is said twice", "fields", name)
		default:
			named[f.Name] = name
		}
	}
	for _, f := range kind.Fields {
		if name, ok := named[f.Name]; ok {
			l.m.fields = append(l.m.fields, l.loadField(f, l.raw.Fields[name], "fields", name))
		} else if f.Required {
			l.fault("缺少必填字段“"+f.Name+"”（"+f.Label.ZH+"）", "the required field “"+f.Name+"” ("+f.Label.EN+") is missing", "fields")
		}
	}
}

func (l *loader) loadField(f *schema.Field, r rawField, path ...any) fieldMap {
	m := fieldMap{
		field: f, columns: r.Column, join: r.Join, with: " ", constant: r.Value, optional: r.Optional,
		values: r.Values, empty: r.Empty,
	}
	if r.With != nil {
		m.with = *r.With
	}
	l.checkOneSource(f, r, path)
	for _, column := range slices.Concat([]string(r.Column), r.Join) {
		l.checkColumnName(column, path...)
	}
	if r.Template != "" {
		m.template = l.loadTemplate(r.Template, append(path, "template")...)
	}
	m.unmapped, m.unmappedTo = l.loadUnmapped(r, path)
	l.loadFormats(&m, r, path)
	l.checkTargets(&m, path)
	return m
}

// checkOneSource: a field has exactly one source.
func (l *loader) checkOneSource(f *schema.Field, r rawField, path []any) {
	n := 0
	for _, said := range []bool{len(r.Column) > 0, len(r.Join) > 0, r.Value != nil, r.Template != ""} {
		if said {
			n++
		}
	}
	if n != 1 {
		l.fault("字段“"+f.Name+"”应写 column、join、value、template 之一", "field “"+f.Name+"” says one of column, join, value and template", path...)
	}
}

func (l *loader) loadUnmapped(r rawField, path []any) (word, other string) {
	path = append(slices.Clone(path), "unmapped")
	if r.Values == nil && (r.Unmapped.Word != "" || r.Unmapped.Value != nil) {
		l.fault("unmapped 只与 values 同用", "unmapped goes with values", path...)
	}
	if r.Unmapped.Value != nil {
		return "value", *r.Unmapped.Value
	}
	if r.Unmapped.Word == "" {
		return "reject", ""
	}
	if !slices.Contains([]string{"reject", "keep", "leave"}, r.Unmapped.Word) {
		l.fault("unmapped 应为 reject、keep、leave 或 {value: …}", "unmapped is reject, keep, leave or {value: …}", path...)
	}
	return r.Unmapped.Word, ""
}

// loadFormats reads the formats of a time or a day, or takes the default formats.
func (l *loader) loadFormats(m *fieldMap, r rawField, path []any) {
	timed := m.field.Type == schema.TypeTime || m.field.Type == schema.TypeDay
	if len(r.Formats) > 0 && !timed {
		l.fault("formats 只用于时间和日期", "formats go with times and days", append(slices.Clone(path), "formats")...)
	}
	for i, text := range r.Formats {
		lay, ok := parseTimeFormat(text)
		if !ok {
			l.fault("无法理解格式“"+text+"”，应如 YYYY-MM-DD HH:mm:ss（12 小时制为 hh:mm AM），或 written（各种写法）", "can't read the form “"+text+"”; it is written as YYYY-MM-DD HH:mm:ss (hh:mm AM with 12 hours), or is “written” for all usual forms", append(slices.Clone(path), "formats", i)...)
		}
		m.formats = append(m.formats, lay)
	}
	if len(m.formats) == 0 && timed {
		m.formats = []timeFormat{{text: written}}
	}
}

// checkTargets: the field must accept all values written in the mapping itself. A constant time is parsed as typed
// here.
func (l *loader) checkTargets(m *fieldMap, path []any) {
	check := func(text string, more ...any) {
		if _, wrong := l.m.Kind.Parse(m.field.Name, text); wrong != nil {
			l.fault(wrong.Message.ZH, wrong.Message.EN, append(slices.Clone(path), more...)...)
		}
	}
	if m.constant != nil {
		check(*m.constant, "value")
	}
	if m.unmapped == "value" {
		check(m.unmappedTo, "unmapped")
	}
	if m.empty != nil {
		check(*m.empty, "empty")
	}
	folded := map[string]string{}
	for from, to := range m.values {
		if to != nil {
			check(*to, "values", from)
		}
		if twin, ok := folded[foldText(from)]; ok && !sameText(m.values[twin], to) {
			l.fault("“"+from+"”与“"+twin+"”是同一个值", "“"+from+"” and “"+twin+"” are one value", append(slices.Clone(path), "values", from)...)
		}
		folded[foldText(from)] = from
	}
	if m.values != nil {
		m.values = foldKeys(m.values)
	}
}

// foldText is the form for comparing texts of values and names of columns: names of schema/DOMAIN.md#characters, and
// case and runs of space do not matter.
func foldText(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(schema.CleanName(s)), " "))
}

// sameText: a mapping may list several spellings of a text with one value.
func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func foldKeys(values map[string]*string) map[string]*string {
	out := make(map[string]*string, len(values))
	for k, v := range values {
		out[foldText(k)] = v
	}
	return out
}
