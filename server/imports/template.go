package imports

import (
	"strings"

	"roadbook/schema"
)

// template is a text with placeholders: {Column}, {Column|Other name}, {.field} (the field's value in its canonical
// form), {@digest} (SHA-256 of the file), {@file} (its name), {@row}. "{{" is a brace.
type template []templatePart

type templatePart struct {
	text   string
	column string
	field  string
	file   string // "digest", "file", "row"
}

func parseTemplate(text string, kind *schema.Kind) (template, *schema.Text) {
	var out template
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			out = append(out, templatePart{text: before})
		}
		if !found {
			return out, nil
		}
		if strings.HasPrefix(rest, "{") {
			out, text = append(out, templatePart{text: "{"}), rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || strings.TrimSpace(name) == "" {
			return out, &schema.Text{ZH: "模板中的花括号没有配对或为空", EN: "a brace of the template does not close, or is empty"}
		}
		p, wrong := parsePlaceholder(name, kind)
		if wrong != nil {
			return out, wrong
		}
		out, text = append(out, p), after
	}
	return out, nil
}

func parsePlaceholder(name string, kind *schema.Kind) (templatePart, *schema.Text) {
	switch {
	case strings.HasPrefix(name, "."):
		f, ok := kind.Field(name[1:])
		if !ok {
			return templatePart{}, &schema.Text{ZH: "模板中没有字段“" + name[1:] + "”", EN: "the template names a field “" + name[1:] + "” that is not there"}
		}
		return templatePart{field: f.Name}, nil
	case name == "@digest" || name == "@file" || name == "@row":
		return templatePart{file: name[1:]}, nil
	case strings.HasPrefix(name, "@"):
		return templatePart{}, &schema.Text{ZH: "模板中只能用 @digest、@file、@row", EN: "a template knows @digest, @file and @row"}
	}
	return templatePart{column: name}, nil
}

// columns are the columns in the template, each as written: "|" separates alternative names.
func (t template) columns() (names []string) {
	for _, p := range t {
		if p.column != "" {
			names = append(names, p.column)
		}
	}
	return names
}

// isFileOnly reports whether the template is about the file and uses no column.
func (t template) isFileOnly() bool {
	file := false
	for _, p := range t {
		if p.column != "" || p.field != "" {
			return false
		}
		file = file || p.file != ""
	}
	return file
}
