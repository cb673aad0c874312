package query

import (
	"context"

	"roadbook/schema"
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

// doubts are the doubts about a record; near are the records near it, if they were asked for.
func (q *Query) doubts(v *merge.View, group []merge.Member, near []Near, ref *schema.Reference) (out []Doubt) {
	r := doubt.Record{View: v, Group: group}
	for _, n := range near {
		r.Neighbours = append(r.Neighbours, doubt.Neighbour{Code: doubt.CodeNear, Record: n.Record, Unit: n.Unit, Day: n.Day})
	}
	return q.shownDoubts(v, doubt.Of(r, q.cfg.Schema, ref))
}

// shownDoubts puts doubts about a record in words. A masked field is not spelt out.
func (q *Query) shownDoubts(v *merge.View, all []doubt.Doubt) (out []Doubt) {
	k, known := q.cfg.Schema.Kind(v.Kind)
	for i := range all {
		d := all[i]
		if known {
			if f, ok := k.Field(d.Rule.Field); ok && f.Sensitive {
				d.Value = mask(d.Value)
			}
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

// doubtsOf reads the reference data, and returns the doubts about one record.
func (q *Query) doubtsOf(ctx context.Context, v *merge.View, group []merge.Member, near []Near) ([]Doubt, error) {
	ref, err := q.Reference(ctx)
	if err != nil {
		return nil, err
	}
	return q.doubts(v, group, near, ref), nil
}
