package store

import (
	"cmp"
	"slices"

	"roadbook/sync/wire"
)

// AddRange adds a counted run to a stream's ranges and returns them sorted by First, Last, Head. Runs linked by hash
// are joined; a run known to be part of another run is dropped. Runs of different branches of a fork stay apart, and
// so do runs overlapping in any other way, because the hashes in between are not at hand. Once the gaps are filled,
// the order of the additions makes no difference. AddRange does not change ranges itself.
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

// joinOnce joins the first two runs known to be parts of one run.
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

// joined is the union of a and b, if b follows a, or b ends at the end of a and begins no earlier: a hash covers
// everything before it.
func joined(a, b wire.Range) (wire.Range, bool) {
	switch {
	case a.Last+1 == b.First && a.Head == b.Prev:
		return wire.Range{First: a.First, Last: b.Last, Prev: a.Prev, Head: b.Head}, true
	case a.Last == b.Last && a.Head == b.Head && a.First <= b.First:
		return a, true
	}
	return wire.Range{}, false
}
