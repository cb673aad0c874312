package catalogue

import (
	"slices"
	"strings"
)

var (
	kindsOfFormula     = []string{Sum, Mean, Ratio, Drop, ShareDrop, Coverage, Latest}
	windows            = []string{Flow, Stock, YoY}
	withoutDenominator = []string{Sum, Drop} // have no denominator
)

func (l *loader) loadFormula(c *Catalogue, y fileFormula, path []any) *Formula {
	f := &Formula{
		Kind: y.Kind, Divisor: max(y.Divisor, 1), Percent: y.Percent, Window: y.Window, Aggregate: y.Aggregate,
		DatedBy: y.DatedBy, Closed: y.Closed, Shifts: y.Shifts, States: y.States, Needs: y.Needs, Beside: y.Beside,
	}
	if !slices.Contains(kindsOfFormula, f.Kind) {
		l.fail(FaultFormula, "没有这种算法："+f.Kind, "there is no formula “"+f.Kind+"”", childPath(path, "kind")...)
	}
	if f.Kind == Latest && f.Aggregate == "" {
		f.Aggregate = AggregateLatest
	}
	yearOnYear := f.Kind == Drop || f.Kind == ShareDrop
	if !slices.Contains(windows, f.Window) || yearOnYear != (f.Window == YoY) {
		l.fail(FaultFormula, "时段与算法不符", "the window does not go with the formula", childPath(path, "window")...)
	}
	if y.Divisor < 0 {
		l.fail(FaultFormula, "除数须为正数", "the divisor is a positive number", childPath(path, "divisor")...)
	}
	l.checkAggregate(f, path)
	l.checkShifts(f, path)
	l.required(len(y.Numerator) > 0, "numerator", path...)
	if len(y.Denominator) > 0 == slices.Contains(withoutDenominator, f.Kind) {
		l.fail(FaultFormula, "分母与算法不符", "the denominator does not go with the formula", path...)
	}
	f.Numerator = l.parseTerms(c, f, y.Numerator, childPath(path, "numerator"))
	f.Denominator = l.parseTerms(c, f, y.Denominator, childPath(path, "denominator"))
	l.checkOtherMeasures(c, f, path)
	l.checkReached(c, f, path)
	l.checkStates(c, f, path)
	l.loadLeast(c, f, y.Least, path)
	f.Window = c.windowOf(f)
	f.WholeOnly = len(f.Denominator) > 0 && c.ownersOf(f.Numerator) != c.ownersOf(f.Denominator)
	return f
}

// owners tells who records what a side of a formula counts.
type owners struct{ units, brigade bool }

// ownersOf derives the owners of a formula's side from the kinds of its measures.
func (c *Catalogue) ownersOf(terms []Term) (who owners) {
	for _, t := range terms {
		if m, ok := c.MeasureOf(t.Measure); ok {
			for _, p := range m.Parts {
				who.units = who.units || !p.central
				who.brigade = who.brigade || p.central
			}
		}
	}
	return who
}

// checkAggregate: each aggregate suits some kinds of formulas only.
func (l *loader) checkAggregate(f *Formula, path []any) {
	fits := map[string][]string{
		"":                {Sum, Mean, Ratio, Drop, ShareDrop, Coverage},
		AggregateDays:     {Sum, Ratio},
		AggregateLatest:   {Sum, Ratio, Latest},
		AggregateDistinct: {Ratio},
		AggregateReached:  {Ratio},
		AggregateStates:   {Ratio},
	}
	if kinds, ok := fits[f.Aggregate]; !ok || !slices.Contains(kinds, f.Kind) && slices.Contains(kindsOfFormula, f.Kind) {
		l.fail(FaultFormula, "汇总方式与算法不符："+f.Aggregate, "the aggregate “"+f.Aggregate+"” does not go with the formula",
			childPath(path, "aggregate")...)
	}
	if f.CountsDays() && f.Window == Stock {
		l.fail(FaultFormula, "按日累计须有起始日：window 应为 flow", "days are added up from a first one: the window is flow", childPath(path, "window")...)
	}
	if f.DatedBy != "" && f.Aggregate != AggregateLatest && f.Aggregate != AggregateReached {
		l.fail(FaultFormula, "dated_by 仅用于 latest 和 reached", "dated_by goes with latest and reached only", childPath(path, "dated_by")...)
	}
}

