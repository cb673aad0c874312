package query

import (
	"strconv"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Lint is a doubt about the wording of a row. It warns and changes nothing.
type Lint struct {
	Code string      `json:"code"`
	Text schema.Text `json:"text"`
}

// Companion is a quantity shown beside a row. It has no operator, so no verdict and no light.
type Companion struct {
	ID          string      `json:"id"`
	Label       schema.Text `json:"label"`
	Value       *string     `json:"value"`
	Numerator   *string     `json:"numerator"`
	Denominator *string     `json:"denominator"`
	Unit        string      `json:"unit"` // unit of measure
	TargetRaw   string      `json:"target_raw"`
	CarriedFrom int         `json:"carried_from,omitempty"` // year of the target
	Reason      *string     `json:"reason"`
	Formula     schema.Text `json:"formula"` // in words
	Sample      *Sample     `json:"sample,omitempty"`
	Standing
}

// Sample compares what was observed with the least number for a verdict: the denominator, of a drop the base.
type Sample struct {
	Number string `json:"number"`
	Least  string `json:"least"`
	Unit   string `json:"unit"` // unit of measure
}

// newSample is nil if any number will do, or if there is none to compare.
func newSample(cat *catalogue.Catalogue, formula *catalogue.Formula, f *tally.Figure) *Sample {
	if f.Least <= 1 || f.Reason == tally.WholeBrigade {
		return nil
	}
	return &Sample{strconv.FormatInt(f.Sample, 10), strconv.FormatInt(f.Least, 10), formula.DenominatorUnit(cat)}
}

// Share is a numerator and a denominator.
type Share struct {
	Numerator   string `json:"numerator"`
	Denominator string `json:"denominator"`
}

// Standing dates a value that goes on until somebody changes it.
type Standing struct {
	AsOf   string `json:"as_of,omitempty"`        // the day of the last record behind the value; absent for all other values
	Oldest string `json:"as_of_oldest,omitempty"` // of the units' latest records the oldest day, if earlier
}

func newStanding(f *tally.Figure) (s Standing) {
	if f.AsOf != 0 {
		s.AsOf = f.AsOf.String()
	}
	if f.Oldest != 0 {
		s.Oldest = f.Oldest.String()
	}
	return s
}

// addCompanions adds the doubts about a row's wording, and its companions.
func (r *Row) addCompanions(cat *catalogue.Catalogue, ind *catalogue.Indicator, at clock.Day, totals tally.Totals) {
	for _, f := range cat.LintOf(ind.ID) {
		r.Lints = append(r.Lints, Lint{f.Code, f.Text})
	}
	for _, co := range ind.Companions {
		r.Companions = append(r.Companions, newCompanion(cat, ind, co, tally.Compute(co.Formula, at, totals)))
	}
}

func newCompanion(cat *catalogue.Catalogue, ind *catalogue.Indicator, co *catalogue.Companion, f tally.Figure) Companion {
	out := Companion{ID: co.ID, Label: co.Label, Unit: valueUnitOfMeasure(cat, co.Formula), Formula: co.Explain(cat)}
	if co.Target != nil {
		out.TargetRaw, out.Unit, out.CarriedFrom = co.Target.Raw, co.Target.Unit, ind.CarriedFrom
	}
	if f.Value != nil {
		out.Value = new(f.Text())
	}
	if f.Reason != "" {
		out.Reason = &f.Reason
	}
	out.Numerator, out.Denominator = sidesOf(&f)
	out.Sample, out.Standing = newSample(cat, co.Formula, &f), newStanding(&f)
	return out
}

// sidesOf are a figure's numerator and denominator; null where only all units together have them.
func sidesOf(f *tally.Figure) (numerator, denominator *string) {
	if f.Reason == tally.WholeBrigade {
		return nil, nil
	}
	return new(strconv.FormatInt(f.Numerator, 10)), new(strconv.FormatInt(f.Denominator, 10))
}

// valueUnitOfMeasure is the unit of measure of a value without a target.
func valueUnitOfMeasure(cat *catalogue.Catalogue, f *catalogue.Formula) string {
	const hour, minute = 3_600_000, 60_000
	unit := f.NumeratorUnit(cat)
	switch {
	case f.Percent:
		return "%"
	case unit == "毫秒" && f.Divisor == hour:
		return "小时"
	case unit == "毫秒" && f.Divisor == minute:
		return "分钟"
	}
	return unit
}

// kindsOf are the kinds of observation behind a formula; empty without a formula.
func kindsOf(cat *catalogue.Catalogue, f *catalogue.Formula) []string {
	kinds := []string{}
	if f == nil {
		return kinds
	}
	for _, terms := range [][]catalogue.Term{f.Numerator, f.Denominator} {
		for _, t := range terms {
			kinds = append(kinds, cat.KindsOf(t.Measure)...)
		}
	}
	return kinds
}
