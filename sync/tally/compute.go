package tally

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// computation is a formula on its way to a figure.
type computation struct {
	of     *catalogue.Formula
	out    Figure
	totals Totals
	last   map[string]clock.Day // AggregateLatest: of each unit the day that counts
}

// Compute computes a formula as it stood at the end of a day. There are no verdicts: a companion has none.
func Compute(formula *catalogue.Formula, at clock.Day, totals Totals) Figure {
	c := &computation{of: formula, totals: totals, out: Figure{
		Window: WindowOf(formula, at), Denominator: 1, Literal: None, Intent: None,
	}}
	c.fill()
	for _, name := range formula.Needs {
		c.require(totals.Sum(name, c.out.Window.From, c.out.Window.To) > 0, NotComputable)
	}
	if c.out.Reason == "" && c.out.Value == nil {
		c.out.Value = quotient(c.out.Numerator, c.out.Denominator, formula)
	}
	if c.out.Reason != "" {
		c.out.Value = nil
	}
	c.beside()
	return c.out
}

// require notes why there is no value; the first reason stays.
func (c *computation) require(ok bool, reason string) {
	if !ok && c.out.Reason == "" {
		c.out.Reason = reason
	}
}

// fill finds the numerator and the denominator.
func (c *computation) fill() {
	f := &c.out
	switch c.of.Kind {
	case catalogue.Sum:
		c.latestDays()
		f.Numerator = c.add(c.of.Numerator, f.Window, RoleNumerator)
	case catalogue.Mean, catalogue.Ratio, catalogue.Latest:
		c.ratio()
	case catalogue.Drop:
		cur := c.add(c.of.Numerator, f.Window, RoleNumerator)
		base := c.add(c.of.Numerator, f.Window.AddYears(-1), RoleBase)
		f.Numerator, f.Denominator = base-cur, base
		c.require(base > 0, NotComputable)
	case catalogue.ShareDrop:
		c.shareDrop()
	case catalogue.Coverage:
		c.coverage()
	default:
		f.Reason = Open
	}
}

func (c *computation) ratio() {
	if c.of.Aggregate == catalogue.AggregateDistinct {
		c.distinct()
	} else {
		c.latestDays()
		c.out.Numerator = c.add(c.of.Numerator, c.out.Window, RoleNumerator)
		c.out.Denominator = c.add(c.of.Denominator, c.out.Window, RoleDenominator)
	}
	c.require(c.out.Denominator > 0, NoData)
}

// shareDrop: (base N / base D − N / D) / (base N / base D) = 1 − (N · base D) / (D · base N).
func (c *computation) shareDrop() {
	earlier := c.out.Window.AddYears(-1)
	cur := Share{c.add(c.of.Numerator, c.out.Window, RoleNumerator), c.add(c.of.Denominator, c.out.Window, RoleDenominator)}
	base := Share{c.add(c.of.Numerator, earlier, RoleBase), c.add(c.of.Denominator, earlier, RoleBase)}
	c.out.Numerator, c.out.Denominator, c.out.Base = cur.Numerator, cur.Denominator, &base
	c.require(base.Numerator > 0 && base.Denominator > 0, NotComputable)
	c.require(cur.Denominator > 0, NoData)
	if c.out.Reason != "" {
		return
	}
	kept := big.NewRat(cur.Numerator, cur.Denominator)
	kept.Mul(kept, big.NewRat(base.Denominator, base.Numerator))
	c.out.Value = scale(kept.Sub(big.NewRat(1, 1), kept), c.of)
}

// add sums up terms over a window.
func (c *computation) add(terms []catalogue.Term, w clock.Window, role string) (sum int64) {
	for _, t := range terms {
		over := w
		if t.Before {
			over = clock.Window{To: w.To.YearStart().AddDays(-1)}
		}
		amount := c.amount(t.Measure, over)
		if t.Minus {
			amount = -amount
		}
		if c.of.Aggregate == catalogue.AggregateDays {
			over.From = 0 // what was there before is read too
		}
		c.out.Terms = append(c.out.Terms, Term{t.Measure, over.From, over.To, amount, role})
		sum += amount
	}
	return sum
}

func (c *computation) amount(measure string, w clock.Window) int64 {
	switch c.of.Aggregate {
	case catalogue.AggregateDays:
		return level(c.totals.Daily(measure, 0, w.To), w)
	case catalogue.AggregateLatest:
		return c.ofLast(c.totals.Daily(measure, w.From, w.To))
	default:
		return c.totals.Sum(measure, w.From, w.To)
	}
}

// beside adds up what is shown beside the value, each dimension of a measure where all are asked for.
func (c *computation) beside() {
	w := c.out.Window
	for _, name := range c.of.Beside {
		whole, each := strings.CutSuffix(name, catalogue.EachDimension)
		if !each {
			c.show(name, c.totals.Sum(name, w.From, w.To))
			continue
		}
		sums := map[string]int64{}
		for _, s := range c.totals.Daily(whole, w.From, w.To) {
			sums[s.Measure] += s.Amount
		}
		for _, measure := range slices.Sorted(maps.Keys(sums)) {
			c.show(measure, sums[measure])
		}
	}
}

func (c *computation) show(measure string, amount int64) {
	if c.out.Beside == nil {
		c.out.Beside = map[string]int64{}
	}
	c.out.Beside[measure] = amount
	c.out.Terms = append(c.out.Terms, Term{measure, c.out.Window.From, c.out.Window.To, amount, RoleBeside})
}
