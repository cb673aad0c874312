package main

import (
	"encoding/json"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

type listCmd struct {
	Kind  string `help:"只列此种类 / only this kind"`
	Limit int    `default:"20" help:"最多几条，0 为全部 / at most so many, 0 for all"`
}

// Run lists records, newest first.
func (c *listCmd) Run(e *env) error {
	return e.open("", func(s *station.Station) error {
		if _, err := e.officer(s.DB); err != nil {
			return err
		}
		kind := c.Kind
		if kind != "" {
			k, ok := kindNamed(s.DB.Schema(), kind)
			if !ok {
				return localdb.ErrUnknownKind
			}
			kind = k.Name
		}
		filter := localdb.Filter{Kind: kind, Limit: c.Limit}
		if c.Limit > 0 {
			filter.Limit++ // one more tells whether there are more
		}
		list, err := s.DB.List(e.ctx, filter)
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
				out[i] = record(s.DB.Schema(), &list[i], false)
			}
			return e.printJSON(out)
		}
		for i := range list {
			e.row(s.DB.Schema(), &list[i])
		}
		switch {
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

func (e *env) row(sch *schema.Schema, entry *localdb.Entry) {
	v := &entry.View
	label := v.Kind
	if k, ok := sch.Kind(v.Kind); ok {
		label = k.Label.In(e.Lang)
	}
	if label == "" { // an item whose record this device has not seen
		label = schema.Text{ZH: "本机未见的记录", EN: "record not seen here"}.In(e.Lang)
	}
	day := "—"
	if v.Day != 0 {
		day = v.Day.String()
	}
	e.print("%s  %s  %s  %s\n", v.Record, day, label, strings.Join(e.marks(entry), " "))
}

// marks are what a person should know of a record at a glance.
func (e *env) marks(entry *localdb.Entry) (marks []string) {
	add := func(when bool, zh, en string) {
		if when {
			marks = append(marks, schema.Text{ZH: zh, EN: en}.In(e.Lang))
		}
	}
	add(entry.Waiting() > 0, "待同步", "waiting")
	add(entry.Waiting() == 0, "已同步", "synced")
	add(entry.Quarantined() > 0, "被隔离", "quarantined")
	add(entry.View.Void, "已作废", "void")
	add(!entry.View.Complete(), "不完整", "incomplete")
	add(len(entry.View.Conflicts) > 0, "存在冲突", "conflict")
	return marks
}

type showCmd struct {
	ID string `arg:"" help:"记录编号 / record id"`
}

// Run shows a record, its fields, items, conflicts and history.
func (c *showCmd) Run(e *env) error {
	return e.open("", func(s *station.Station) error {
		if _, err := e.officer(s.DB); err != nil {
			return err
		}
		entry, err := s.DB.Show(e.ctx, c.ID)
		if err != nil {
			return err
		}
		if e.JSON {
			return e.printJSON(record(s.DB.Schema(), &entry, true))
		}
		e.entry(s.DB.Schema(), &entry)
		return nil
	})
}

func (e *env) entry(sch *schema.Schema, entry *localdb.Entry) {
	v := &entry.View
	e.row(sch, entry)
	e.fields(sch, v.Kind, v.Fields, "  ")
	for i := range v.Items {
		it := &v.Items[i]
		e.print("  %s %s\n", it.ID, map[bool]string{true: schema.Text{ZH: "已作废", EN: "void"}.In(e.Lang)}[it.Void])
		e.fields(sch, it.Kind, it.Fields, "    ")
	}
	for _, f := range v.Faults {
		e.print("  ! %s\n", e.fault(f))
	}
	for _, said := range entry.Said {
		e.print("  %s  %s  %s\n", shown(said.Line.Clock.HLC.Ms()), said.ID, strings.Join(e.history(sch, &said), "  "))
		for _, f := range said.Faults {
			e.print("    ! %s\n", e.fault(f))
		}
	}
}

func (e *env) fields(sch *schema.Schema, kind string, v schema.Values, indent string) {
	k, ok := sch.Kind(kind)
	if !ok {
		return
	}
	for _, n := range v {
		if f, ok := k.Field(n.Name); ok && !n.Value.IsZero() {
			e.print("%s%s  %s\n", indent, f.Label.In(e.Lang), e.value(sch, k, n))
		}
	}
}

// recordOut is a record as JSON.
type recordOut struct {
	Record       string          `json:"record"`
	Kind         string          `json:"kind"`
	Unit         string          `json:"unit"`
	Day          string          `json:"day,omitempty"`
	Grade        string          `json:"grade,omitempty"`
	Fields       json.RawMessage `json:"fields"`
	Complete     bool            `json:"complete"`
	Faults       schema.Faults   `json:"faults,omitempty"`
	Void         bool            `json:"void"`
	VoidReason   string          `json:"void_reason,omitempty"`
	Group        string          `json:"group,omitempty"`
	Waiting      int             `json:"waiting"`
	Quarantined  int             `json:"quarantined"`
	Items        []itemOut       `json:"items,omitempty"`
	Conflicts    []conflictOut   `json:"conflicts,omitempty"`
	Observations []saidOut       `json:"observations,omitempty"`
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

type saidOut struct {
	ID      string        `json:"id"`
	Act     wire.Act      `json:"act"`
	Kind    string        `json:"kind"`
	Officer string        `json:"officer,omitempty"`
	Status  string        `json:"status"` // waiting, or the server's word; "pulled" for another's
	Faults  schema.Faults `json:"faults,omitempty"`
	Fates   []wire.Fate   `json:"fates,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Fields  any           `json:"fields,omitempty"`
}

func record(sch *schema.Schema, e *localdb.Entry, history bool) recordOut {
	v := &e.View
	out := recordOut{
		Record: v.Record, Kind: v.Kind, Unit: v.Unit, Grade: string(v.Grade), Fields: encode(sch, v.Kind, v.Fields),
		Complete: v.Complete(), Faults: v.Faults, Void: v.Void, VoidReason: v.VoidReason, Group: v.Group,
		Waiting: e.Waiting(), Quarantined: e.Quarantined(),
	}
	if v.Day != 0 {
		out.Day = v.Day.String()
	}
	for i := range v.Items {
		it := &v.Items[i]
		out.Items = append(out.Items, itemOut{it.ID.String(), it.Kind, encode(sch, it.Kind, it.Fields), it.Void, it.Faults})
	}
	out.Conflicts = conflicts(sch, v)
	for i := 0; history && i < len(e.Said); i++ {
		out.Observations = append(out.Observations, said(e, &e.Said[i]))
	}
	return out
}

func conflicts(sch *schema.Schema, v *merge.View) (out []conflictOut) {
	for _, c := range v.Conflicts {
		out = append(out, conflictOut{c.Register, encode(sch, v.Kind, c.Values), c.By.String()})
	}
	return out
}

func said(e *localdb.Entry, s *localdb.Said) saidOut {
	out := saidOut{ID: s.ID.String(), Act: s.Line.Act, Kind: s.Line.Kind, Officer: s.Line.Officer,
		Status: string(s.Status), Faults: s.Faults, Fates: e.Fates[s.ID], Reason: s.Line.Reason}
	switch {
	case !s.Own:
		out.Status = "pulled"
	case s.Status == "":
		out.Status = "waiting"
	}
	if len(s.Line.Fields) > 0 {
		out.Fields = s.Line.Fields
	}
	return out
}

// encode writes values as JSON; of a kind that this program does not know it can say nothing.
func encode(sch *schema.Schema, kind string, v schema.Values) json.RawMessage {
	k, ok := sch.Kind(kind)
	if !ok {
		return json.RawMessage("{}")
	}
	return k.Encode(v)
}
