package tally

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// levelDays adds up a level over the days of the window: an amount added on a day is there from that day on. The rows
// are sums by day from the beginning; the result is for example in facility-days.
func levelDays(rows []Sum, w clock.Window) (days int64) {
	for _, s := range rows {
		if from := max(s.Day, w.From); from <= w.To {
			days += s.Amount * int64(w.To.Since(from)+1)
		}
	}
	return days
}

// findLatestDays finds for AggregateLatest the last day of each unit on which DatedBy has an entry. Without DatedBy the
// denominator decides, without a denominator the numerator.
func (c *computation) findLatestDays() {
	if c.formula.Aggregate != catalogue.AggregateLatest {
		return
	}
	by := []catalogue.Term{{Measure: c.formula.DatedBy}}
	switch {
	case c.formula.DatedBy != "":
	case len(c.formula.Denominator) > 0:
		by = c.formula.Denominator
	default:
		by = c.formula.Numerator
	}
	c.lastDays = map[string]clock.Day{}
	for _, t := range by {
		for _, s := range c.totals.Daily(t.Measure, c.figure.Window.From, c.figure.Window.To) {
			c.lastDays[s.Unit] = max(c.lastDays[s.Unit], s.Day)
		}
	}
}

// sumOfLastDays adds up the amounts of each unit on the unit's last day.
func (c *computation) sumOfLastDays(rows []Sum) (sum int64) {
	for _, s := range rows {
		if s.Day == c.lastDays[s.Unit] {
			sum += s.Amount
		}
	}
	return sum
}

// countDistinct counts the dimensions of the denominator with a positive sum, and how many of these the numerator has.
func (c *computation) countDistinct() {
	n, d := c.formula.Numerator[0].Measure, c.formula.Denominator[0].Measure
	have := positiveDimensions(c.totals.Daily(n, c.figure.Window.From, c.figure.Window.To))
	wanted := positiveDimensions(c.totals.Daily(d, c.figure.Window.From, c.figure.Window.To))
	var both int64
	for value := range wanted {
		if have[value] {
			both++
		}
	}
	c.figure.Numerator, c.figure.Denominator = both, int64(len(wanted))
	c.addWholeTerm(n, c.figure.Window, both, RoleNumerator)
	c.addWholeTerm(d, c.figure.Window, int64(len(wanted)), RoleDenominator)
}

// addWholeTerm notes a term that reads all dimensions of its measure.
func (c *computation) addWholeTerm(measure string, w clock.Window, amount int64, role string) {
	c.figure.Terms = append(c.figure.Terms, Term{measure, w.From, w.To, amount, role})
}

func dimension(measure string) string {
	_, value, _ := strings.Cut(measure, ":")
	return value
}

func sumsByDimension(rows []Sum) map[string]int64 {
	sums := map[string]int64{}
	for _, s := range rows {
		sums[dimension(s.Measure)] += s.Amount
	}
	return sums
}

// positiveDimensions returns the dimensions with sums above 0.
func positiveDimensions(rows []Sum) map[string]bool {
	out := map[string]bool{}
	for value, sum := range sumsByDimension(rows) {
		if sum > 0 {
			out[value] = true
		}
	}
	return out
}

// unitDimension is a dimension of a measure at a unit.
type unitDimension struct{ unit, dimension string }

// segmentPeriod is a segment with its length from a day until before another day (0: until now).
type segmentPeriod struct {
	from, until clock.Day
	metres      int64
}

// segmentPeriods returns for each segment the ledger rows in force, in order of time: the row that began last, until
// the next row begins or the row itself ends. ended is divided by segment and first day: "name:S1:20200101" of the row's unit.
func segmentPeriods(lengths, ended []Sum) map[string][]segmentPeriod {
	until := map[unitDimension]clock.Day{}
	for _, s := range ended {
		until[unitDimension{s.Unit, dimension(s.Measure)}] = s.Day
	}
	out := map[string][]segmentPeriod{}
	byDay := func(a, b Sum) int { return cmp.Compare(a.Day, b.Day) }
	for _, s := range slices.SortedStableFunc(slices.Values(lengths), byDay) {
		name := dimension(s.Measure)
		all := out[name]
		if n := len(all); n > 0 && all[n-1].from == s.Day {
			all[n-1].metres += s.Amount
			continue
		} else if n > 0 && (all[n-1].until == 0 || s.Day < all[n-1].until) {
			all[n-1].until = s.Day
		}
		end := until[unitDimension{s.Unit, name + ":" + strconv.Itoa(int(s.Day))}]
		out[name] = append(all, segmentPeriod{from: s.Day, until: end, metres: s.Amount})
	}
	return out
}

// metresOn is the length in force on a day.
func metresOn(all []segmentPeriod, day clock.Day) int64 {
	for _, s := range all {
		if s.from <= day && (s.until == 0 || day < s.until) {
			return s.metres
		}
	}
	return 0
}

// computeCoverage divides the patrolled length, by segment, shift and day, by the length to patrol: Σ passes(segment,
// day) · metres(segment, day) / (shifts · Σ metres(segment, day)).
func (c *computation) computeCoverage() {
	n, d, w := c.formula.Numerator[0].Measure, c.formula.Denominator[0].Measure, c.figure.Window
	var ended []Sum
	if c.formula.Closed != "" {
		ended = c.totals.Ends(c.formula.Closed, w.To)
	}
	segments := segmentPeriods(c.totals.Daily(d, 0, w.To), ended)
	var passed, length int64
	for _, s := range c.totals.Daily(n, w.From, w.To) {
		passed += s.Amount * metresOn(segments[dimension(s.Measure)], s.Day)
	}
	for _, all := range segments {
		for _, s := range all {
			from, to := max(s.from, w.From), w.To
			if s.until != 0 && s.until <= to {
				to = s.until.AddDays(-1)
			}
			if from <= to {
				length += s.metres * int64(to.Since(from)+1)
			}
		}
	}
	c.figure.Numerator, c.figure.Denominator = passed, length*c.formula.Shifts
	c.addWholeTerm(n, w, passed, RoleNumerator)
	c.addWholeTerm(d, clock.Window{To: w.To}, length*c.formula.Shifts, RoleDenominator)
	c.noValueUnless(c.figure.Denominator > 0, NoData)
}
