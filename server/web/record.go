package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// recordData is one record: its fields, their sources, and its contributions.
type recordData struct {
	*query.Trail
	KindLabel, No    string
	Fields           []fieldData
	Lent             []lentData
	Items            []itemData
	LeftOut          []otherItem
	Alike            [][]otherItem
	Observations     []observationData // in the order of stamps
	QuarantinedLines []observationData
	Contributes      []contribution
	LostValues       int // number of values that lost a conflict
}

// fieldData is a field with its value in words.
type fieldData struct {
	Name, Label, Value string
	Outcome            string // fate of a value in an observation: "stands", "replaced", "lost"; "" if not shown
	Auto, Masked       bool
	By                 []int // numbers of the observations with this value
}

// lentData is a value that another record lends.
type lentData struct {
	Fields []fieldData
	From   string
}

type itemData struct {
	query.Item
	Label  string
	Fields []fieldData
}

// otherItem is an item with the record that holds it.
type otherItem struct {
	itemData
	Record string
}

// observationData is the view of one observation.
type observationData struct {
	query.Evidence
	N          int
	Label      string // label of the kind
	Fields     []fieldData
	Seen       []int
	ClockShift string // correction of the device's clock; "" for none
}

type contribution struct {
	query.Contribution
	Label       schema.Text
	MeasureUnit string
}

func (w *Web) record(v *pageRequest) (page, error) {
	trail, err := w.cfg.Query.Trail(v.ctx, PathParam(v.c, "id"))
	if err != nil {
		return page{}, err
	}
	d := w.recordOf(v, trail)
	return page{name: "record", title: d.KindLabel + " " + shortID(trail.ID), demo: v.catalogue.Demo, data: d}, nil
}

func (w *Web) recordOf(v *pageRequest, t *query.Trail) *recordData {
	d := &recordData{Trail: t, KindLabel: t.Kind, LostValues: len(t.Conflicts)}
	if k, ok := w.cfg.Schema.Kind(t.Kind); ok {
		d.KindLabel, d.No = k.Label.In(v.lang), k.No
	}
	d.Fields = w.fields(v, t.Kind, t.Record.Fields, nil)
	numbers := map[string]int{}
	sortByStamp(t)
	for i := range t.Evidence {
		numbers[t.Evidence[i].ID] = i + 1
	}
	for i := range t.Evidence {
		d.Observations = append(d.Observations, w.observation(v, t, numbers, &t.Evidence[i]))
	}
	for i := range t.Quarantined {
		d.QuarantinedLines = append(d.QuarantinedLines, w.observation(v, t, numbers, &t.Quarantined[i]))
	}
	for i := range d.Fields {
		d.Fields[i].By = currentSources(d.Observations, d.Fields[i])
	}
	for _, l := range t.Lent {
		d.Lent = append(d.Lent, lentData{w.fields(v, t.Kind, l.Fields, nil), l.From})
	}
	for _, it := range t.Record.Items {
		d.LostValues += len(it.Conflicts)
		d.Items = append(d.Items, w.item(v, it))
	}
	d.LeftOut = w.otherItems(v, t.LeftOut)
	for _, same := range t.Record.Alike {
		d.Alike = append(d.Alike, w.otherItems(v, same))
	}
	for _, c := range t.Contributions {
		shown := contribution{Contribution: c, Label: schema.Text{ZH: c.Measure, EN: c.Measure}}
		name, _, _ := strings.Cut(c.Measure, ":")
		if m, ok := v.catalogue.Measure(name); ok {
			shown.Label, shown.MeasureUnit = m.Label, m.Unit
		}
		d.Contributes = append(d.Contributes, shown)
	}
	return d
}

func (w *Web) item(v *pageRequest, it query.Item) itemData {
	return itemData{Item: it, Label: w.kindLabel(v, it.Kind), Fields: w.fields(v, it.Kind, it.Fields, nil)}
}

func (w *Web) otherItems(v *pageRequest, items []query.ItemOf) (out []otherItem) {
	for _, x := range items {
		out = append(out, otherItem{w.item(v, x.Item), x.Record})
	}
	return out
}

// sortByStamp sorts the observations by their corrected moments.
func sortByStamp(t *query.Trail) {
	at := map[string]time.Time{}
	for _, h := range t.History.History {
		at[h.ID], _ = time.Parse(time.RFC3339Nano, h.At)
	}
	slices.SortStableFunc(t.Evidence, func(a, b query.Evidence) int { return at[a.ID].Compare(at[b.ID]) })
}

func (w *Web) kindLabel(v *pageRequest, kind string) string {
	if k, ok := w.cfg.Schema.Kind(kind); ok {
		return k.Label.In(v.lang)
	}
	return kind
}

