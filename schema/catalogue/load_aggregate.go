package catalogue

import (
	"maps"
	"slices"
)

// checkReached: an item's quantity is the sum of its things', each by state: the numerator is divided by item, code and thing,
// and so is the measure of the days with an entry.
func (l *loader) checkReached(c *Catalogue, f *Formula, path []any) {
	if f.Aggregate != AggregateReached || len(f.Numerator) != 1 || len(f.Denominator) != 1 {
		return
	}
	l.required(f.DatedBy != "", "dated_by", path...)
	n, d, dated := c.measures[f.Numerator[0].Measure], c.measures[f.Denominator[0].Measure], c.measures[f.DatedBy]
	if n == nil || d == nil || dated == nil {
		return
	}
	if !n.dividedBy(3) || !n.hasCode(1) || !d.dividedBy(1) || !dated.dividedBy(3) || !dated.hasCode(1) {
		l.fail(FaultFormula, "reached 的分子和 dated_by 须按“项、代码、物”三个字段划分，分母须按“项”划分", "with reached numerator and dated_by have a by of item, code and thing, the denominator of item alone",
			childPath(path, "aggregate")...)
	}
}

// checkStates: both sides read states of one measure by state and thing; closed, by state, first day and thing, dates the
// ends; states lists every state once.
func (l *loader) checkStates(c *Catalogue, f *Formula, path []any) {
	if f.Aggregate != AggregateStates {
		if len(f.States) > 0 {
			l.fail(FaultFormula, "states 仅用于 aggregate: states", "states goes with aggregate: states only", childPath(path, "states")...)
		}
		return
	}
	l.required(f.Closed != "", "closed", path...)
	if len(f.Numerator) == 0 || len(f.Denominator) == 0 {
		return
	}
	name := measureName(f.Numerator[0].Measure)
	for _, t := range slices.Concat(f.Numerator, f.Denominator) {
		if measureName(t.Measure) != name || t.Minus {
			l.fail(FaultFormula, "states 只读取一个计量项的各状态，不作减法："+t.String(), "with states each term is a state of one measure, never subtracted: "+t.String(), path...)
		}
	}
	m, closed := c.measures[name], c.measures[f.Closed]
	if m == nil || closed == nil {
		return
	}
	if !m.dividedBy(2) || !m.hasCode(0) || !closed.dividedBy(3) || !closed.hasCode(0) {
		l.fail(FaultFormula, "states 的计量项须按“状态、物”划分，closed 须按“状态、起始日、物”划分",
			"with states the measure has a by of state and thing, closed of state, first day and thing", childPath(path, "aggregate")...)
	}
	if !slices.Equal(slices.Sorted(slices.Values(f.States)), slices.Sorted(maps.Keys(m.dimensions))) {
		l.fail(FaultFormula, "states 须按次序列出全部状态，各一次", "states lists every state, once, in the order in which they hold", childPath(path, "states")...)
	}
}
