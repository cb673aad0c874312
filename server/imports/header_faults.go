package imports

import (
	"slices"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// checkStrict finds columns missing in the mapping: the values of a misspelt column would be lost silently.
func (b *Batch) checkStrict() {
	known := b.header.knownColumns()
	for _, name := range b.Mapping.columns() {
		if i, ok := b.header.findColumn(name); ok {
			known[i] = true
		}
	}
	for i, name := range b.header.names {
		switch {
		case name == "":
		case b.header.index[foldText(name)] != i:
			b.addFileFault(b.header.locate(fault(CodeRepeated, name), b.Mapping.header, i))
		case !known[i] && name != rejectColumn && name != rejectColumnEN:
			b.addFileFault(b.header.locate(b.header.unknownColumn(name), b.Mapping.header, i))
		}
	}
}

// unknownColumn names the nearest columns that the table lacks, or all of them where none is near.
func (h *header) unknownColumn(name string) Fault {
	if i := strings.IndexAny(name, wideSeparators); i >= 0 {
		sep, _ := utf8.DecodeRuneInString(name[i:])
		part, _, _ := strings.Cut(name, string(sep))
		if slices.ContainsFunc(h.m.columns(), func(c string) bool { return slices.Contains(names(c), strings.TrimSpace(part)) }) {
			return *wideFault(sep, 0)
		}
	}
	f := fault(CodeUnknownColumn, name)
	missing := h.missing()
	if near := nearest(name, missing); len(near) > 0 {
		f.Message.ZH += "；最相近的：" + strings.Join(near, "、")
		f.Message.EN += "; the nearest are: " + strings.Join(near, ", ")
		return f
	}
	var all []string
	for _, m := range missing {
		all = append(all, m[0])
	}
	if len(all) > 0 {
		f.Message.ZH += "；表中还可以有：" + strings.Join(all, "、")
		f.Message.EN += "; the table may also have: " + strings.Join(all, ", ")
	}
	return f
}

// names are the alternatives of a column as a mapping writes them.
func names(column string) []string { return strings.Split(column, "|") }

// missing are the mapping's columns that the header lacks, each with all its names.
func (h *header) missing() (out [][]string) {
	add := func(alternatives []string) {
		for _, name := range alternatives {
			if _, ok := h.findColumn(name); ok {
				return
			}
		}
		if !slices.ContainsFunc(out, func(o []string) bool { return o[0] == alternatives[0] }) {
			out = append(out, alternatives)
		}
	}
	for _, name := range slices.Concat(h.m.required, h.m.key.columns()) {
		add(names(name))
	}
	for i := range h.m.fields {
		f := &h.m.fields[i]
		if len(f.columns) > 0 {
			add(f.columns)
		}
		for _, name := range slices.Concat(f.join, f.template.columns()) {
			add(names(name))
		}
	}
	return out
}

// nearest are at most three columns whose name is at most a third away from a typed one.
func nearest(typed string, columns [][]string) (out []string) {
	want := foldText(typed)
	for away := range 3 {
		for _, alternatives := range columns {
			for _, name := range alternatives {
				known := foldText(name)
				d := schema.Distance(want, known)
				if strings.Contains(want, known) {
					d = min(d, 1)
				}
				if d != away || d > 1 && 3*d > utf8.RuneCountInString(known) || slices.Contains(out, alternatives[0]) || len(out) == 3 {
					continue
				}
				out = append(out, alternatives[0])
			}
		}
	}
	return out
}

// sawHeaderBelow looks for the header in the ten rows below: people put a title above it.
func (b *Batch) sawHeaderBelow(t table) bool {
	if len(b.header.knownColumns()) > 0 {
		return false
	}
	for range 10 {
		r, wrong := t.next()
		if r == nil || wrong != nil {
			return false
		}
		if len(r.cells) <= sheet.MaxColumns && len(newHeader(b.Mapping, nil, *r).knownColumns()) > 1 {
			at, n := itoa(b.Mapping.header), itoa(r.number)
			b.addFileFault(Fault{Row: b.Mapping.header, Code: CodeHeaderRow, Message: schema.Text{
				ZH: "第 " + at + " 行应是表头，表头却像在第 " + n + " 行：请删去上面的标题行，或在映射里写 header_row: " + n,
				EN: "row " + at + " should be the header, and it seems to be row " + n + ": remove the title above it, or the mapping says header_row: " + n,
			}})
			return true
		}
	}
	return false
}

// headerGarbled: with the wrong encoding no column is found, and each would be called unknown.
func (b *Batch) headerGarbled() bool {
	for i, name := range b.header.names {
		if strings.ContainsRune(name, utf8.RuneError) {
			f := fault(CodeEncoding, b.form.encoding)
			f.Message.ZH += "：不写 encoding（或 --encoding）则按内容判断"
			f.Message.EN += ", or say none (nor --encoding) and the content decides"
			f.Row, f.Column = b.Mapping.header, Letter(i)
			b.addFileFault(f)
			return true
		}
	}
	return false
}
