package merge

import (
	"slices"
	"strings"

	"roadbook/schema"
)

// Counted returns the record as it counts for its group: with the values that other members lend, and with the items of
// the members that are not void: whoever voids a record voids the casualties on it (LeftOut tells which of them nobody
// else has). ok is false if the record does not count (Counts). The order of members does not matter.
func Counted(v *View, group []Member) (counted *View, ok bool) {
	if !Counts(v, group) {
		return nil, false
	}
	lent, items := LentTo(v, group), slices.Clip(v.Items)
	for i := range group {
		if m := &group[i]; m.Record != v.Record && !m.Void {
			items = append(items, m.Items...)
		}
	}
	if len(lent) == 0 && len(items) == len(v.Items) {
		return v, true
	}
	c := *v
	c.Items = items
	for i := range lent {
		c.Fields = c.Fields.With(lent[i].Name, lent[i].Value)
	}
	return &c, true
}

// Lent is a value that a member of a group lends to the record that counts.
type Lent struct {
	schema.Named
	Record string // the lender
}

// LentTo lists the values lent to the record that counts, by name: of each shared field without a value of the record's
// own, the earliest value among the complete and not void members of the kind. A second officer solves the case under
// the same case number: the case is solved.
func LentTo(v *View, group []Member) (out []Lent) {
	for i := range group {
		m := &group[i]
		if m.Record == v.Record || !m.mayCountAs(v.Kind) {
			continue
		}
		for _, named := range m.Shared {
			if !v.Fields.Has(named.Name) {
				out = addLent(out, Lent{named, m.Record})
			}
		}
	}
	slices.SortFunc(out, func(a, b Lent) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// addLent keeps the earliest value of each field; of two equal values the one of the smaller record.
func addLent(all []Lent, l Lent) []Lent {
	i := slices.IndexFunc(all, func(x Lent) bool { return x.Name == l.Name })
	switch {
	case i < 0:
		return append(all, l)
	case l.Value.I < all[i].Value.I, l.Value.I == all[i].Value.I && l.Record < all[i].Record:
		all[i] = l
	}
	return all
}
