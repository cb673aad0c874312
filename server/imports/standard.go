package imports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// ImportableKinds lists the kinds for tables, ledgers last.
func ImportableKinds(s *schema.Schema) (names []string) {
	for _, k := range s.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// StandardMapping is the mapping of a table with the fields' own names in its header, Chinese or English, as
// described by Template. Its importer has the kind's name.
func StandardMapping(s *schema.Schema, kind string) (*Mapping, error) {
	text, err := Template(s, kind)
	if err != nil {
		return nil, err
	}
	return Load([]byte(text), kind+".yaml", s)
}

// Template writes the standard mapping of a kind with comments: the header of its table, the content of each column,
// and the changes for a table of another form.
func Template(s *schema.Schema, kind string) (string, error) {
	k, ok := s.Kind(kind)
	if !ok {
		return "", fmt.Errorf("没有可导入的种类“%s”，可用：%s · %q can't be imported; there are: %[2]s", kind, strings.Join(ImportableKinds(s), " "), kind)
	}
	w := templateWriter{schema: s, kind: k}
	w.writeTop()
	for _, f := range k.Fields {
		if f.Name != "source_key" {
			w.writeField(f)
		}
	}
	return w.String(), nil
}

type templateWriter struct {
	strings.Builder
	schema *schema.Schema
	kind   *schema.Kind
}

func (w *templateWriter) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// Headers are the first lines of a table of the kind, in Chinese and in English. Values known to the mapping itself
// have no column.
func Headers(k *schema.Kind) (zh, en []string) {
	for _, f := range k.Fields {
		switch {
		case f.Name == "source_key" && !needsSourceKey(k), f.Name == digestField, f.Name == "occurred_at" && dayField(k) != nil:
			continue
		}
		zh, en = append(zh, f.Label.ZH), append(en, f.Name)
	}
	return zh, en
}

// digestField receives the digest of the imported file.
const digestField = "file_digest"

// dayField is the field with the moment of a kind about a day or a period, nil for a kind with a moment of its own.
// The moment of a period is its last day.
func dayField(k *schema.Kind) *schema.Field {
	for _, name := range []string{"from_day", "period_to", "day", "status_from", "due_on", "bought_on"} {
		if f, ok := k.Field(name); ok && f.Type == schema.TypeDay && f.Required {
			return f
		}
	}
	return nil
}

// needsSourceKey: a kind without a natural key, or with one that many tables lack, needs a column to distinguish its rows.
func needsSourceKey(k *schema.Kind) bool { return len(k.Key) == 0 || k.KeyOptional }

func (w *templateWriter) writeTop() {
	k := w.kind
	zh, en := Headers(k)
	w.line("# %s %s · %s", k.No, k.Label.ZH, k.Label.EN)
	w.line("# 表头（第一行，中文或英文任选） · header (the first line, in either language):")
	w.line("# %s", strings.Join(zh, ","))
	w.line("# %s", strings.Join(en, ","))
	w.line("# 写法见 server/imports/README.md · how to write a mapping: server/imports/README.md")
	w.line("name: %s               # 导入者名，同名者共享来源键 · of the importer; its source keys are its own", k.Name)
	w.line("kind: %s", k.Name)
	w.line("# encoding: gb18030      # 不写则按内容判断 · by the content if not said: utf-8, gb18030, utf-16, latin-1")
	w.line("# separator: tab         # 不写则按表头判断 · by the header if not said: one character, or tab")
	w.line("header_row: 1")
	w.line("time_zone: Asia/Shanghai # 表中时间的时区 · of the times in the table")
	w.line("strict: true             # 多余的列算错 · columns that are not used are faults")
	w.line("# 来源键辨认一行：再次导入时，同键的行更正原记录，不另建 · the source key tells a row from others: imported again, it amends its record")
	w.line("source_key: %s", strconv.Quote(w.sourceKeyTemplate()))
	w.line("fields:")
}

// sourceKeyTemplate is the natural key if every table has it, else a column.
func (w *templateWriter) sourceKeyTemplate() string {
	if needsSourceKey(w.kind) {
		f, _ := w.kind.Field("source_key")
		return "{" + f.Label.ZH + "|" + f.Name + "}"
	}
	var parts []string
	for _, part := range w.kind.Key {
		if _, ok := w.kind.Field(part); !ok { // the day or month of occurred_at
			part = "occurred_at"
		}
		parts = append(parts, "{."+part+"}")
	}
	return strings.Join(parts, "|")
}

// writeField writes one field of the mapping, with a comment about its content.
func (w *templateWriter) writeField(f *schema.Field) {
	from := f
	day := dayField(w.kind)
	more := ""
	switch {
	case f.Name == digestField:
		w.line("  %s: {template: \"{@digest}\"} # 导入文件的摘要 · the digest of the file", f.Name)
		return
	case f.Name == "unit" && w.kind.Ledger && !slices.Contains(w.kind.Key, "unit"):
		more = ", optional: true, empty: hq"
	case f.Name == "occurred_at" && day != nil:
		from = day
	case !f.Required:
		more = ", optional: true"
	}
	w.line("  %s: {column: [%s, %s%s]%s%s} # %s", f.Name, strconv.Quote(from.Label.ZH), from.Name, w.otherNames(from), w.timeFormats(f), more, w.columnHelp(f))
}

// otherNames are more names of a column: the label without its unit of measure, and the field's aliases.
func (w *templateWriter) otherNames(f *schema.Field) (out string) {
	bare := f.BareLabels().ZH
	if found, _, ok := w.kind.FindField(bare); ok && found == f {
		out = ", " + strconv.Quote(bare)
	}
	for _, alias := range f.Alias {
		out += ", " + strconv.Quote(alias)
	}
	return out
}

// timeFormats: the moment of a ledger's entry may be written as a day.
func (w *templateWriter) timeFormats(f *schema.Field) string {
	if f.Type != schema.TypeTime {
		return ""
	}
	return `, formats: ["YYYY-M-D", "YYYY/M/D", "YYYY.M.D", "YYYY年M月D日", "YYYYMMDD", written]`
}

// columnHelp describes the content of a column.
func (w *templateWriter) columnHelp(f *schema.Field) string {
	text := typeHelp[f.Type]
	switch {
	case f.Type == schema.TypeCode:
		text = w.codeHelp(f.Codes)
	case f.Suggest != "":
		text += "：" + w.codeHelp(f.Suggest)
	}
	if f.Required {
		text += "；必填 required"
	}
	return text
}

var typeHelp = map[schema.Type]string{
	schema.TypeText: "文本 text", schema.TypeInt: "整数 whole number", schema.TypeBool: "是/否 true/false", schema.TypeTime: "时间 time",
	schema.TypeDecimal: "数字 number", schema.TypePlate: "号牌，无则 - · plate, or -", schema.TypeRecord: "记录编号 record id",
	schema.TypeList: "以逗号分隔的列表 list with commas", schema.TypeDay: "日期 day",
}

func (w *templateWriter) codeHelp(table string) string {
	t, ok := w.schema.Codes(table)
	if !ok {
		return "代码 code"
	}
	var names []string
	for _, c := range t.Codes {
		names = append(names, c.Code+" "+c.Short())
	}
	const most = 12
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "…")
	}
	return strings.Join(names, ", ")
}
