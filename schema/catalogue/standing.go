package catalogue

import "slices"

// Stands reports whether the value rests on what goes on, over New Year too, until somebody changes it.
func (f *Formula) Stands() bool { return f.Window == Stock || f.CountsDays() }

// CountsDays reports whether the formula adds up days on which something holds that began earlier.
func (f *Formula) CountsDays() bool {
	return f.Aggregate == AggregateDays || f.Aggregate == AggregateStates
}

// windowOf is the formula's window. A unit's latest count of a period says nothing of another year: where the file asks
// for all counts to T, only those of T's year are read. See schema/DOMAIN.md#what-stands-and-what-is-of-a-year
func (c *Catalogue) windowOf(f *Formula) string {
	if f.Window == Stock && f.Aggregate == AggregateLatest && c.readsPeriods(f) {
		return Flow
	}
	return f.Window
}

// readsPeriods reports whether a side of the formula counts records of a periodic kind.
func (c *Catalogue) readsPeriods(f *Formula) bool {
	periodic := func(t Term) bool {
		m, ok := c.MeasureOf(t.Measure)
		return ok && slices.ContainsFunc(m.Parts, func(p *Part) bool { return p.periodic })
	}
	return slices.ContainsFunc(f.Numerator, periodic) || slices.ContainsFunc(f.Denominator, periodic)
}
