package main

import (
	"strings"

	"roadbook/client/localdb"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// acts and statuses are the protocol's words as a person reads them. A word that is not here, of a later
// version, is shown as it stands.
var acts = map[wire.Act]schema.Text{
	wire.Create:   {ZH: "登记", EN: "logged"},
	wire.Amend:    {ZH: "更正", EN: "amended"},
	wire.Void:     {ZH: "作废", EN: "voided"},
	wire.Restore:  {ZH: "撤销作废", EN: "void taken back"},
	wire.Link:     {ZH: "合并", EN: "linked"},
	wire.Separate: {ZH: "拆分", EN: "separated"},
	wire.Review:   {ZH: "审核", EN: "reviewed"},
	wire.Release:  {ZH: "解除隔离", EN: "released"},
}

var statuses = map[wire.Status]schema.Text{
	"":               {ZH: "待同步", EN: "waiting"},
	wire.Created:     {ZH: "已入库", EN: "taken in"},
	wire.Exists:      {ZH: "已入库", EN: "taken in"},
	wire.Quarantined: {ZH: "被隔离", EN: "quarantined"},
	wire.Forked:      {ZH: "已入库，序列有分叉", EN: "taken in, the stream forked"},
}

// history is one statement in words: what was done to what, by whom, why, and how far it has got.
func (e *env) history(sch *schema.Schema, s *localdb.Said) []string {
	act, ok := acts[s.Line.Act]
	if !ok {
		act = schema.Text{ZH: string(s.Line.Act), EN: string(s.Line.Act)}
	}
	words := []string{act.In(e.Lang)}
	if k, ok := sch.Kind(s.Line.Kind); ok {
		words = append(words, k.Label.In(e.Lang))
	}
	if s.Line.Officer != "" {
		words = append(words, s.Line.Officer)
	}
	if s.Line.Reason != "" {
		words = append(words, s.Line.Reason)
	}
	return append(words, e.standing(s))
}

// standing is how far a statement has got.
func (e *env) standing(s *localdb.Said) string {
	if !s.Own {
		return schema.Text{ZH: "其他设备", EN: "another device's"}.In(e.Lang)
	}
	if text, ok := statuses[s.Status]; ok {
		return text.In(e.Lang)
	}
	return string(s.Status)
}

// kindNamed finds a kind by its name, or by its label in either language.
func kindNamed(sch *schema.Schema, name string) (*schema.Kind, bool) {
	name = strings.TrimSpace(name)
	if k, ok := sch.Kind(name); ok {
		return k, true
	}
	for _, k := range sch.Kinds() {
		if k.Label.ZH == name || strings.EqualFold(k.Label.EN, name) {
			return k, true
		}
	}
	return nil, false
}

// fieldNamed finds a field by its name, or by its label in either language.
func fieldNamed(k *schema.Kind, name string) (*schema.Field, bool) {
	name = strings.TrimSpace(name)
	if f, ok := k.Field(name); ok {
		return f, true
	}
	for _, f := range k.Fields {
		if f.Label.ZH == name || strings.EqualFold(f.Label.EN, name) {
			return f, true
		}
	}
	return nil, false
}
