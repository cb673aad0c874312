package web

import (
	"math/big"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// indicatorData is one figure taken apart.
type indicatorData struct {
	*lookData
	Row      query.Row
	Kind     string // of the formula, "" while there is none
	Project  *projectData
	Parts    []part
	Course   []query.Row // at the checkpoints
	Drill    *query.Drill
	Measure  string // the records shown are those of this measure; "" = of all
	Labels   map[string]schema.Text
	MUnits   map[string]string
	Kinds    map[string]string
	NextPage string
	Later    bool // this is not the first page
	PageSum  map[string]int64
}

// part is the terms of one role and their sum as the formula takes it.
type part struct {
	Role  string
	Terms []query.Term
}

const recordsPage = 50

func (w *Web) indicator(v *visit) (page, error) {
	id, measure := v.c.Params("id"), v.c.Query("measure")
	ind, ok := v.cat.Indicator(id)
	if !ok {
		return page{}, wire.Refuse(wire.CodeNotFound, "")
	}
	l, err := w.look(v, "/indicators/"+id)
	if err != nil {
		return page{}, err
	}
	series, err := w.series(v.ctx, v, l)
	if err != nil {
		return page{}, err
	}
	after := v.c.Query("after")
	drill, err := w.cfg.Query.Drill(v.ctx, query.DrillQuestion{
		Year: v.ask.Year, At: v.ask.At, Unit: v.ask.Unit, Row: id, Measure: measure, After: after, Limit: recordsPage,
	})
	if err != nil {
		return page{}, err
	}
	d := indicatorData{
		lookData: l, Row: rowIn(l.In, id), Parts: partsOf(drill.Terms), Drill: drill, Measure: measure, Later: after != "",
		Labels: map[string]schema.Text{}, MUnits: map[string]string{}, Kinds: map[string]string{}, PageSum: map[string]int64{},
	}
	d.name(w.cfg.Schema, v)
	if ind.Formula != nil {
		d.Kind = ind.Formula.Kind
	}
	if knows(v.cat, ind.Project) {
		p := projectOf(v.cat, l.In, ind.Project)
		d.Project = &p
	}
	for _, c := range l.Checkpoints {
		d.Course = append(d.Course, rowIn(series[c.Day], id))
	}
	if drill.Next != "" {
		d.NextPage = v.link("/indicators/"+id, "measure", measure, "after", drill.Next) + "#records"
	}
	return page{name: "indicator", title: id + " " + d.Row.Name, demo: l.In.Demo, data: d}, nil
}

// name gives measures and kinds the names by which people know them.
func (d *indicatorData) name(sch *schema.Schema, v *visit) {
	for _, t := range d.Drill.Terms {
		d.Labels[t.Measure], d.MUnits[t.Measure] = t.Label, t.Unit
	}
	for _, k := range sch.Kinds() {
		d.Kinds[k.Name] = k.Label.In(v.lang)
	}
	for _, r := range d.Drill.Records {
		d.PageSum[r.Measure] += r.Amount
		if _, ok := d.Labels[r.Measure]; ok {
			continue
		}
		if m, ok := v.cat.Measure(r.Measure); ok {
			d.Labels[r.Measure], d.MUnits[r.Measure] = m.Label, m.Unit
		}
	}
}

// Equation is the figure's arithmetic, or "" where there is none to show: N ÷ D = value.
func (d *indicatorData) Equation() string {
	if d.Row.Value == nil || d.Row.Numerator == nil || d.Row.Denominator == nil {
		return ""
	}
	n, ok1 := new(big.Rat).SetString(*d.Row.Numerator)
	den, ok2 := new(big.Rat).SetString(*d.Row.Denominator)
	if !ok1 || !ok2 {
		return ""
	}
	value := joined(grouped(*d.Row.Value), d.Row.Target.Unit)
	switch d.Kind {
	case catalogue.Sum:
		return grouped(trimmed(n, 4)) + " = " + value
	case catalogue.Drop:
		cur := new(big.Rat).Sub(den, n)
		return "(" + grouped(trimmed(den, 4)) + " − " + grouped(trimmed(cur, 4)) + ") ÷ " + grouped(trimmed(den, 4)) + percent(d.Row) + " = " + value
	case catalogue.Mean:
		return amountText(langZH, *d.Row.Numerator, d.Row.NumeratorUnit) + " ÷ " + grouped(trimmed(den, 4)) + " = " + value
	}
	return grouped(trimmed(n, 4)) + " ÷ " + grouped(trimmed(den, 4)) + percent(d.Row) + " = " + value
}

func percent(r query.Row) string {
	if r.Target.Unit == "%" {
		return " × 100 %"
	}
	return ""
}

// partsOf puts the terms together by their roles, in the order in which a formula is read.
func partsOf(terms []query.Term) (out []part) {
	for _, role := range []string{query.RoleNumerator, query.RoleDenominator, query.RoleBase, query.RoleBeside} {
		p := part{Role: role}
		for _, t := range terms {
			if t.Role == role {
				p.Terms = append(p.Terms, t)
			}
		}
		if len(p.Terms) > 0 {
			out = append(out, p)
		}
	}
	return out
}
