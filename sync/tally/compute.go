package tally

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// computation computes a figure from a formula.
type computation struct {
	formula  *catalogue.Formula
	figure   Figure
	totals   Totals
	lastDays map[string]clock.Day // for AggregateLatest: the day that counts, by unit
}

// Compute computes a formula as of the end of a day. The figure has no verdicts, because companions have none.
func Compute(formula *catalogue.Formula, at clock.Day, totals Totals) Figure {
	c := &computation{formula: formula, totals: totals, figure: Figure{
		Window: WindowOf(formula, at), Denominator: 1, Literal: None, Intent: None, Least: formula.Least,
	}}
	if formula.WholeOnly && !totals.Whole() {
		c.addPartOfUnit()
		c.addBeside()
		return c.figure
	}
	c.computeSides()
	for _, name := range formula.Needs {
		c.noValueUnless(totals.Sum(name, c.figure.Window.From, c.figure.Window.To) > 0, NotComputable)
	}
	if c.figure.Reason == "" && c.figure.Value == nil {
		c.figure.Value = quotient(c.figure.Numerator, c.figure.Denominator, formula)
	}
	if c.figure.Reason != "" {
		c.figure.Value = nil
	}
	c.compareSample()
	c.dateStanding()
	c.addBeside()
	return c.figure
}

// compareSample notes a value of too few observations; a share compared with the year before needs enough in both years.
func (c *computation) compareSample() {
	f := &c.figure
	f.Sample = f.Denominator
	if f.Base != nil {
		f.Sample = min(f.Sample, f.Base.Denominator)
	}
	if f.Value != nil && c.formula.Kind != catalogue.Sum && f.Sample < f.Least {
		f.Reason = TooFew
	}
}

// addPartOfUnit notes what the one unit adds to each side, as the way to the unit's records: no quotient is made of them.
func (c *computation) addPartOfUnit() {
	c.figure.Reason, c.figure.Denominator = WholeBrigade, 0
	for _, t := range c.formula.Numerator {
		c.addAll(t, RoleNumerator)
	}
	for _, t := range c.formula.Denominator {
		c.addAll(t, RoleDenominator)
	}
}

// addAll notes the plain sum of a term, with all dimensions of its measure.
func (c *computation) addAll(t catalogue.Term, role string) {
	over := windowOfTerm(t, c.figure.Window)
	if c.formula.CountsDays() || c.formula.Kind == catalogue.Coverage && role == RoleDenominator {
		over.From = 0 // earlier days are read too
	}
	var sum int64
	for _, s := range c.totals.Daily(t.Measure, over.From, over.To) {
		sum += s.Amount
	}
	if t.Minus {
		sum = -sum
	}
	c.addWholeTerm(t.Measure, over, sum, role)
}

// windowOfTerm is the window of a term: w, or all days before its year.
func windowOfTerm(t catalogue.Term, w clock.Window) clock.Window {
	if t.Before {
		return clock.Window{To: w.To.YearStart().AddDays(-1)}
	}
	return w
}

// noValueUnless notes the reason for a missing value unless ok; the first reason stays.
func (c *computation) noValueUnless(ok bool, reason string) {
	if !ok && c.figure.Reason == "" {
		c.figure.Reason = reason
	}
}

// computeSides computes the numerator and the denominator.
func (c *computation) computeSides() {
	f := &c.figure
	switch c.formula.Kind {
	case catalogue.Sum:
		c.findLatestDays()
		f.Numerator = c.sumTerms(c.formula.Numerator, f.Window, RoleNumerator)
	case catalogue.Mean, catalogue.Ratio, catalogue.Latest:
		c.computeRatio()
	case catalogue.Drop:
		cur := c.sumTerms(c.formula.Numerator, f.Window, RoleNumerator)
		base := c.sumTerms(c.formula.Numerator, f.Window.AddYears(-1), RoleBase)
		f.Numerator, f.Denominator = base-cur, base
		c.noValueUnless(base > 0, NotComputable)
	case catalogue.ShareDrop:
		c.computeShareDrop()
	case catalogue.Coverage:
		c.computeCoverage()
	default:
		f.Reason = Open
	}
}

