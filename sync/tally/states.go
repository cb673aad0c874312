package tally

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// period is a state that a thing has from a day until before another day (0: until now). The thing's states are numbered
// in the formula's order: of those that begin on one day, the least number holds.
type period struct {
	state       int
	from, until clock.Day
}

// computeStates counts the days of the window on which things are in the states of either side. On a day a thing is in one
// state: of the states that hold, the one that began last.
func (c *computation) computeStates() {
	days := c.daysByState()
	of := func(terms []catalogue.Term, role string) (sum int64) {
		for _, t := range terms {
			amount := days[dimension(t.Measure)]
			c.addWholeTerm(t.Measure, clock.Window{To: c.figure.Window.To}, amount, role)
			sum += amount
		}
		return sum
	}
	c.figure.Numerator = of(c.formula.Numerator, RoleNumerator)
	c.figure.Denominator = of(c.formula.Denominator, RoleDenominator)
	of(c.otherStates(), RoleBeside)
}

// otherStates are the states that neither side counts. They are terms too, because they end what began before.
func (c *computation) otherStates() (others []catalogue.Term) {
	for _, state := range c.formula.States {
		t := catalogue.Term{Measure: c.stateMeasure() + ":" + state}
		if !slices.Contains(c.formula.Numerator, t) && !slices.Contains(c.formula.Denominator, t) {
			others = append(others, t)
		}
	}
	return others
}

// stateMeasure is the measure of the states, without a dimension.
func (c *computation) stateMeasure() string {
	name, _, _ := strings.Cut(c.formula.Numerator[0].Measure, ":")
	return name
}

// daysByState adds up over all things the days of the window by state.
func (c *computation) daysByState() map[string]int64 {
	w := c.figure.Window
	began := c.totals.Daily(c.stateMeasure(), 0, w.To)
	ended := c.totals.Ends(c.formula.Closed, w.To)
	counts := make([]int64, len(c.formula.States))
	for _, all := range periodsByThing(c.formula.States, began, ended) {
		countDays(all, w, counts)
	}
	days := map[string]int64{}
	for i, n := range counts {
		days[c.formula.States[i]] = n
	}
	return days
}

// periodsByThing reads the periods of each thing: "name:in_use:F1" on its first day, and, if it ended, the closing measure's
// "name:in_use:20200101:F1" of the same unit on the day after its last. Of two records of one state from one day, which HQ
// may keep apart, both must have ended, and the later end stands.
func periodsByThing(states []string, began, ended []Sum) map[string][]period {
	type end struct {
		number int64
		day    clock.Day
	}
	ends := map[unitDimension]end{}
	for _, s := range ended {
		key := unitDimension{s.Unit, dimension(s.Measure)}
		ends[key] = end{ends[key].number + s.Amount, max(ends[key].day, s.Day)}
	}
	type begin struct {
		unit, thing, state string
		day                clock.Day
	}
	begins := map[begin]int64{}
	for _, s := range began {
		state, thing, _ := strings.Cut(dimension(s.Measure), ":")
		begins[begin{s.Unit, thing, state, s.Day}] += s.Amount
	}
	out := map[string][]period{}
	for b, number := range begins {
		i := slices.Index(states, b.state)
		if number <= 0 || i < 0 {
			continue
		}
		p := period{state: i, from: b.day}
		if e := ends[unitDimension{b.unit, b.state + ":" + strconv.Itoa(int(b.day)) + ":" + b.thing}]; e.number >= number {
			p.until = e.day
		}
		out[b.thing] = append(out[b.thing], p)
	}
	return out
}

// countDays adds the days of one thing in the window to counts, by state. The periods that hold lie on a stack, the one that
// began last on top: each is laid down and taken away once.
func countDays(all []period, w clock.Window, counts []int64) {
	slices.SortFunc(all, func(a, b period) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.state, a.state))
	})
	var stack []period
	for i, p := range all {
		stack = append(stack, p)
		next := w.To.AddDays(1)
		if i+1 < len(all) {
			next = min(next, all[i+1].from)
		}
		stack = spendDays(stack, p.from, next, w.From, counts)
	}
}

// spendDays counts the days from a day until before another one, those of the window alone, and returns the periods left.
func spendDays(stack []period, from, until, first clock.Day, counts []int64) []period {
	for from < until && len(stack) > 0 {
		top := stack[len(stack)-1]
		to := until
		if top.until != 0 && top.until < to {
			to = top.until
		}
		if begin := max(from, first); begin < to {
			counts[top.state] += int64(to.Since(begin))
		}
		from = max(from, to)
		if top.until != 0 && top.until <= from {
			stack = stack[:len(stack)-1]
		}
	}
	return stack
}
