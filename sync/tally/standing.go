package tally

import (
	"maps"
	"slices"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// dateStanding dates a value that goes on until somebody changes it, so that a reader sees how old the value is.
func (c *computation) dateStanding() {
	if c.figure.Value == nil || !c.formula.Stands() {
		return
	}
	if c.lastDays == nil {
		c.figure.AsOf = c.lastChange()
		return
	}
	days := slices.Sorted(maps.Values(c.lastDays))
	if len(days) == 0 {
		return
	}
	c.figure.AsOf = days[len(days)-1]
	if days[0] < c.figure.AsOf {
		c.figure.Oldest = days[0]
	}
}

// lastChange is the last day on which records changed a side of the formula; 0 if there are none.
func (c *computation) lastChange() (day clock.Day) {
	terms := slices.Concat(c.formula.Numerator, c.formula.Denominator)
	if c.formula.Aggregate == catalogue.AggregateStates {
		terms = []catalogue.Term{{Measure: c.stateMeasure()}, {Measure: c.formula.Closed}}
	}
	if c.formula.Aggregate == catalogue.AggregateReached {
		terms = append(terms, catalogue.Term{Measure: c.formula.DatedBy})
	}
	for _, t := range terms {
		for _, s := range c.totals.Daily(t.Measure, 0, c.figure.Window.To) {
			day = max(day, s.Day)
		}
	}
	return day
}
