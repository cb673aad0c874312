package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

type listCmd struct {
	Kind   string `help:"只列此种类 / only this kind"`
	Find   string `placeholder:"文字" help:"只列含此文字的：号牌、编号的一部分、地点、代码的名称 / only those that show this text: a plate, part of a number, a place, a code's name"`
	Doubts bool   `help:"只列存疑、机关还没看过的 / only those in doubt that HQ has not looked at"`
	Gone   bool   `help:"也列机关已转给其他单位的 / also those that HQ has given to another unit"`
	Limit  int    `default:"20" help:"最多几条，0 为全部 / at most so many, 0 for all"`
}

// Run lists records, newest first.
func (c *listCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		if _, err := e.authenticate(s.DB); err != nil {
			return err
		}
		kind := c.Kind
		if kind != "" {
			k, err := findKind(s.DB.Schema(), kind)
			if err != nil {
				return err
			}
			kind = k.Name
		}
		filter := localdb.Filter{Kind: kind, Gone: c.Gone, Doubts: c.Doubts, Limit: c.Limit}
		if c.Limit > 0 {
			filter.Limit++ // one more tells whether the list is complete
		}
		list, cut, err := c.read(e, s, filter)
		if err != nil {
			return err
		}
		more := c.Limit > 0 && len(list) > c.Limit
		if more {
			list = list[:c.Limit]
		}
		if e.JSON {
			out := make([]recordOut, len(list))
			for i := range list {
				out[i] = recordJSON(s.DB.Schema(), &list[i], false)
			}
			return e.printJSON(out)
		}
		for i := range list {
			e.printRow(s.DB.Schema(), &list[i])
		}
		switch {
		case cut:
			e.note(schema.Text{ZH: "符合的太多，只查了一部分；请把 --find 写得更具体，或加 --kind",
				EN: "too many records have this text, and only some were looked at: say more in --find, or add --kind"})
		case len(list) == 0 && c.Find != "":
			e.note(schema.Text{ZH: "没有显示“%s”的记录；只查本机有的，其他设备的先运行 client sync 取回",
				EN: "no record shows “%s”; only records on this device were looked at: client sync fetches the unit's"}, c.Find)
		case len(list) == 0 && c.Doubts:
			e.note(schema.Text{ZH: "没有存疑的记录", EN: "no record is in doubt"})
		case len(list) == 0:
			e.note(schema.Text{ZH: "没有记录。用 client log 登记，或用 client sync 取回本单位的",
				EN: "no records: log one with client log, or fetch the unit's with client sync"})
		case more:
			e.note(schema.Text{ZH: "只列最新 %d 条；client list --limit 0 列出全部",
				EN: "only the newest %d: client list --limit 0 lists all"}, c.Limit)
		}
		return nil
	})
}

func (e *env) printRow(sch *schema.Schema, r *localdb.Record) {
	e.print("%s  %s  %s\n", r.View.Record, e.recordWords(sch, r), strings.Join(e.statusMarks(r), " "))
}

// read reads the records to list. cut: not all records with the text were looked at.
func (c *listCmd) read(e *env, s *station.Station, f localdb.Filter) (list []localdb.Record, cut bool, err error) {
	if schema.CleanName(c.Find) == "" {
		list, err = s.DB.List(e.ctx, f)
		return list, false, err
	}
	return s.DB.Find(e.ctx, f, c.Find)
}

// statusMarks are the words after a record in a list.
func (e *env) statusMarks(r *localdb.Record) (marks []string) {
	add := func(when bool, zh, en string) {
		if when {
			marks = append(marks, schema.Text{ZH: zh, EN: en}.In(e.Lang))
		}
	}
	add(r.Waiting() > 0, "待同步", "waiting")
	add(r.Waiting() == 0, "已同步", "synced")
	add(r.Quarantined() > 0, "被隔离", "quarantined")
	add(r.Returned != nil, "被退回", "returned")
	add(r.GoneTo != "", "已转至 "+r.GoneTo, "given to "+r.GoneTo)
	add(r.View.Void, "已作废", "void")
	if n, known := tally.Deaths(&r.View); known && r.View.Kind == "accident" {
		add(n > 0 || len(r.View.Items) > 0, fmt.Sprintf("7日内死亡 %d", n), fmt.Sprintf("%d dead within 7 days", n))
	}
	add(!r.View.Complete(), "不完整", "incomplete")
	add(len(r.View.Conflicts) > 0, "存在冲突", "conflict")
	add(r.InDoubt() && !r.Uncounted(), "存疑", "in doubt")
	add(r.Uncounted(), "存疑，有未计入", "in doubt, not all counted")
	return marks
}

type showCmd struct {
	ID string `arg:"" help:"${id}"`
}

// Run shows a record with its fields, items, conflicts and history.
func (c *showCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		if _, err := e.authenticate(s.DB); err != nil {
			return err
		}
		_, r, err := e.resolve(s, c.ID)
		if err != nil {
			return err
		}
		news := hqNews{open: true}
		if news.acts, err = s.DB.ActsOf(e.ctx, r.View.Record); err != nil {
			return err
		}
		if e.JSON {
			err = e.printJSON(recordJSON(s.DB.Schema(), &r, true))
		} else {
			e.printRecord(s.DB.Schema(), &r)
		}
		e.markShown(s.DB, &news)
		return err
	})
}

