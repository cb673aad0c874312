package query

import (
	"context"
	"maps"
	"slices"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
)

// Doubt is a doubt about a record, in words: schema/data/doubts.yaml.
type Doubt struct {
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"`
	Field    string          `json:"field,omitempty"`
	Item     string          `json:"item,omitempty"`  // the record's item in doubt
	Value    string          `json:"value,omitempty"` // at the field
	Near     []string        `json:"near,omitempty"`  // the nearest known values
	Other    string          `json:"other,omitempty"` // the other record of a pair
	Unit     string          `json:"unit,omitempty"`  // of the other record, if a neighbour
	Day      string          `json:"day,omitempty"`   // of the other record, if a neighbour
	Text     schema.Text     `json:"text"`
	Target   string          `json:"target"` // of HQ's review
	Seen     bool            `json:"seen,omitempty"`
	Words    string          `json:"words,omitempty"` // of HQ's review
}

// grounds are the grounds for doubts about some records, beside the records and their events.
type grounds struct {
	ref        *schema.Reference
	neighbours map[string][]doubt.Neighbour // by record
	linked     map[string]bool              // records moved to another group by HQ
}

// grounds reads the grounds for doubts about records. groups are their events by record; near are the records near each, for a server
// without a follower.
func (q *Query) grounds(ctx context.Context, groups map[string][]merge.Member, near map[string][]Near) (g *grounds, err error) {
	g = new(grounds)
	if g.ref, err = q.Reference(ctx); err != nil {
		return nil, err
	}
	if g.linked, err = q.linked(ctx, groups); err != nil {
		return nil, err
	}
	if q.cfg.Doubts != nil {
		g.neighbours, err = withTimeout(ctx, q, func(ctx context.Context) (map[string][]doubt.Neighbour, error) {
			return q.cfg.Doubts.Neighbours(ctx, slices.Sorted(maps.Keys(groups))...)
		})
		return g, err
	}
	g.neighbours = map[string][]doubt.Neighbour{}
	for record, all := range near {
		for _, n := range all {
			g.neighbours[record] = append(g.neighbours[record], doubt.Neighbour{Code: doubt.CodeNear, Record: n.Record, Unit: n.Unit, Day: n.Day})
		}
	}
	return g, nil
}

// addDoubts adds the records near a record, and the doubts.
func (q *Query) addDoubts(ctx context.Context, h *History, v *merge.View, group []merge.Member) error {
	near := map[string][]Near{}
	if h.Counts {
		var err error
		if near, err = q.near(ctx, []*merge.View{v}); err != nil {
			return err
		}
		h.Near = near[v.Record]
	}
	g, err := q.grounds(ctx, map[string][]merge.Member{v.Record: group}, near)
	if err != nil {
		return err
	}
	h.Doubts = q.doubts(v, group, g)
	if q.cfg.Doubts != nil {
		s, err := withTimeout(ctx, q, q.cfg.Doubts.Status)
		if err != nil {
			return err
		}
		h.Note = lateness(&s)
	}
	return nil
}

// lateness says how late the doubts about neighbours are. It is empty if every observation is known.
func lateness(s *doubts.Status) schema.Text {
	switch {
	case s.First || s.AsOf.IsZero():
		return schema.Text{ZH: "与其他登记的比对还在进行，存疑可能不全", EN: "the comparison with other records has not ended: doubts may be missing"}
	case s.Behind:
		at := s.AsOf.In(clock.Shanghai).Format("2006-01-02 15:04:05")
		return schema.Text{ZH: "与其他登记的比对截至 " + at, EN: "compared with the records of before " + at}
	}
	return schema.Text{}
}

// linked are the members of groups moved there by HQ.
func (q *Query) linked(ctx context.Context, groups map[string][]merge.Member) (map[string]bool, error) {
	members := map[string]bool{}
	for _, group := range groups {
		for i := range group {
			if len(group) > 1 {
				members[group[i].Record] = true
			}
		}
	}
	out := map[string]bool{}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(members)), recordsPerPage) {
		recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) { return q.cfg.Store.RecordsByID(ctx, some...) })
		if err != nil {
			return nil, err
		}
		for i := range recs {
			if v := merge.Fold(recs[i].ID, &recs[i].State, q.cfg.Schema); doubt.IsLinked(&v, q.cfg.Schema) {
				out[v.Record] = true
			}
		}
	}
	return out, nil
}

// doubts are the doubts about a record.
func (q *Query) doubts(v *merge.View, group []merge.Member, g *grounds) (out []Doubt) {
	r := doubt.Record{View: v, Group: group, Neighbours: g.neighbours[v.Record]}
	for i := range group {
		if g.linked[group[i].Record] {
			r.Linked = append(r.Linked, group[i].Record)
		}
	}
	return q.shownDoubts(v, doubt.Of(r, q.cfg.Schema, g.ref))
}

// shownDoubts puts doubts about a record in words. A masked field is not spelt out.
func (q *Query) shownDoubts(v *merge.View, all []doubt.Doubt) (out []Doubt) {
	k, known := q.cfg.Schema.Kind(v.Kind)
	for i := range all {
		d := all[i]
		if known {
			d.Value = k.Masked(d.Rule.Field, d.Value)
		}
		shown := Doubt{
			Code: d.Rule.Code, Severity: d.Rule.Severity, Field: d.Rule.Field, Item: d.Item, Value: d.Value,
			Other: d.Other.Record, Unit: d.Other.Unit, Day: d.Other.Day, Text: d.Text(v.Day.String(), shortName), Target: d.Target(), Seen: !d.Open(),
		}
		for _, e := range d.Near {
			shown.Near = append(shown.Near, e.Value)
		}
		if d.Review != nil {
			shown.Words = visible(d.Review.Words)
		}
		out = append(out, shown)
	}
	return out
}

// shortName calls the other record of a pair by its unit and the begin of its id: the whole id stands beside the text.
func shortName(n doubt.Neighbour) schema.Text {
	short := n.Record[:min(len(n.Record), 4)] + "…"
	if n.Unit != "" {
		short = n.Unit + " " + short
	}
	return schema.Text{ZH: short, EN: short}
}
