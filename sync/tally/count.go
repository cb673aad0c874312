package tally

import (
	"cmp"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/merge"
)

// Counter computes contributions by one version of the catalogue. Many goroutines may use it.
type Counter struct {
	catalogue *catalogue.Catalogue
	name      string
}

// NewCounter makes the counter of a catalogue version.
func NewCounter(c *catalogue.Catalogue) *Counter { return &Counter{c, c.Name()} }

// Version names the catalogue version, "shunping-2020@1".
func (c *Counter) Version() string { return c.name }

// Catalogue is the version counted by.
func (c *Counter) Catalogue() *catalogue.Catalogue { return c.catalogue }

// Contributions is what a record adds to the sums of its unit, given the group it stands in: the self-states
// of its members (nil or empty: it stands alone). A record that is incomplete, void or not the winner of its
// group adds nothing. The winner counts its own items and those of all other members, void ones included:
// what was said about the event stays true when a second record of it is taken back.
// The record's own entry in the group may be missing or older than v; v itself is used in its place.
func Contributions(c *Counter, v *merge.View, group []merge.Self) []Contribution {
	if v.Void || !v.Complete() || len(c.catalogue.MeasuresOf(v.Kind)) == 0 {
		return nil
	}
	if len(group) == 0 || len(group) == 1 && group[0].Record == v.Record {
		return c.Count(v, v.Items)
	}
	members := make([]merge.Self, 1, len(group)+1)
	members[0] = v.Self()
	items := slices.Clone(members[0].Items)
	for i := range group {
		if group[i].Record != v.Record {
			members = append(members, group[i])
			items = append(items, group[i].Items...)
		}
	}
	if winner, ok := merge.Winner(members); !ok || winner != v.Record {
		return nil
	}
	return c.Count(v, items)
}

// Count is what the winner of a group adds, items being those of all members. Amounts of 0 are left out.
// The order is that of the catalogue's measures.
func (c *Counter) Count(v *merge.View, items []merge.Item) []Contribution {
	if v.Void || !v.Complete() || v.Day == 0 {
		return nil
	}
	measures := c.catalogue.MeasuresOf(v.Kind)
	if len(measures) == 0 {
		return nil
	}
	vars := variables(v, items)
	var out []Contribution
	for _, m := range measures {
		amount, ok := m.Amount(v.Fields, vars)
		if !ok || amount == 0 {
			continue
		}
		if out == nil {
			out = make([]Contribution, 0, len(measures))
		}
		out = append(out, Contribution{v.Day, m.Name, amount})
	}
	return out
}

// variables are the values of catalogue.Vars for the kind.
func variables(v *merge.View, items []merge.Item) schema.Values {
	if v.Kind != "accident" {
		return nil
	}
	deaths, known := deaths(v, items)
	isKnown := schema.Value{Type: schema.TypeBool}
	if known {
		isKnown.I = 1
	}
	return schema.Values{ // sorted by name
		{Name: "dead_known", Value: isKnown},
		{Name: "deaths_7d", Value: schema.Value{Type: schema.TypeInt, I: deaths}},
	}
}

// Diff is what turns the sums of before into those of after: after − before, by day and measure, sorted,
// without zeros.
func Diff(before, after []Contribution) []Contribution {
	all := make([]Contribution, 0, len(before)+len(after))
	for _, c := range before {
		c.Amount = -c.Amount
		all = append(all, c)
	}
	all = append(all, after...)
	slices.SortFunc(all, func(a, b Contribution) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	out := all[:0]
	for _, c := range all {
		if n := len(out); n > 0 && out[n-1].Day == c.Day && out[n-1].Measure == c.Measure {
			out[n-1].Amount += c.Amount
			continue
		}
		out = append(out, c)
	}
	return slices.DeleteFunc(out, func(c Contribution) bool { return c.Amount == 0 })
}
