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
		distances[code] = distanceTo(want, foldUnit(code))
		for _, e := range k.ledger.units[code] {
			distances[code] = min(distances[code], distanceTo(want, foldUnit(e.name)))
		}
	}
	codes := slices.SortedFunc(maps.Keys(distances), func(a, b string) int {
		return cmp.Or(cmp.Compare(distances[a], distances[b]), strings.Compare(a, b))
	})
	return codes[:min(len(codes), mostNearest)]
}

// distanceTo is the distance from a typed name to a known one; a part of the name is as near as can be.
func distanceTo(typed, known string) int {
	if typed != "" && strings.Contains(known, typed) {
		return 0
	}
	return editDistance([]rune(typed), []rune(known))
}

// editDistance is the least number of characters to insert, delete or replace (Levenshtein).
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, from := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, to := range b {
			replaced := diagonal
			if from != to {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