func (c *computation) computeRatio() {
	switch c.formula.Aggregate {
	case catalogue.AggregateDistinct:
		c.countDistinct()
	case catalogue.AggregateReached:
		c.countReached()
	case catalogue.AggregateStates:
		c.computeStates()
	default:
		c.findLatestDays()
		c.figure.Numerator = c.sumTerms(c.formula.Numerator, c.figure.Window, RoleNumerator)
		c.figure.Denominator = c.sumTerms(c.formula.Denominator, c.figure.Window, RoleDenominator)
	}
	c.noValueUnless(c.figure.Denominator > 0, NoData)
}

// computeShareDrop: (base N / base D − N / D) / (base N / base D) = 1 − (N · base D) / (D · base N).
func (c *computation) computeShareDrop() {
	earlier := c.figure.Window.AddYears(-1)
	cur := Share{c.sumTerms(c.formula.Numerator, c.figure.Window, RoleNumerator), c.sumTerms(c.formula.Denominator, c.figure.Window, RoleDenominator)}
	base := Share{c.sumTerms(c.formula.Numerator, earlier, RoleBase), c.sumTerms(c.formula.Denominator, earlier, RoleBase)}
	c.figure.Numerator, c.figure.Denominator, c.figure.Base = cur.Numerator, cur.Denominator, &base
	c.noValueUnless(base.Numerator > 0 && base.Denominator > 0, NotComputable)
	c.noValueUnless(cur.Denominator > 0, NoData)
	if c.figure.Reason != "" {
		return
	}
	kept := big.NewRat(cur.Numerator, cur.Denominator)
	kept.Mul(kept, big.NewRat(base.Denominator, base.Numerator))
	c.figure.Value = toTargetUnit(kept.Sub(big.NewRat(1, 1), kept), c.formula)
}

// sumTerms sums up terms over a window.
func (c *computation) sumTerms(terms []catalogue.Term, w clock.Window, role string) (sum int64) {
	for _, t := range terms {
		over := windowOfTerm(t, w)
		amount := c.sumMeasure(t.Measure, over)
		if t.Minus {
			amount = -amount
		}
		if c.formula.Aggregate == catalogue.AggregateDays {
			over.From = 0 // earlier days are read too
		}
		c.figure.Terms = append(c.figure.Terms, Term{t.Measure, over.From, over.To, amount, role})
		sum += amount
	}
	return sum
}

func (c *computation) sumMeasure(measure string, w clock.Window) int64 {
	switch c.formula.Aggregate {
	case catalogue.AggregateDays:
		return levelDays(c.totals.Daily(measure, 0, w.To), w)
	case catalogue.AggregateLatest:
		return c.sumOfLastDays(c.totals.Daily(measure, w.From, w.To))
	default:
		return c.totals.Sum(measure, w.From, w.To)
	}
}

// addBeside sums up the measures shown beside the value; for "name:*" each dimension of the measure.
func (c *computation) addBeside() {
	w := c.figure.Window
	for _, name := range c.formula.Beside {
		whole, each := strings.CutSuffix(name, catalogue.EachDimension)
		if !each {
			c.addBesideTerm(name, c.totals.Sum(name, w.From, w.To))
			continue
		}
		sums := map[string]int64{}
		for _, s := range c.totals.Daily(whole, w.From, w.To) {
			sums[s.Measure] += s.Amount
		}
		for _, measure := range slices.Sorted(maps.Keys(sums)) {
			c.addBesideTerm(measure, sums[measure])
		}
	}
}

func (c *computation) addBesideTerm(measure string, amount int64) {
	if c.figure.Beside == nil {
		c.figure.Beside = map[string]int64{}
	}
	c.figure.Beside[measure] = amount
	c.figure.Terms = append(c.figure.Terms, Term{measure, c.figure.Window.From, c.figure.Window.To, amount, RoleBeside})
}
