package query

import (
	"context"
	"reflect"
	"strconv"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Over is a query over another reader, with the same catalogues and devices and without any former answer.
func (q *Query) Over(r store.Reader) *Query {
	cfg, now := q.cfg, q.inForce.Load()
	cfg.Store, cfg.Doubts, cfg.ReferenceAge = r, nil, 0
	cfg.Catalogues, cfg.Counter = now.all, now.counter
	return New(cfg)
}

// Counter computes the contributions of records by the catalogues in force.
func (q *Query) Counter() *tally.Counter { return q.counter() }

// Change is an indicator, a companion or a project's money in two tables of one year.
type Change struct {
	Year   int    `json:"year"`
	ID     string `json:"id"` // of the row or companion; of money "budget:PROJECT"
	Name   string `json:"name"`
	Target string `json:"target,omitempty"` // as written; "": none
	Before Side   `json:"before"`
	After  Side   `json:"after"`
}

// Side is what one table says. Decimals are strings; null means that there is no value.
type Side struct {
	Value       *string `json:"value"`
	Numerator   *string `json:"numerator"`
	Denominator *string `json:"denominator"`
	Base        *Share  `json:"base,omitempty"`
	Reason      *string `json:"reason"`            // why there is no value or no verdict
	Literal     string  `json:"literal,omitempty"` // the verdict by the target as written
	Intent      string  `json:"intent,omitempty"`  // by HQ's reading of the target
}

// Tables computes the tables of all years from one year on at which there is a catalogue; 0: of every year.
func (q *Query) Tables(ctx context.Context, from int) (tables []*Indicators, err error) {
	for _, year := range q.Years() {
		if year < from {
			continue
		}
		t, err := q.Indicators(ctx, Question{Year: strconv.Itoa(year)})
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// Compare lists what differs between two tables of one year and catalogue, in the order of the rows.
func Compare(before, after *Indicators) (changes []Change) {
	old, now := before.sides(), after.sides()
	for i := range min(len(old), len(now)) {
		c := now[i]
		if c.ID == old[i].ID && !reflect.DeepEqual(c.After, old[i].After) {
			c.Before = old[i].After
			changes = append(changes, c)
		}
	}
	return changes
}

// sides are all figures of a table, each as the later side of a change.
func (in *Indicators) sides() (all []Change) {
	for i := range in.Rows {
		r := &in.Rows[i]
		side := Side{Value: r.Value, Numerator: r.Numerator, Denominator: r.Denominator, Base: r.Base, Reason: r.Reason, Literal: r.Literal}
		if r.Intent != nil {
			side.Intent = r.Intent.Verdict
		}
		all = append(all, Change{Year: in.Year, ID: r.ID, Name: r.Name, Target: r.Target.Raw, After: side})
		for _, co := range r.Companions {
			all = append(all, Change{
				Year: in.Year, ID: co.ID, Name: co.Label.ZH, Target: co.TargetRaw,
				After: Side{Value: co.Value, Numerator: co.Numerator, Denominator: co.Denominator, Reason: co.Reason},
			})
		}
	}
	for i := range in.Budgets {
		b := &in.Budgets[i]
		side := Side{Value: b.ExecutedPercent, Numerator: b.Spent, Denominator: b.Adjusted}
		if b.Reason != "" {
			side.Reason = &b.Reason
		}
		if b.Adjusted == nil {
			side.Denominator = &b.Total
		}
		all = append(all, Change{Year: in.Year, ID: "budget:" + b.Project, Name: b.Name, After: side})
	}
	return all
}

// FallenBaselines are the baselines of the county that fall because another one of the same days stands.
func (q *Query) FallenBaselines(ctx context.Context) ([]tally.Fallen, error) {
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	t := q.totals(ctx, s.ledger, "")
	always := clock.Window{To: 9999_12_31}
	names := t.byMeasure(always).names
	if len(names) == 0 {
		return nil, t.err
	}
	rows := t.read(store.SumQuery{From: always.From, To: always.To, Measures: names, ByUnit: true, ByDay: true})
	return tally.StandingIn(rows, t.scope, always).Fallen(rows), t.err
}
