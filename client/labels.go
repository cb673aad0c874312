package main

import (
	"strings"

	"roadbook/client/localdb"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// actLabels and statusLabels give the protocol's words as a person reads them. An unknown word, of a later version, is
// printed unchanged.
var actLabels = map[wire.Act]schema.Text{
	wire.Create:   {ZH: "登记", EN: "logged"},
	wire.Amend:    {ZH: "更正", EN: "amended"},
	wire.Void:     {ZH: "作废", EN: "voided"},
	wire.Restore:  {ZH: "撤销作废", EN: "void taken back"},
	wire.Link:     {ZH: "合并", EN: "linked"},
	wire.Separate: {ZH: "拆分", EN: "separated"},
	wire.Review:   {ZH: "复核", EN: "reviewed"},
	wire.Release:  {ZH: "放行", EN: "released"},
}

var statusLabels = map[wire.Status]schema.Text{
	"":               {ZH: "待同步", EN: "waiting"},
	wire.Created:     {ZH: "已入库，参加核算", EN: "stored, in the reckoning"},
	wire.Exists:      {ZH: "已入库，参加核算", EN: "stored, in the reckoning"},
	wire.Quarantined: {ZH: "被隔离", EN: "quarantined"},
	wire.Forked:      {ZH: "已入库，参加核算，序列有分叉", EN: "stored, in the reckoning, the stream forked"},
}

// roleLabels are the roles of devices, as a person reads them.
var roleLabels = map[string]schema.Text{
	"officer": {ZH: "执勤民警", EN: "officer"},
	"clerk":   {ZH: "窗口人员", EN: "clerk"},
	"hq":      {ZH: "机关", EN: "HQ"},
}

// roleNames lists roles in the reader's language. A role of a later version is shown by its code.
func (e *env) roleNames(roles []string) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = role
		if label, ok := roleLabels[role]; ok {
			names[i] = label.In(e.Lang)
		}
	}
	return strings.Join(names, schema.Text{ZH: "、", EN: ", "}.In(e.Lang))
}

// sayOfHQ is an act of HQ in one word. A review that returns the record says so.
func sayOfHQ(l *wire.Line, act schema.Text) schema.Text {
	if isReturn(l) {
		act = schema.Text{ZH: "退回", EN: "returned"}
	}
	return act
}

// describe puts one observation into words: act, kind, officer, reason, units of a share, and delivery status.
func (e *env) describe(sch *schema.Schema, o *localdb.Observation) []string {
	act, ok := actLabels[o.Line.Act]
	if !ok {
		act = schema.Text{ZH: string(o.Line.Act), EN: string(o.Line.Act)}
	}
	words := []string{sayOfHQ(&o.Line, act).In(e.Lang)}
	if k, ok := sch.Kind(o.Line.Kind); ok {
		words = append(words, k.Label.In(e.Lang))
	}
	if o.Line.Officer != "" {
		words = append(words, o.Line.Officer)
	}
	if o.Line.Reason != "" {
		words = append(words, o.Line.Reason)
	}
	if len(o.Line.Share) > 0 {
		words = append(words, schema.Text{ZH: "共享给 ", EN: "shared with "}.In(e.Lang)+strings.Join(o.Line.Share, schema.Text{ZH: "、", EN: ", "}.In(e.Lang)))
	}
	return append(words, e.deliveryStatus(o))
}

// deliveryStatus tells whether an observation waits, arrived, or is HQ's or another device's.
func (e *env) deliveryStatus(o *localdb.Observation) string {
	if o.HQ {
		return schema.Text{ZH: "机关", EN: "HQ's"}.In(e.Lang)
	}
	if !o.Own {
		return schema.Text{ZH: "其他设备", EN: "another device's"}.In(e.Lang)
	}
	if text, ok := statusLabels[o.Status]; ok {
		return text.In(e.Lang)
	}
	return string(o.Status)
}
