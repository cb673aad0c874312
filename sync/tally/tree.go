package tally

import (
	"cmp"
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Tree says which unit stands below which. The tree of a month is the tree in force on the month's last day, so that all
// that is of one month adds up by one tree. The top above HQ is the root; a unit without a parent stands below the root.
// A nil tree has no parents: each unit is a root of its own.
type Tree struct {
	branches map[string][]Branch // by unit, by From; at one day the later entry stands
	parents  map[string]bool     // units that were ever a parent
}

// Branch places a unit below its parent from a day on; Parent "" is none.
type Branch struct {
	Unit, Parent string
	From         clock.Day
}

// NewTree makes a tree. Of two branches of one unit and day the later in the list holds; before a unit's first branch the
// first one holds. A unit that stands below itself has no parent.
func NewTree(branches []Branch) *Tree {
	t := &Tree{branches: map[string][]Branch{}, parents: map[string]bool{}}
	for _, b := range branches {
		t.branches[b.Unit] = append(t.branches[b.Unit], b)
		t.parents[b.Parent] = true
	}
	for _, of := range t.branches {
		slices.SortStableFunc(of, func(a, b Branch) int { return cmp.Compare(a.From, b.From) })
	}
	return t
}

// HasBelow reports whether other units ever stood below the unit: the unit's figure is then of all of them.
func (t *Tree) HasBelow(unit string) bool { return t.parents[unit] }

// root is the root of a month.
func (t *Tree) root(month clock.Day) string {
	up := t.climb(schema.HQUnit, monthEnd(month))
	return up[len(up)-1]
}

// chain is a unit, its parent, and so on up to the root, in the month of a day.
func (t *Tree) chain(unit string, day clock.Day) []string {
	if t == nil {
		return []string{unit}
	}
	up := t.climb(unit, monthEnd(day))
	if root := t.root(day); up[len(up)-1] != root {
		up = append(up, root)
	}
	return up
}

// climb is a unit with all its parents on a day. Where the parents close a ring, the first unit of the ring is the top: a
// unit that stands below itself has no parent.
func (t *Tree) climb(unit string, day clock.Day) []string {
	up := []string{unit}
	for {
		parent := t.entered(up[len(up)-1], day)
		if parent == "" {
			return up
		}
		if i := slices.Index(up, parent); i >= 0 {
			return up[:i+1]
		}
		up = append(up, parent)
	}
}

// entered is the parent in the unit's branch of a day.
func (t *Tree) entered(unit string, day clock.Day) (parent string) {
	for i, b := range t.branches[unit] {
		if i == 0 || b.From <= day {
			parent = b.Parent
		}
	}
	return parent
}

// monthEnd is the last day of the month of a day.
func monthEnd(d clock.Day) clock.Day {
	next := clock.Date(d.Year(), d.Month(), 28).AddDays(4)
	return next.AddDays(-next.DayOfMonth())
}
