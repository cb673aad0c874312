package main

import (
	"cmp"
	"encoding/json"
	"strings"

	"roadbook/schema"
)

type kindsCmd struct {
	Kind string `arg:"" optional:"" help:"种类 / kind"`
}

// Run lists the kinds that people log, or one kind's fields; with --json the kind's JSON Schema.
func (c *kindsCmd) Run(e *env) error {
	sch := schema.Default()
	if c.Kind == "" {
		return e.printKinds(sch)
	}
	k, err := findKind(sch, c.Kind)
	if err != nil {
		return err
	}
	if e.JSON {
		return e.printJSON(json.RawMessage(k.JSONSchema(sch)))
	}
	for _, f := range k.Fields {
		if f.Imported {
			continue
		}
		e.print("%-18s %s%s\n", f.Name, f.Label.In(e.Lang), e.fieldHelp(sch, k, f))
	}
	return nil
}

func (e *env) printKinds(sch *schema.Schema) error {
	type kind struct {
		Name  string      `json:"name"`
		Label schema.Text `json:"label"`
		Roles []string    `json:"roles"`
	}
	var list []kind
	for _, k := range sch.Kinds() {
		if k.ImportOnly {
			continue
		}
		list = append(list, kind{k.Name, k.Label, k.Roles})
	}
	if e.JSON {
		return e.printJSON(list)
	}
	for _, k := range list {
		e.print("%-12s %s  %s\n", k.Name, k.Label.In(e.Lang), e.roleNames(k.Roles))
	}
	return nil
}

// fieldHelp tells how to fill a field in: whether required, and its codes.
func (e *env) fieldHelp(sch *schema.Schema, k *schema.Kind, f *schema.Field) string {
	var out strings.Builder
	switch own, _ := k.Field(k.OwnTime); {
	case own != nil && f.Auto && f.Required:
		out.WriteString(schema.Text{ZH: "（不填则取" + own.Label.ZH + "）", EN: " (" + own.Label.EN + " if not said)"}.In(e.Lang))
	case f.Name == "unit" || (f.Auto && f.Required) || f.Default != nil:
		out.WriteString(schema.Text{ZH: "（不填则自动）", EN: " (filled in if not said)"}.In(e.Lang))
	case f.Required || f.RequiredTyped:
		out.WriteString(schema.Text{ZH: "（必填）", EN: " (required)"}.In(e.Lang))
	}
	if f.Type == schema.TypeDay {
		out.WriteString(" 2020-06-30")
	}
	if _, ok := sch.Codes(f.Suggest); ok {
		out.WriteString(schema.Text{ZH: " 常用的", EN: " in common use"}.In(e.Lang))
	}
	if table, ok := sch.Codes(cmp.Or(f.Codes, f.Suggest)); ok {
		for i, c := range table.Codes {
			out.WriteString([]string{" ", ": "}[min(1, max(0, 1-i))])
			out.WriteString(c.Code + "=" + schema.Text{ZH: c.Short(), EN: c.Label.EN}.In(e.Lang))
		}
	}
	return out.String()
}
