package schema

import (
	"encoding/json"
	"fmt"
	"strings"
)

// JSONSchema describes the "fields" object of a line that creates a record of this kind, as JSON Schema 2020-12. The
// schema gives the canonical form of each value; Decode also accepts a code's labels and a field's aliases. Rules over
// several fields appear as texts only. s is the kind's schema.
func (k *Kind) JSONSchema(s *Schema) []byte {
	properties, required := map[string]any{}, []string{}
	for _, f := range k.Fields {
		if f.Owner { // travels as the line's record
			continue
		}
		properties[f.Name] = f.jsonSchema(s)
		if f.Required || f.RequiredTyped {
			required = append(required, f.Name)
		}
	}
	var rules []string
	if k.ImportOnly {
		rules = append(rules, "import_only: "+importOnlyText.ZH+" "+importOnlyText.EN)
	}
	for _, r := range k.Rules {
		rules = append(rules, r.Code+": "+r.Message.ZH+" "+r.Message.EN)
	}
	doc := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "roadbook:" + k.Name,
		"title":   k.Label.ZH, "description": k.No + " " + k.Label.EN,
		"type": "object", "additionalProperties": false,
		"properties": properties, "required": required,
	}
	if len(rules) > 0 {
		doc["$comment"] = strings.Join(rules, "; ")
	}
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // the document contains only maps, slices and strings
	}
	return append(out, '\n')
}

func (f *Field) jsonSchema(s *Schema) map[string]any {
	p := map[string]any{"title": f.Label.ZH, "description": f.Label.EN}
	switch f.Type {
	case TypeInt:
		p["type"] = f.orNull("integer")
		f.bounds(p)
	case TypeBool:
		p["type"] = f.orNull("boolean")
	case TypeTime:
		p["type"], p["format"] = f.orNull("string"), "date-time"
	case TypeDay:
		p["type"], p["format"] = f.orNull("string"), "date"
	case TypeDecimal:
		p["type"], p["pattern"] = f.orNull("string"), f.decimalPattern()
	case TypeList:
		items := map[string]any{"type": "string"}
		f.form(items)
		p["type"], p["items"] = f.orNull("array"), items
		if f.Max != nil {
			p["maxItems"] = *f.Max
		}
	case TypeCode:
		f.jsonCodes(p, s)
	default:
		p["type"] = f.orNull("string")
		f.form(p)
	}
	if f.Imported {
		p["$comment"] = "只能由导入填写 imports only"
	}
	return p
}

// decimalPattern matches canonical decimals.
func (f *Field) decimalPattern() string {
	if f.Scale == nil {
		return `^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`
	}
	return fmt.Sprintf(`^-?(0|[1-9][0-9]*)(\.[0-9]{0,%d}[1-9])?$`, *f.Scale-1)
}

// orNull: null clears a field, unless it is required.
func (f *Field) orNull(t string) any {
	if f.Required {
		return t
	}
	return []string{t, "null"}
}

func (f *Field) bounds(p map[string]any) {
	if f.Min != nil {
		p["minimum"] = *f.Min
	}
	if f.Max != nil {
		p["maximum"] = *f.Max
	}
}

func (f *Field) form(p map[string]any) {
	if f.MaxLen > 0 {
		p["maxLength"] = f.MaxLen
	}
	switch {
	case f.Pattern != "":
		p["pattern"] = f.Pattern
	case f.token:
		p["pattern"] = `^[^\s|]+$`
	}
}

func (f *Field) jsonCodes(p map[string]any, s *Schema) {
	table, ok := s.Codes(f.Codes)
	if !ok {
		return
	}
	p["$comment"] = table.Source + ", " + table.Version
	if f.Open {
		p["type"] = f.orNull("string")
		f.form(p)
		return
	}
	choices := []map[string]string{}
	if !f.Required {
		choices = append(choices, map[string]string{"type": "null"})
	}
	for _, c := range table.Codes {
		choices = append(choices, map[string]string{"const": c.Code, "title": c.Label.ZH, "description": c.Label.EN})
	}
	p["oneOf"] = choices
}
