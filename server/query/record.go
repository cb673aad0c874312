package query

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Record is a record for people and devices.
type Record struct {
	ID            string          `json:"id"`
	Kind          string          `json:"kind"`
	Unit          string          `json:"unit"`
	Day           string          `json:"day,omitempty"` // Shanghai day of occurred_at
	Fields        json.RawMessage `json:"fields"`
	Complete      bool            `json:"complete"`
	Counts        bool            `json:"counts"` // the record is the winner of its event
	Void          bool            `json:"void"`
	VoidReason    string          `json:"void_reason,omitempty"`
	Group         string          `json:"group,omitempty"`
	Members       []string        `json:"members,omitempty"` // of the group, if there are several
	Grade         string          `json:"grade,omitempty"`
	Faults        schema.Faults   `json:"faults,omitempty"`
	Conflicts     []Conflict      `json:"conflicts,omitempty"`
	Items         []Item          `json:"items,omitempty"`
	Lent          []Lent          `json:"lent,omitempty"`      // values of other records of the event with which this record counts
	LeftOut       []ItemOf        `json:"left_out,omitempty"`  // of a record that counts: items of void records of the event like no item that counts
	Alike         [][]ItemOf      `json:"alike,omitempty"`     // items of several records of the event that are likely one thing; all of them count
	Near          []Near          `json:"near,omitempty"`      // of a record that counts: likely the same thing, and counts too
	Deaths        *int64          `json:"deaths_7d,omitempty"` // of an accident whose number of dead at the scene is known: the dead within seven days
	Doubts        []Doubt         `json:"doubts,omitempty"`    // those about neighbours a few seconds late
	Contributions []Contribution  `json:"contributions,omitempty"`
	Observations  []string        `json:"observations"`
	Ignored       []string        `json:"ignored,omitempty"`
	Returned      *Returned       `json:"returned,omitempty"`     // HQ waits for the unit's correction
	Units         []string        `json:"units,omitempty"`        // units whose devices may speak about the record, if more than its own
	Foreign       []string        `json:"foreign_unit,omitempty"` // observations of other units' devices, without effect
	Demo          bool            `json:"demo,omitempty"`         // in exports: invented
}

// Returned is HQ's word that the record's unit has to correct it.
type Returned struct {
	By      string `json:"by"` // observation
	Officer string `json:"officer,omitempty"`
	At      string `json:"at"` // RFC 3339
	Words   string `json:"words"`
}

// Conflict is a value that lost to a value of an observation that had not seen it.
type Conflict struct {
	Register []string        `json:"register"`
	Fields   json.RawMessage `json:"fields"`
	By       string          `json:"by"`
}

// Item is an item of a record, as a casualty of an accident.
type Item struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind"`
	Fields       json.RawMessage `json:"fields"`
	Complete     bool            `json:"complete"`
	Void         bool            `json:"void"`
	Faults       schema.Faults   `json:"faults,omitempty"`
	Conflicts    []Conflict      `json:"conflicts,omitempty"`
	Observations []string        `json:"observations"`
}

// Contribution is an amount that the record adds to a sum.
type Contribution struct {
	Measure  string `json:"measure"`
	Day      string `json:"day"`
	Amount   string `json:"amount"`
	Baseline bool   `json:"baseline,omitempty"` // in place of what was observed at the unit and below in the record's period

	InBaseline *InBaseline `json:"in_baseline,omitempty"` // in answers about one record: held by a baseline, not added to the county's figures
}

