package tally

import (
	"slices"

	"roadbook/sync/clock"
)

// A second, plain evaluation of baselines: from the root down, month by month and day by day, as schema/DOMAIN.md says it
// in words. The code under test goes from the rows up.

// naiveWorld holds what was imported and observed of one measure.
type naiveWorld struct {
	branches  []Branch
	baselines []Baseline
	observed  []Sum
	broken    string // a rule left out; "" = none
}

// parentIn is the unit's parent in the month that ends with last.
func (w *naiveWorld) parentIn(unit string, last clock.Day) string {
	up := w.branchIn(unit, last)
	at := up
	for range len(w.branches) { // a ring has no more steps than there are branches
		if at == unit {
			return ""
		}
		at = w.branchIn(at, last)
	}
	return up
}

func (w *naiveWorld) branchIn(unit string, last clock.Day) string {
	var first, best *Branch
	for i := range w.branches {
		b := &w.branches[i]
		if b.Unit != unit {
			continue
		}
		if first == nil || b.From < first.From {
			first = b
		}
		if b.From <= last && (best == nil || b.From >= best.From) {
			best = b
		}
	}
	switch {
	case best != nil:
		return best.Parent
	case first != nil:
		return first.Parent
	}
	return ""
}

func (w *naiveWorld) rootIn(last clock.Day) string {
	at := "hq"
	for w.parentIn(at, last) != "" {
		at = w.parentIn(at, last)
	}
	return at
}

// unitsNamed are all units named anywhere.
func (w *naiveWorld) unitsNamed() []string {
	units := []string{"hq"}
	for _, b := range w.branches {
		units = append(units, b.Unit, b.Parent)
	}
	for _, b := range w.baselines {
		units = append(units, b.Unit)
	}
	for _, s := range w.observed {
		units = append(units, s.Unit)
	}
	slices.Sort(units)
	units = slices.Compact(units)
	return slices.DeleteFunc(units, func(u string) bool { return u == "" })
}

func (w *naiveWorld) childrenIn(node string, last clock.Day) (units []string) {
	root := w.rootIn(last)
	for _, u := range w.unitsNamed() {
		parent := w.parentIn(u, last)
		if parent == "" && u != root {
			parent = root
		}
		if parent == node {
			units = append(units, u)
		}
	}
	return units
}

// value is the node's value of a window; node "" is the root of each month.
func (w *naiveWorld) value(node string, from, to clock.Day) (sum int64) {
	for first := clock.Day(20190101); first <= to; {
		last := first
		for !last.IsMonthEnd() {
			last++
		}
		of := node
		if of == "" {
			of = w.rootIn(last)
		}
		if a, b := max(from, first), min(to, last); a <= b {
			sum += w.monthValue(of, a, b, last)
		}
		first = last.AddDays(1)
	}
	return sum
}

// monthValue is the node's value of days within the month that ends with last.
func (w *naiveWorld) monthValue(node string, from, to, last clock.Day) (sum int64) {
	free := map[clock.Day]bool{}
	for d := from; d <= to; d++ {
		free[d] = true
	}
	for _, b := range w.ownWithin(node, from, to) {
		whole := true
		for d := b.From; d <= b.To; d++ {
			whole = whole && free[d]
		}
		if !whole {
			continue
		}
		sum += b.Number
		for d := b.From; d <= b.To && w.broken != "observed is added"; d++ {
			free[d] = false
		}
	}
	for d := from; d <= to; d++ { // runs of free days
		if !free[d] {
			continue
		}
		end := d
		for free[end+1] {
			end++
		}
		sum += w.runValue(node, d, end, last)
		d = end
	}
	return sum
}

func (w *naiveWorld) ownWithin(node string, from, to clock.Day) (own []Baseline) {
	for _, b := range w.baselines {
		reaches := from <= b.From && b.To <= to || w.broken == "unreached stands" && b.From <= to && from <= b.To
		if b.Unit == node && reaches {
			b.From, b.To = max(b.From, from), min(b.To, to)
			own = append(own, b)
		}
	}
	slices.SortFunc(own, func(a, b Baseline) int {
		if n := (b.To - b.From) - (a.To - a.From); n != 0 {
			return int(n)
		}
		return int(b.To - a.To)
	})
	if w.broken == "the shorter stands" {
		slices.Reverse(own)
	}
	return own
}

// runValue is what was observed at the node on the days of a run, and the children's values of the run.
func (w *naiveWorld) runValue(node string, from, to, last clock.Day) (sum int64) {
	for _, s := range w.observed {
		if s.Unit == node && from <= s.Day && s.Day <= to {
			sum += s.Amount
		}
	}
	for _, child := range w.childrenIn(node, last) {
		sum += w.monthValue(child, from, to, last)
	}
	return sum
}
