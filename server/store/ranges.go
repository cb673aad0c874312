package store

import (
	"cmp"
	"slices"

	"roadbook/sync/wire"
)

// AddRange adds a counted run to a stream's ranges and returns them sorted by First, Last, Head. Runs that
// follow one another by hash become one; a run that another is known to hold goes. Runs of different
// branches of a fork stay apart, and so do runs that overlap otherwise: their hashes in between are not at
// hand. The result does not depend on the order in which runs are added, once the gaps are filled.
// ranges itself is left as it is.
func AddRange(ranges []wire.Range, r wire.Range) []wire.Range {
	out := append(slices.Clone(ranges), r)
	for joinOnce(&out) {
	}
	slices.SortFunc(out, func(a, b wire.Range) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last),
			slices.Compare(a.Head[:], b.Head[:]))
	})
	return out
}

// joinOnce makes one run of the first two that are known to be parts of one.
func joinOnce(rs *[]wire.Range) bool {
	for i, a := range *rs {
		for j, b := range *rs {
			if i == j {
				continue
			}
			if j1, ok := joined(a, b); ok {
				(*rs)[i] = j1
				*rs = slices.Delete(*rs, j, j+1)
				return true
			}
		}
	}
	return false
}

// joined is the union of a and b if b follows a, or ends as a does and begins no earlier: a hash binds all
// that stands before it.
func joined(a, b wire.Range) (wire.Range, bool) {
	switch {
	case a.Last+1 == b.First && a.Head == b.Prev:
		return wire.Range{First: a.First, Last: b.Last, Prev: a.Prev, Head: b.Head}, true
	case a.Last == b.Last && a.Head == b.Head && a.First <= b.First:
		return a, true
	}
	return wire.Range{}, false
}
