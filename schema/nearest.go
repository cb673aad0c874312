package schema

import "strings"

// Distance is the distance from a typed name to a known one, both in one letter case: the least number of characters to
// insert, delete or replace (Levenshtein). A part of the known name is as near as can be, and next to it a name with
// characters left out: 小车 for 小型汽车.
func Distance(typed, known string) int {
	if typed != "" && strings.Contains(known, typed) {
		return 0
	}
	a, b := []rune(typed), []rune(known)
	if len(a) > 1 && isSubsequence(a, b) {
		return 1
	}
	return editDistance(a, b)
}

// isSubsequence reports whether all of a stands in b, in this order.
func isSubsequence(a, b []rune) bool {
	for _, r := range b {
		if len(a) > 0 && a[0] == r {
			a = a[1:]
		}
	}
	return len(a) == 0
}

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
