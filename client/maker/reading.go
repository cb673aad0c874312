package maker

import (
	"context"
	"encoding/json"

	"roadbook/client/localdb"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// rowOut is the shape Row of maker.js.
type rowOut struct {
	Record string       `json:"record"`
	Kind   string       `json:"kind"`
	Label  schema.Text  `json:"label"` // of the kind
	Title  schema.Text  `json:"title"`
	Day    string       `json:"day"`
	At     int64        `json:"at"` // stamp of the last line about it, Unix ms
	State  State        `json:"state"`
	Why    *schema.Text `json:"why,omitempty"`
	Own    bool         `json:"own"`

	Values json.RawMessage `json:"values"` // of the fields, as in a line
}

func (m *Maker) row(r *localdb.Record) rowOut {
	out := rowOut{Record: r.View.Record, Kind: r.View.Kind, Values: json.RawMessage("{}")}
	if k, ok := m.schema().Kind(r.View.Kind); ok {
		out.Label = k.Label
		if r.View.Day != 0 {
			out.Day = r.View.Day.String()
		}
		out.Title, out.Values = k.Title(r.View.Fields, out.Day), k.Encode(r.View.Fields)
	}
	for i := range r.Observations {
		o := &r.Observations[i]
		out.Own = out.Own || o.Own
		out.At = max(out.At, o.Line.Clock.HLC.Ms())
	}
	out.State, out.Why = StateOf(r)
	return out
}

// question is the shape Question of maker.js.
type question struct {
	Kind  string `json:"kind,omitempty"`
	Day   string `json:"day,omitempty"`
	State State  `json:"state,omitempty"`
	Text  string `json:"text,omitempty"`
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"`
}

type rowsOut struct {
	Rows []rowOut `json:"rows"`
	Next string   `json:"next"`
	Cut  bool     `json:"cut,omitempty"` // too many records have the text: not all were looked at
}

// Bounds of a page of rows.
const (
	usualRows = 50
	mostRows  = 500
)

// list lists rows, newest first. after is the last record of the page before.
func (m *Maker) list(ctx context.Context, q question) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	if q.Limit <= 0 || q.Limit > mostRows {
		q.Limit = usualRows
	}
	f := localdb.Filter{Kind: q.Kind}
	if q.Day == "" && q.State == "" && q.After == "" {
		f.Limit = q.Limit + 1
	}
	var all []localdb.Record
	out := rowsOut{Rows: []rowOut{}}
	if schema.CleanName(q.Text) != "" {
		all, out.Cut, err = db.Find(ctx, f, q.Text)
	} else {
		all, err = db.List(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	passed := q.After == ""
	for i := range all {
		row := m.row(&all[i])
		if !passed {
			passed = row.Record == q.After
			continue
		}
		if q.Day != "" && row.Day != q.Day || q.State != "" && row.State != q.State {
			continue
		}
		if len(out.Rows) == q.Limit {
			out.Next = out.Rows[q.Limit-1].Record
			break
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// shownOut is the shape Shown of maker.js.
type shownOut struct {
	Row      rowOut          `json:"row"`
	Fields   []fieldOut      `json:"fields"`
	Items    []itemOut       `json:"items"`
	History  []stepOut       `json:"history"`
	Doubts   []localdb.Doubt `json:"doubts"`
	Conflict []fieldOut      `json:"conflicts"` // values that lost against another entered without knowledge of them
	Returned *returnedOut    `json:"returned,omitempty"`
}

type fieldOut struct {
	Name  string          `json:"name"`
	Label schema.Text     `json:"label"`
	Value json.RawMessage `json:"value"`
	Text  schema.Text     `json:"text"`
}

type itemOut struct {
	ID     string      `json:"id"`
	Kind   string      `json:"kind"`
	Label  schema.Text `json:"label"`
	Void   bool        `json:"void"`
	Fields []fieldOut  `json:"fields"`
}

type stepOut struct {
	ID      string     `json:"id"`
	Act     wire.Act   `json:"act"`
	At      int64      `json:"at"`
	Officer string     `json:"officer"`
	HQ      bool       `json:"hq"`
	Own     bool       `json:"own"`
	Status  string     `json:"status"`
	Fields  any        `json:"fields,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Faults  []faultOut `json:"faults,omitempty"`
}

type returnedOut struct {
	Words string `json:"words"`
}

func (m *Maker) show(ctx context.Context, p idParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	id, err := db.Resolve(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	r, err := db.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &r.View
	out := shownOut{
		Row: m.row(&r), Fields: m.fields(v.Kind, v.Fields), Items: []itemOut{}, History: []stepOut{},
		Doubts: append([]localdb.Doubt{}, r.Doubts...), Conflict: []fieldOut{},
	}
	for i := range v.Items {
		it := &v.Items[i]
		item := itemOut{ID: it.ID.String(), Kind: it.Kind, Void: it.Void, Fields: m.fields(it.Kind, it.Fields)}
		if k, ok := m.schema().Kind(it.Kind); ok {
			item.Label = k.Label
		}
		out.Items = append(out.Items, item)
	}
	for _, c := range v.Conflicts {
		out.Conflict = append(out.Conflict, m.fields(v.Kind, c.Values)...)
	}
	for i := range r.Observations {
		out.History = append(out.History, step(&r.Observations[i]))
	}
	if r.Returned != nil {
		out.Returned = &returnedOut{r.Returned.Words}
	}
	return out, nil
}

func (m *Maker) fields(kind string, values schema.Values) []fieldOut {
	out := []fieldOut{}
	k, ok := m.schema().Kind(kind)
	if !ok {
		return out
	}
	for _, n := range values {
		if f, ok := k.Field(n.Name); ok && !n.Value.IsZero() {
			out = append(out, fieldOut{f.Name, f.Label, schema.AppendJSON(nil, n.Value), f.InWords(n.Value)})
		}
	}
	return out
}

func step(o *localdb.Observation) stepOut {
	out := stepOut{
		ID: o.ID.String(), Act: o.Line.Act, At: o.Line.Clock.HLC.Ms(), Officer: o.Line.Officer, HQ: o.HQ, Own: o.Own,
		Status: string(o.Status), Reason: o.Line.Reason,
	}
	if o.Own && o.Status == "" {
		out.Status = "waiting"
	}
	if len(o.Line.Fields) > 0 {
		out.Fields = o.Line.Fields
	}
	for _, f := range o.Faults {
		out.Faults = append(out.Faults, newFault(f))
	}
	return out
}

// statusOut is the shape Status of maker.js.
type statusOut struct {
	Waiting     int64        `json:"waiting"`
	Oldest      int64        `json:"oldest"`
	Quarantined int          `json:"quarantined"`
	Returned    int          `json:"returned"`
	InDoubt     int          `json:"inDoubt"`
	LastContact int64        `json:"lastContact"`
	Syncing     bool         `json:"syncing"`
	Trouble     *schema.Text `json:"trouble"`
	Catalogue   string       `json:"catalogue"`
}

// newestInDoubt bounds the records that status looks at.
const newestInDoubt = 300

func (m *Maker) status(ctx context.Context, _ json.RawMessage) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	st, err := db.Status(ctx)
	if err != nil {
		return nil, err
	}
	returned, err := db.Returned(ctx)
	if err != nil {
		return nil, err
	}
	doubtful, err := db.CountInDoubt(ctx, newestInDoubt)
	if err != nil {
		return nil, err
	}
	out := statusOut{
		Waiting: st.Waiting, Oldest: st.Oldest, Quarantined: len(st.Quarantined), Returned: len(returned), InDoubt: doubtful.Records,
		LastContact: st.LastContact, Catalogue: st.Catalogue,
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out.Syncing = m.syncing
	if m.trouble != nil {
		words := wordsOf(m.trouble).text
		out.Trouble = &words
	}
	return out, nil
}

// totals are the unit's sums as the server told; null before.
func (m *Maker) totals(ctx context.Context, _ json.RawMessage) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	t, at, err := db.Totals(ctx)
	if err != nil || t == nil {
		return nil, err
	}
	return struct {
		*wire.Totals
		At      int64       `json:"at"`
		Targets []targetOut `json:"targets"`
	}{t, at, m.targets(ctx, db, t)}, nil
}

// reference are HQ's lists as on this disk, in the form of sync/PROTOCOL.md.
func (m *Maker) reference(ctx context.Context, _ json.RawMessage) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	ref, err := db.Reference(ctx)
	if err != nil || ref == nil {
		return nothing, err
	}
	return ref, nil
}