func (l *loader) checkShifts(f *Formula, path []any) {
	if (f.Kind == Coverage) != (f.Shifts > 0) {
		l.fail(FaultFormula, "shifts 为每日班次数，仅用于 coverage", "shifts is the number of shifts a day, of coverage only", childPath(path, "shifts")...)
	}
	if f.Closed != "" && f.Kind != Coverage && f.Aggregate != AggregateStates {
		l.fail(FaultFormula, "closed 仅用于 coverage 和 states", "closed goes with coverage and states only", childPath(path, "closed")...)
	}
	if f.Kind == Coverage && f.Window != Flow {
		l.fail(FaultFormula, "时段与算法不符", "the window does not go with the formula", childPath(path, "window")...)
	}
}

// readsAllDimensions reports whether a formula reads all dimensions of its measures, so that its terms have none.
func (f *Formula) readsAllDimensions() bool {
	return f.Kind == Coverage || f.Aggregate == AggregateDistinct || f.Aggregate == AggregateReached
}

func (l *loader) parseTerms(c *Catalogue, f *Formula, texts stringOrList, path []any) (terms []Term) {
	for i, s := range texts {
		here := path
		if len(texts) > 1 {
			here = childPath(path, i)
		}
		t := parseTerm(s)
		l.checkMeasureName(c, t.Measure, f.readsAllDimensions(), here)
		if (t.Minus || t.Before || len(texts) > 1) && f.readsAllDimensions() {
			l.fail(FaultFormula, "此算法只读取一个计量项："+s, "this formula reads a single measure: "+s, here...)
		}
		if t.Before && (f.Window != Flow || f.Aggregate != "") {
			l.fail(FaultFormula, "@before 仅用于按年合计："+s, "@before goes with plain sums of a year only: "+s, here...)
		}
		terms = append(terms, t)
	}
	return terms
}

// checkOtherMeasures checks the measures named outside of the terms.
func (l *loader) checkOtherMeasures(c *Catalogue, f *Formula, path []any) {
	if f.DatedBy != "" {
		l.checkMeasureName(c, f.DatedBy, f.Aggregate == AggregateReached, childPath(path, "dated_by"))
	}
	if f.Closed != "" {
		l.checkMeasureName(c, f.Closed, true, childPath(path, "closed"))
	}
	for i, name := range f.Needs {
		l.checkMeasureName(c, name, false, childPath(path, "needs", i))
	}
	for i, name := range f.Beside {
		name, each := strings.CutSuffix(name, EachDimension)
		l.checkMeasureName(c, name, each, childPath(path, "beside", i))
	}
}

// checkMeasureName checks the name of a measure: the measure exists, and a dimension is given exactly if the measure is
// divided and not read as a whole.
func (l *loader) checkMeasureName(c *Catalogue, name string, whole bool, path []any) {
	m := c.measures[measureName(name)]
	_, value, hasDimension := strings.Cut(name, ":")
	switch {
	case m == nil:
		l.failUnknown("measure", name, path)
	case whole && (!m.Divided || hasDimension):
		l.fail(FaultFormula, "此处须为有 by 的计量项，不写维度值："+name, "this takes a measure with a by, without a dimension: "+name, path...)
	case !whole && m.Divided != (hasDimension && value != ""):
		l.fail(FaultFormula, "有 by 的计量项须写为“名称:值”，其他不写："+name,
			"a measure with a by is written name:VALUE, any other without: "+name, path...)
	}
}
