package web

import (
	"math/big"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// indicatorData is one figure with its terms and records.
type indicatorData struct {
	*yearData
	Row           query.Row
	Kind          string // of the formula, "" while there is none
	Project       *projectData
	Parts         []part
	AtCheckpoints []query.Row // at the checkpoints
	Drill         *query.Drill
	Measure       string // only this measure's records are shown; "" = all
	Kinds         map[string]string
	Records       []recordRow
	PageSums      []pageSum
	NextPage      string
	NotFirst      bool // this is not the first page
}

// part holds the terms of one role.
type part struct {
	Role  string
	Terms []term
}

type term struct{ query.Term }

// Differs reports whether the formula's amount is not simply the sum of the records' amounts.
func (t term) Differs() bool { return t.Added != t.Amount && t.Added != -t.Amount }

// recordRow is one record's amount in one term.
type recordRow struct {
	query.DrillRecord
	Of      query.Term
	Summary string
}

// pageSum is the sum of the page's records in one term.
type pageSum struct {
	Of     query.Term
	Amount int64
}

const recordsPage = 50

func (w *Web) indicator(v *pageRequest) (page, error) {
	id, measure := v.c.Params("id"), v.c.Query("measure")
	ind, ok := v.catalogue.Indicator(id)
	if !ok {
		return page{}, wire.Refuse(wire.CodeNotFound, "")
	}
	l, err := w.loadYear(v, "/indicators/"+id)
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
		yearData: l, Row: rowIn(l.Indicators, id), Parts: partsOf(drill.Terms), Drill: drill, Measure: measure, NotFirst: after != "",
		Kinds: map[string]string{},
	}
	d.list(w.cfg.Schema, v.lang)
	if ind.Formula != nil {
		d.Kind = ind.Formula.Kind
	}
	if hasProject(v.catalogue, ind.Project) {
		p := projectOf(v.catalogue, l.Indicators, ind.Project)
		d.Project = &p
	}
	for _, c := range l.Checkpoints {
		d.AtCheckpoints = append(d.AtCheckpoints, rowIn(series[c.Day], id))
	}
	if drill.Next != "" {
		d.NextPage = v.link("/indicators/"+id, "measure", measure, "after", drill.Next) + "#records"
	}
	return page{name: "indicator", title: id + " " + d.Row.Name, demo: l.Indicators.Demo, data: &d}, nil
}

// list adds a row per record of the page, with the record's term, and sums the rows up by term.
func (d *indicatorData) list(sch *schema.Schema, lang string) {
	for _, k := range sch.Kinds() {
		d.Kinds[k.Name] = k.Label.In(lang)
	}
	sums := make([]int64, len(d.Drill.Terms))
	touched := make([]bool, len(d.Drill.Terms))
	for _, r := range d.Drill.Records {
		row := recordRow{DrillRecord: r, Of: d.Drill.Terms[r.Term], Summary: schema.Text{ZH: r.Summary, EN: r.English}.In(lang)}
		d.Records = append(d.Records, row)
		sums[r.Term] += r.Amount
		touched[r.Term] = true
	}
	for i, t := range d.Drill.Terms {
		if touched[i] {
			d.PageSums = append(d.PageSums, pageSum{t, sums[i]})
		}
	}
}

// Equation is the figure's arithmetic, N ÷ D = value, or "" if there is none to show.
func (d *indicatorData) Equation() string {
	if d.Row.Value == nil || d.Row.Numerator == nil || d.Row.Denominator == nil {
		return ""
	}
	n, ok1 := new(big.Rat).SetString(*d.Row.Numerator)
	den, ok2 := new(big.Rat).SetString(*d.Row.Denominator)
	if !ok1 || !ok2 {
		return ""
	}
	value := withUnit(grouped(*d.Row.Value), d.Row.Target.Unit)
	switch d.Kind {
	case catalogue.Sum:
		return "" // no arithmetic: the sum is the value
	case catalogue.ShareDrop:
		if d.Row.Base == nil {
			return ""
		}
		base := grouped(d.Row.Base.Numerator) + " ÷ " + grouped(d.Row.Base.Denominator)
		now := grouped(*d.Row.Numerator) + " ÷ " + grouped(*d.Row.Denominator)
		return "(" + base + " − " + now + ") ÷ (" + base + ")" + percent(d.Row) + " = " + value
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

// partsOf groups the terms by role, in the reading order of a formula.
func partsOf(terms []query.Term) (out []part) {
	for _, role := range []string{query.RoleNumerator, query.RoleDenominator, query.RoleBase, query.RoleBeside} {
		p := part{Role: role}
		for _, t := range terms {
			if t.Role == role {
				p.Terms = append(p.Terms, term{t})
			}
		}
		if len(p.Terms) > 0 {
			out = append(out, p)
		}
	}
	return out
}
