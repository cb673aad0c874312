package tally

import (
	"cmp"
	"slices"
	"strings"

	"roadbook/sync/clock"
)

// Scope is the node of the unit tree that a figure is of.
type Scope struct {
	Tree *Tree
	Unit string // "" = the whole tree
}

// Alone is one unit without the units below.
func Alone(unit string) Scope { return Scope{Unit: unit} }

// all reports whether every row is of the scope: the rows of one unit alone are asked for by its name.
func (s Scope) all() bool { return s.Unit == "" || s.Tree == nil }

// chain is a unit, its parent and so on, up to the node; ok is false if the unit does not stand below the node.
func (s Scope) chain(unit string, day clock.Day) (up []string, ok bool) {
	up = s.Tree.chain(unit, day)
	if s.Unit == "" {
		return up, true
	}
	i := slices.Index(up, s.Unit)
	return up[:i+1], i >= 0
}

// Holds reports whether a unit belongs to the scope in the month of a day.
func (s Scope) Holds(unit string, day clock.Day) bool {
	if s.Unit == "" {
		return true
	}
	_, ok := s.chain(unit, day)
	return ok
}

// StandingBaselines are the baselines that stand in a window, for a node of the unit tree: the value of the node is the sum
// of their numbers and of all that they do not replace.
type StandingBaselines struct {
	scope  Scope
	by     map[monthly][]ranked // those that stand
	chains map[unitMonth][]string
}

type monthly struct {
	measure string
	month   int // yyyymm
}

type unitMonth struct {
	unit  string
	month int
}

// StandingIn finds the baselines that stand, among sums by unit and day. A window that ends within a baseline's period, or
// begins within it, does not hold that period. Of those within the window a unit's own stands before those of the units
// below; of a unit's own that overlap, the longest, and of equally long ones the later. What overlaps a standing one falls,
// with all its days: a number of a period cannot be divided.
func StandingIn(rows []Sum, scope Scope, w clock.Window) *StandingBaselines {
	s := &StandingBaselines{scope: scope, by: map[monthly][]ranked{}, chains: map[unitMonth][]string{}}
	var all []ranked
	for _, b := range readBaselines(rows) {
		if chain := s.chain(b.Unit, b.To); len(chain) > 0 && w.From <= b.From && b.To <= w.To {
			all = append(all, ranked{b, chain})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int { return compareRank(&a, &b) })
	for i := range all {
		b := &all[i]
		at := monthly{b.Measure, monthOf(b.To)}
		over := func(c ranked) bool { return c.overlaps(&b.Baseline) && slices.Contains(b.chain, c.Unit) }
		if !slices.ContainsFunc(s.by[at], over) {
			s.by[at] = append(s.by[at], *b)
		}
	}
	return s
}

// chain is Scope.chain, computed once for each unit and month; empty for a unit out of scope.
func (s *StandingBaselines) chain(unit string, day clock.Day) []string {
	at := unitMonth{unit, monthOf(day)}
	up, known := s.chains[at]
	if !known {
		up, _ = s.scope.chain(unit, day)
		s.chains[at] = up
	}
	return up
}

// Replaces returns the standing baseline that holds what was observed at a unit on a day.
func (s *StandingBaselines) Replaces(measure, unit string, day clock.Day) (b Baseline, ok bool) {
	of := s.by[monthly{measure, monthOf(day)}]
	for i := range of {
		if of[i].From <= day && day <= of[i].To && slices.Contains(s.chain(unit, day), of[i].Unit) {
			return of[i].Baseline, true
		}
	}
	return Baseline{}, false
}

// Over returns the standing baseline that makes another one fall.
func (s *StandingBaselines) Over(b *Baseline) (over Baseline, ok bool) {
	for _, c := range s.by[monthly{b.Measure, monthOf(b.To)}] {
		same := c.Unit == b.Unit && c.From == b.From && c.To == b.To
		if !same && c.overlaps(b) && slices.Contains(s.chain(b.Unit, b.To), c.Unit) {
			return c.Baseline, true
		}
	}
	return Baseline{}, false
}

// Apply returns what counts of a measure and its dimensions ("": of all measures), by unit and day: the observed sums
// that no baseline replaces, and each standing baseline as an amount of its unit on the last day of its period. rows are
// the sums of the measure in the window, sorted by unit, day and measure, and so is the result; those of baselines
// themselves fall out.
func (s *StandingBaselines) Apply(measure string, rows []Sum) []Sum {
	numbers := s.numbers(measure)
	if len(s.by) == 0 && s.scope.all() && !slices.ContainsFunc(rows, func(row Sum) bool { return IsBaseline(row.Measure) }) {
		return rows
	}
	out := make([]Sum, 0, len(rows)+len(numbers))
	for i := range rows {
		if !s.counts(&rows[i]) {
			continue
		}
		for len(numbers) > 0 && compareSums(&numbers[0], &rows[i]) <= 0 {
			out, numbers = append(out, numbers[0]), numbers[1:]
		}
		out = append(out, rows[i])
	}
	return append(out, numbers...)
}

// counts reports whether an observed sum is of the node and not replaced.
func (s *StandingBaselines) counts(row *Sum) bool {
	if IsBaseline(row.Measure) || !s.scope.all() && len(s.chain(row.Unit, row.Day)) == 0 {
		return false
	}
	_, replaced := s.Replaces(row.Measure, row.Unit, row.Day)
	return !replaced
}

// numbers are the standing baselines of a measure as sums, without zeros.
func (s *StandingBaselines) numbers(measure string) (out []Sum) {
	for at, of := range s.by {
		if rest, ok := strings.CutPrefix(at.measure, measure); !ok || measure != "" && rest != "" && rest[0] != ':' {
			continue
		}
		for i := range of {
			if of[i].Number != 0 {
				out = append(out, Sum{of[i].Unit, of[i].To, of[i].Measure, of[i].Number})
			}
		}
	}
	slices.SortFunc(out, func(a, b Sum) int { return compareSums(&a, &b) })
	return out
}

// compareSums orders sums by unit, day and measure.
func compareSums(a, b *Sum) int {
	return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
}

// Fallen is a baseline that falls, and the standing one that makes it fall.
type Fallen struct{ Baseline, Over Baseline }

// Fallen lists the baselines among sums that fall, by unit, measure and period.
func (s *StandingBaselines) Fallen(rows []Sum) (out []Fallen) {
	for _, b := range readBaselines(rows) {
		if over, ok := s.Over(&b); ok {
			out = append(out, Fallen{b, over})
		}
	}
	slices.SortFunc(out, func(a, b Fallen) int {
		return cmp.Or(strings.Compare(a.Baseline.Unit, b.Baseline.Unit), strings.Compare(a.Baseline.Measure, b.Baseline.Measure),
			cmp.Compare(a.Baseline.From, b.Baseline.From), cmp.Compare(a.Baseline.To, b.Baseline.To))
	})
	return out
}