func (e *env) printRecord(sch *schema.Schema, r *localdb.Record) {
	v := &r.View
	e.printRow(sch, r)
	e.printReturn(r)
	e.printFields(sch, v.Kind, v.Fields, "  ")
	e.printDoubts(r.Doubts, "", "  ")
	for i := range v.Items {
		it := &v.Items[i]
		e.print("  %s %s\n", it.ID, map[bool]string{true: schema.Text{ZH: "已作废", EN: "void"}.In(e.Lang)}[it.Void])
		e.printFields(sch, it.Kind, it.Fields, "    ")
		e.printDoubts(r.Doubts, it.ID.String(), "    ")
	}
	for _, f := range v.Faults {
		e.print("  ! %s\n", e.faultText(f))
	}
	for _, l := range r.Linked {
		e.print("  "+schema.Text{ZH: "同一事件另有 %s 的记录 %s", EN: "of the same event there is a record of %s, %s"}.In(e.Lang)+"\n", l.Unit, l.Record)
	}
	for _, o := range r.Observations {
		e.print("  %s  %s  %s\n", typed.Time(o.Line.Clock.HLC.Ms()), o.ID, strings.Join(e.describe(sch, &o), "  "))
		for _, f := range o.Faults {
			e.print("    ! %s\n", e.faultText(f))
		}
	}
}

func (e *env) printFields(sch *schema.Schema, kind string, v schema.Values, indent string) {
	k, ok := sch.Kind(kind)
	if !ok {
		return
	}
	for _, n := range v {
		if f, ok := k.Field(n.Name); ok && !n.Value.IsZero() {
			e.print("%s%s  %s\n", indent, f.Label.In(e.Lang), e.formatValue(k, n))
		}
	}
}

// recordOut is a record as JSON.
type recordOut struct {
	Record       string           `json:"record"`
	Kind         string           `json:"kind"`
	Unit         string           `json:"unit"`
	Day          string           `json:"day,omitempty"`
	Grade        string           `json:"grade,omitempty"`
	Fields       json.RawMessage  `json:"fields"`
	Complete     bool             `json:"complete"`
	Faults       schema.Faults    `json:"faults,omitempty"`
	Void         bool             `json:"void"`
	VoidReason   string           `json:"void_reason,omitempty"`
	Group        string           `json:"group,omitempty"`
	GoneTo       string           `json:"gone_to,omitempty"` // unit to which HQ gave it
	Returned     *returnedOut     `json:"returned,omitempty"`
	Linked       []wire.Elsewhere `json:"linked,omitempty"` // other units' records of the same event
	Doubts       []localdb.Doubt  `json:"doubts,omitempty"`
	Waiting      int              `json:"waiting"`
	Quarantined  int              `json:"quarantined"`
	Items        []itemOut        `json:"items,omitempty"`
	Conflicts    []conflictOut    `json:"conflicts,omitempty"`
	Observations []observationOut `json:"observations,omitempty"`
}

type itemOut struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	Fields json.RawMessage `json:"fields"`
	Void   bool            `json:"void"`
	Faults schema.Faults   `json:"faults,omitempty"`
}

type conflictOut struct {
	Register []string        `json:"register"`
	Values   json.RawMessage `json:"values"`
	By       string          `json:"by"`
}

type observationOut struct {
	ID      string        `json:"id"`
	Act     wire.Act      `json:"act"`
	Kind    string        `json:"kind"`
	Officer string        `json:"officer,omitempty"`
	Status  string        `json:"status"` // "waiting" or the server's status; "hq" for a line of HQ, "pulled" for another device's
	Faults  schema.Faults `json:"faults,omitempty"`
	Fates   []wire.Fate   `json:"fates,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Fields  any           `json:"fields,omitempty"`
}

func recordJSON(sch *schema.Schema, r *localdb.Record, history bool) recordOut {
	v := &r.View
	out := recordOut{
		Record: v.Record, Kind: v.Kind, Unit: v.Unit, Grade: string(v.Grade), Fields: encodeValues(sch, v.Kind, v.Fields),
		Complete: v.Complete(), Faults: v.Faults, Void: v.Void, VoidReason: v.VoidReason, Group: v.Group, GoneTo: r.GoneTo, Linked: r.Linked,
		Waiting: r.Waiting(), Quarantined: r.Quarantined(), Doubts: r.Doubts,
	}
	if v.Day != 0 {
		out.Day = v.Day.String()
	}
	if r.Returned != nil {
		out.Returned = newReturned(sch, r, true)
	}
	for i := range v.Items {
		it := &v.Items[i]
		out.Items = append(out.Items, itemOut{it.ID.String(), it.Kind, encodeValues(sch, it.Kind, it.Fields), it.Void, it.Faults})
	}
	out.Conflicts = conflictsJSON(sch, v)
	for i := 0; history && i < len(r.Observations); i++ {
		out.Observations = append(out.Observations, observationJSON(r, &r.Observations[i]))
	}
	return out
}

func conflictsJSON(sch *schema.Schema, v *merge.View) (out []conflictOut) {
	for _, c := range v.Conflicts {
		out = append(out, conflictOut{c.Register, encodeValues(sch, v.Kind, c.Values), c.By.String()})
	}
	return out
}

func observationJSON(r *localdb.Record, o *localdb.Observation) observationOut {
	out := observationOut{ID: o.ID.String(), Act: o.Line.Act, Kind: o.Line.Kind, Officer: o.Line.Officer,
		Status: string(o.Status), Faults: o.Faults, Fates: r.Fates[o.ID], Reason: o.Line.Reason}
	switch {
	case o.HQ:
		out.Status = "hq"
	case !o.Own:
		out.Status = "pulled"
	case o.Status == "":
		out.Status = "waiting"
	}
	if len(o.Line.Fields) > 0 {
		out.Fields = o.Line.Fields
	}
	return out
}

// encodeValues writes values as JSON; {} for an unknown kind.
func encodeValues(sch *schema.Schema, kind string, v schema.Values) json.RawMessage {
	k, ok := sch.Kind(kind)
	if !ok {
		return json.RawMessage("{}")
	}
	return k.Encode(v)
}
