package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"roadbook/schema"
)

// Unrevised tells, in words, why a catalogue looks like a copy that nobody revised: beside the catalogues of a server. No
// words: nothing speaks against its publication. HQ may mean it all the same.
func (c *Catalogue) Unrevised(all []*Catalogue) (why []schema.Text) {
	before := latestBefore(all, c)
	carried := c.CarriedItems()
	switch {
	case before != nil:
		return c.goneBack(before)
	case len(carried) == len(c.items()):
		return []schema.Text{{
			ZH: fmt.Sprintf("全部 %d 项都还标为待核定（carried_over）。要先沿用、再逐项核定，请用 server catalogue adopt", len(carried)),
			EN: fmt.Sprintf("all %d items are still marked as carried over: to carry over first and revise afterwards run server catalogue adopt", len(carried)),
		}}
	case len(carried) > 0:
		return nil
	}
	for _, other := range all {
		if other.Year != c.Year && c.sameFacts(other) {
			return []schema.Text{{
				ZH: fmt.Sprintf("预算、计划和目标与 %s（%d 年）完全相同", other.Name(), other.Year),
				EN: fmt.Sprintf("budgets, plans and targets are those of %s (year %d)", other.Name(), other.Year),
			}}
		}
	}
	return nil
}

// latestBefore is the latest earlier version of a catalogue, nil if there is none.
func latestBefore(all []*Catalogue, c *Catalogue) *Catalogue {
	for _, other := range LatestOf(all) {
		if other.ID == c.ID && other.Version < c.Version {
			return other
		}
	}
	return nil
}

// goneBack names what the version before had revised and this version carries over again.
func (c *Catalogue) goneBack(before *Catalogue) []schema.Text {
	known := before.items()
	back := slices.DeleteFunc(c.CarriedItems(), func(item string) bool {
		return before.carried[item] != 0 || !slices.Contains(known, item)
	})
	if len(back) == 0 {
		return nil
	}
	list := strings.Join(back, ", ")
	return []schema.Text{{
		ZH: before.Name() + " 已核定的项目又标为待核定：" + list,
		EN: "revised in " + before.Name() + " and carried over again here: " + list,
	}}
}

// sameFacts reports whether the targets, budgets and plans of two catalogues are the same.
func (c *Catalogue) sameFacts(other *Catalogue) bool {
	sameProject := func(a, b *Project) bool {
		return a.Code == b.Code && a.Budget.same(&b.Budget) && slices.Equal(a.Plan, b.Plan)
	}
	sameTarget := func(a, b *Indicator) bool { return a.ID == b.ID && a.Target == b.Target }
	return slices.EqualFunc(c.Projects, other.Projects, sameProject) && slices.EqualFunc(c.indicators, other.indicators, sameTarget)
}

func (b *Budget) same(other *Budget) bool {
	bothOrNone := (b.Other == nil) == (other.Other == nil)
	return b.Total == other.Total && b.Fiscal == other.Fiscal && bothOrNone && (b.Other == nil || *b.Other == *other.Other)
}
