package localdb

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// show puts a doubt that this device found into words.
func (d *doubter) show(v *merge.View, f *doubt.Doubt) (Doubt, error) {
	out := Doubt{Code: f.Rule.Code, Severity: f.Rule.Severity, Field: f.Rule.Field, Item: f.Item, Value: f.Value, Other: f.Other.Record}
	if f.Review != nil {
		out.Seen, out.Words = true, f.Review.Words
	}
	var name schema.Text
	var err error
	if f.Other.Record != "" {
		if name, _, err = d.nameOf(f.Other.Record, !namesDay(f.Rule)); err != nil {
			return out, err
		}
	}
	out.Text = f.Text(v.Day.String(), func(doubt.Neighbour) schema.Text { return name })
	return out, nil
}

// showTold puts the server's word into words. ok is false for doubts that this device finds itself, and for doubts that changes on
// this device have settled.
func (d *doubter) showTold(r *Record, t *wire.Doubt, stands bool) (out Doubt, ok bool, err error) {
	out = Doubt{Code: t.Code, Severity: schema.Check, Field: t.Field, Item: t.Item, Value: t.Value, Other: t.Other, Seen: t.Seen, Words: t.Words}
	rule, known := d.db.cfg.Schema.Doubt(t.Code)
	switch {
	case itemIsVoid(&r.View, t.Item):
		return out, false, nil
	case !known:
		out.Text = newerText(t.Code)
		return out, stands, nil
	case rule.Of != "" && !stands:
		return out, false, nil
	case rule.Of == "" && (!d.cannotFind(rule, r) || !stillSaid(&r.View, t)):
		return out, false, nil
	}
	name := schema.Text{ZH: "其他单位的一条登记", EN: "a record of another unit"}
	if t.Other != "" {
		var void bool
		if name, void, err = d.nameOf(t.Other, !namesDay(rule)); err != nil || void && t.Code != doubt.CodeLeftOut {
			return out, false, err
		}
	}
	f := doubt.Doubt{Rule: rule, Item: t.Item, Value: t.Value}
	if rule.Of != "" {
		f.Other = doubt.Neighbour{Record: cmp.Or(t.Other, "-"), Day: cmp.Or(t.Day, "—")}
	}
	out.Severity, out.Text = rule.Severity, f.Text(r.View.Day.String(), func(doubt.Neighbour) schema.Text { return name })
	return out, true, nil
}

// cannotFind reports whether this device cannot evaluate a rule about a record alone: without lists, or
// without a proven moment of saving.
func (d *doubter) cannotFind(rule *schema.Doubt, r *Record) bool {
	return rule.AsksLists() && d.ref == nil || rule.AsksClock() && !savedWhen(r)
}

func itemIsVoid(v *merge.View, item string) bool {
	return item != "" && slices.ContainsFunc(v.Items, func(i merge.Item) bool { return i.Void && i.ID.String() == item })
}

// stillSaid reports whether the record still has the value in doubt.
func stillSaid(v *merge.View, t *wire.Doubt) bool {
	switch {
	case t.Value == "":
		return true
	case t.Field == "occurred_at": // its year
		return strings.HasPrefix(v.Day.String(), t.Value)
	}
	value, _ := v.Fields.Get(t.Field)
	return value.S == t.Value || strings.HasSuffix(t.Value, "|"+value.S)
}

// same reports whether two doubts are one.
func (a *Doubt) same(b Doubt) bool { return a.Code == b.Code && a.Item == b.Item && a.Other == b.Other }

// takeReview takes over from the server that HQ has looked at the doubt.
func (a *Doubt) takeReview(told []wire.Doubt) {
	for _, t := range told {
		if t.Seen && !a.Seen && t.Code == a.Code && t.Item == a.Item && t.Value == a.Value && t.Other == a.Other {
			a.Seen, a.Words = true, t.Words
		}
	}
}

// nameOf calls a record, or an observation of a record, by words for people; void: the record is void.
func (d *doubter) nameOf(id string, withDay bool) (name schema.Text, void bool, err error) {
	o, record, err := d.db.findObservation(id)
	if errors.Is(err, ErrUnknownRecord) {
		return schema.Text{ZH: "本机没有的登记 " + id, EN: "record " + id + ", not on this device"}, false, nil
	}
	if err != nil {
		return name, false, err
	}
	v, err := d.view(record)
	if err != nil {
		return name, false, err
	}
	kind, known := d.db.cfg.Schema.Kind(o.Line.Kind)
	switch {
	case !known:
		return schema.Text{ZH: id, EN: id}, v.Void, nil
	case record != id:
		return schema.Text{ZH: "“" + kind.Label.ZH + "”", EN: "“" + kind.Label.EN + "”"}, v.Void, nil
	}
	name = kind.Title(v.Fields, "")
	if withDay && v.Day != 0 {
		name = schema.Text{ZH: name.ZH + " " + v.Day.String(), EN: name.EN + " " + v.Day.String()}
	}
	return name, v.Void, nil
}

// namesDay reports whether the text of a rule names the other record's day itself.
func namesDay(rule *schema.Doubt) bool { return strings.Contains(rule.Text.ZH, "{day}") }

// byThisDevice marks a doubt about other records that the server has not told.
func byThisDevice(t schema.Text) schema.Text {
	return schema.Text{ZH: t.ZH + "（仅据本机的登记，同步后以服务器为准）", EN: t.EN + " (by this device's records alone; the next sync tells for certain)"}
}

// newerText stands for the words of a doubt that only a newer program has.
func newerText(code string) schema.Text {
	return schema.Text{ZH: "服务器对这条登记存疑（" + code + "），本程序较旧，没有这一项的说明：请升级程序，或询问机关",
		EN: "the server doubts this record (" + code + "), and this older program has no words for it: upgrade, or ask HQ"}
}