// observation makes the view of one observation, with the outcome of each value.
func (w *Web) observation(v *pageRequest, t *query.Trail, numbers map[string]int, e *query.Evidence) observationData {
	kind := t.Kind
	if e.Item != "" || e.Act == wire.Create && len(t.Evidence) > 0 && e.ID != t.ID {
		kind = observationKind(e, t)
	}
	s := observationData{Evidence: *e, N: numbers[e.ID], Label: w.kindLabel(v, kind)}
	s.Fields = w.fields(v, kind, e.Fields, e.Auto)
	for i := range s.Fields {
		s.Fields[i].Outcome = outcomeOf(t, e, s.Fields[i].Name)
	}
	for _, id := range e.Seen {
		if n := numbers[id]; n > 0 {
			s.Seen = append(s.Seen, n)
		}
	}
	s.ClockShift = clockShift(v.lang, e.LineOccurredAt, e.Server.OccurredAt)
	return s
}

// observationKind returns an observation's kind, from the entry in the history.
func observationKind(e *query.Evidence, t *query.Trail) string {
	for _, h := range t.History.History {
		if h.ID == e.ID && h.Kind != "" {
			return h.Kind
		}
	}
	return t.Kind
}

// outcomeOf tells the outcome of a field's value: the value stands, lost a conflict, or was replaced by a later
// observation that knew it.
func outcomeOf(t *query.Trail, e *query.Evidence, field string) string {
	conflicts, now := t.Conflicts, t.Record.Fields
	for _, it := range t.Record.Items {
		if it.ID == e.Item || it.ID == e.ID {
			conflicts, now = it.Conflicts, it.Fields
		}
	}
	for _, c := range conflicts {
		for _, f := range c.Register {
			if c.By == e.ID && f == field {
				return "lost"
			}
		}
	}
	var mine, current map[string]json.RawMessage
	if json.Unmarshal(e.Fields, &mine) != nil || json.Unmarshal(now, &current) != nil {
		return ""
	}
	if string(mine[field]) == string(current[field]) {
		return "stands"
	}
	return "replaced"
}

// currentSources returns the numbers of the observations with the field's current value.
func currentSources(said []observationData, f fieldData) (out []int) {
	for _, s := range said {
		for _, other := range s.Fields {
			if other.Name == f.Name && other.Outcome == "stands" && s.Item == "" {
				out = append(out, s.N)
			}
		}
	}
	return out
}

// clockShift formats the correction of a device's time, as 2 h 5 min; "" below a second.
func clockShift(lang, said, corrected string) string {
	a, err1 := time.Parse(time.RFC3339Nano, said)
	b, err2 := time.Parse(time.RFC3339Nano, corrected)
	if err1 != nil || err2 != nil || b.Sub(a).Abs() < time.Second {
		return ""
	}
	sign := "+"
	if b.Before(a) {
		sign = "−"
	}
	d := b.Sub(a).Abs().Round(time.Second)
	days, rest := int(d.Hours())/24, d%(24*time.Hour)
	parts := []struct {
		n      int
		zh, en string
	}{{days, "天", "d"}, {int(rest.Hours()), "小时", "h"}, {int(rest.Minutes()) % 60, "分", "min"}, {int(rest.Seconds()) % 60, "秒", "s"}}
	var words []string
	for _, p := range parts {
		name := p.zh
		if lang == langEN {
			name = p.en
		}
		if p.n > 0 {
			words = append(words, strconv.Itoa(p.n)+" "+name)
		}
	}
	return sign + strings.Join(words[:min(2, len(words))], " ")
}

// fields writes a line's fields in words, in the kind's order.
func (w *Web) fields(v *pageRequest, kind string, raw json.RawMessage, auto []string) (out []fieldData) {
	k, ok := w.cfg.Schema.Kind(kind)
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		return nil
	}
	if !ok {
		for name, value := range values {
			out = append(out, fieldData{Name: name, Label: name, Value: string(value)})
		}
		return out
	}
	for _, f := range k.Fields {
		value, said := values[f.Name]
		if !said {
			continue
		}
		d := fieldData{Name: f.Name, Label: f.Label.In(v.lang), Value: w.value(v.lang, f, value), Masked: f.Sensitive}
		for _, name := range auto {
			d.Auto = d.Auto || name == f.Name
		}
		out = append(out, d)
	}
	return out
}

// value writes one value: a code's label, a time in Shanghai, "cleared" for null.
func (w *Web) value(lang string, f *schema.Field, raw json.RawMessage) string {
	if string(raw) == "null" {
		return word(lang, "cleared")
	}
	var list []string
	if f.Type == schema.TypeList && json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, "、")
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	switch f.Type {
	case schema.TypeTime:
		return moment(s, toSecond)
	case schema.TypeBool:
		return say(lang, "bool_", s)
	case schema.TypeInt:
		if strings.HasSuffix(f.Name, "_fen") {
			return fenAmount(lang, s)
		}
		return grouped(s)
	case schema.TypeCode, schema.TypeText:
		return f.InWords(schema.Value{Type: f.Type, S: s}).In(lang)
	}
	return s
}

func fenAmount(lang, fen string) string {
	n, err := strconv.ParseInt(fen, 10, 64)
	if err != nil {
		return fen
	}
	return amount(lang, n, "分")
}