// HistoryObservation is one observation of a record's history.
type HistoryObservation struct {
	ID      string          `json:"id"`
	Act     wire.Act        `json:"act"`
	Kind    string          `json:"kind"`
	Item    string          `json:"item,omitempty"`
	Officer string          `json:"officer,omitempty"`
	At      string          `json:"at"` // by the device's hybrid clock
	Fields  json.RawMessage `json:"fields,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Group   string          `json:"group,omitempty"`
	Share   []string        `json:"share,omitempty"`
	Seen    []string        `json:"seen,omitempty"`
}

// History is a record with all its observations, in the order of stamps.
type History struct {
	Record
	Words   []FieldInWords       `json:"words,omitempty"` // its fields in words, with the reason for each value
	Winner  *Winner              `json:"winner,omitempty"`
	Note    schema.Text          `json:"doubts_note,omitzero"` // doubts about neighbours are late
	History []HistoryObservation `json:"history"`
}

// Record reads one record, by its id, by the id of any observation about the record, or by an abbreviated id (Resolve).
// store.ErrNotFound.
func (q *Query) Record(ctx context.Context, typed string) (*History, error) {
	id, err := q.Resolve(ctx, typed)
	if err != nil {
		return nil, err
	}
	rec, err := q.record(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		if id, err = q.recordAbout(ctx, id); err == nil {
			rec, err = q.record(ctx, id)
		}
	}
	if err != nil {
		return nil, err
	}
	v := merge.Fold(rec.ID, &rec.State, q.cfg.Schema)
	group, err := q.groupMembers(ctx, &v)
	if err != nil {
		return nil, err
	}
	h := &History{Record: *q.newRecord(&rec, &v, group), Words: q.fieldsInWords(&v, rec.State.Obs)}
	if err := q.addBaselines(ctx, &h.Record, partsOf(v.Unit, tally.Contributions(q.counter(), &v, group))); err != nil {
		return nil, err
	}
	h.Winner = q.winner(&v, group)
	if err := q.addDoubts(ctx, h, &v, group); err != nil {
		return nil, err
	}
	for i := range rec.State.Obs {
		h.History = append(h.History, q.historyObservation(&rec.State.Obs[i]))
	}
	return h, nil
}

func (q *Query) record(ctx context.Context, id string) (store.Record, error) {
	return withTimeout(ctx, q, func(ctx context.Context) (store.Record, error) { return q.cfg.Store.Record(ctx, id) })
}

// recordAbout finds the record that an observation speaks about: an item's, an amendment's.
func (q *Query) recordAbout(ctx context.Context, text string) (record string, err error) {
	id, err := wire.ParseObsID(text)
	if err != nil {
		return "", store.ErrNotFound
	}
	f, err := withTimeout(ctx, q, func(ctx context.Context) (store.Frame, error) { return q.cfg.Store.FrameWith(ctx, id) })
	if err != nil {
		return "", err
	}
	err = eachFrameLine(&f, map[wire.ObsID]bool{}, func(_ *store.Frame, at wire.ObsID, line []byte) error {
		var l wire.Line
		if at == id && wire.ParseLine(line, &l) == nil {
			record = merge.RecordOf(id, &l)
		}
		return nil
	})
	if err == nil && (record == "" || record == text) {
		err = store.ErrNotFound
	}
	return record, err
}

// recordsPerPage is how many records an export reads at once.
const recordsPerPage = 2000

// Records calls emit with every selected record, by id. near: with the records near each, which takes most of the time.
func (q *Query) Records(ctx context.Context, ask store.RecordQuery, near bool, emit func(*Record) error) error {
	demo := q.demo()
	ask.Limit = recordsPerPage
	for {
		recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
			return q.cfg.Store.ScanRecords(ctx, ask)
		})
		if err != nil {
			return err
		}
		views := make([]merge.View, len(recs))
		for i := range recs {
			views[i] = merge.Fold(recs[i].ID, &recs[i].State, q.cfg.Schema)
		}
		groups, err := q.readStoredGroups(ctx, views)
		if err != nil {
			return err
		}
		page := make([]*Record, len(recs))
		members := map[string][]merge.Member{}
		var counting []*merge.View
		for i := range recs {
			members[recs[i].ID] = groups.membersFor(&views[i])
			if page[i] = q.newRecord(&recs[i], &views[i], members[recs[i].ID]); near && page[i].Counts {
				counting = append(counting, &views[i])
			}
		}
		others, err := q.near(ctx, counting)
		if err != nil {
			return err
		}
		g, err := q.grounds(ctx, members, others)
		if err != nil {
			return err
		}
		for i, shown := range page {
			shown.Demo, shown.Near = demo, others[shown.ID]
			shown.Doubts = q.doubts(&views[i], members[shown.ID], g)
			if err := emit(shown); err != nil {
				return err
			}
		}
		if len(recs) < ask.Limit {
			return nil
		}
		ask.After = recs[len(recs)-1].ID
	}
}

// newRecord describes a record, and its role among the records of the same event.
func (q *Query) newRecord(rec *store.Record, v *merge.View, group []merge.Member) *Record {
	out := &Record{
		ID: rec.ID, Kind: v.Kind, Unit: v.Unit, Fields: q.fieldsJSON(v.Kind, v.Fields), Complete: v.Complete(),
		Counts: merge.Counts(v, group), Void: v.Void, VoidReason: visible(v.VoidReason), Group: v.Group, Grade: string(v.Grade),
		Faults: v.Faults, Conflicts: q.conflicts(v.Kind, v.Conflicts), Observations: []string{}, Ignored: ids(v.Ignored),
		Units: v.Units(), Foreign: ids(v.Foreign()),
	}
	if v.Day != 0 {
		out.Day = v.Day.String()
	}
	if n, known := tally.Deaths(v); known && v.Kind == "accident" {
		out.Deaths = &n
	}
	if r := v.Returned(); r != nil {
		out.Returned = &Returned{r.By.String(), r.Officer, formatTime(r.Stamp.Moment), r.Words}
	}
	if len(group) > 1 {
		for i := range group {
			out.Members = append(out.Members, group[i].Record)
		}
	}
	for i := range v.Items {
		out.Items = append(out.Items, q.itemOf(&v.Items[i]))
	}
	q.addOthers(out, v, group)
	for _, p := range partsOf(v.Unit, tally.Contributions(q.counter(), v, group)) {
		out.Contributions = append(out.Contributions, Contribution{p.Measure, p.Day.String(), strconv.FormatInt(p.Amount, 10), p.baseline != nil, nil})
	}
	for i := range rec.State.Obs {
		out.Observations = append(out.Observations, rec.State.Obs[i].ID.String())
	}
	return out
}

func (q *Query) itemOf(it *merge.Item) Item {
	return Item{
		ID: it.ID.String(), Kind: it.Kind, Fields: q.fieldsJSON(it.Kind, it.Fields), Complete: it.Complete(), Void: it.Void,
		Faults: it.Faults, Conflicts: q.conflicts(it.Kind, it.Conflicts), Observations: ids(it.Obs),
	}
}

// visible is the text, or "" if nobody could see it: a blank reason is no reason.
func visible(text string) string {
	if schema.CleanName(text) == "" {
		return ""
	}
	return text
}

func (q *Query) historyObservation(o *merge.Obs) HistoryObservation {
	s := HistoryObservation{
		ID: o.ID.String(), Act: o.Act, Kind: o.Kind, Item: o.Item.String(), Officer: o.Officer,
		At: formatTime(o.Moment), Reason: visible(o.Reason), Group: o.Group, Share: o.Share, Seen: ids(o.Seen),
	}
	if len(o.Fields) > 0 {
		s.Fields = q.fieldsJSON(o.Kind, o.Fields)
	}
	return s
}

func (q *Query) conflicts(kind string, cs []merge.Conflict) (out []Conflict) {
	for i := range cs {
		out = append(out, Conflict{cs[i].Register, q.fieldsJSON(kind, cs[i].Values), cs[i].By.String()})
	}
	return out
}

func ids(in []wire.ObsID) (out []string) {
	for _, id := range in {
		out = append(out, id.String())
	}
	return out
}
