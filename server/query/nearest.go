package query

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
)

// mostNearest bounds the suggestions for a mistyped unit.
const mostNearest = 3

// nearest lists the units that a person may have meant, the nearest first: of those that have not ended, by the least distance of
// code or name.
func (k *knownUnits) nearest(typed string) []string {
	distances := map[string]int{}
	want := foldUnit(typed)
	for code := range k.sources {
		if code == schema.HQUnit || k.ledger.endOf(code, k.today) != 0 {
			continue
		}
		distances[code] = schema.Distance(want, foldUnit(code))
		for _, e := range k.ledger.units[code] {
			distances[code] = min(distances[code], schema.Distance(want, foldUnit(e.name)))
		}
	}
	codes := slices.SortedFunc(maps.Keys(distances), func(a, b string) int {
		return cmp.Or(cmp.Compare(distances[a], distances[b]), strings.Compare(a, b))
	})
	return codes[:min(len(codes), mostNearest)]
}
