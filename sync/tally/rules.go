package tally

import (
	"strconv"
	"strings"
)

// Rules numbers the rules that make sums of observations: times, keys, the fold, groups and contributions. Raise the
// number when a rule changes. A database of another number is derived anew from its frames before it serves.
//
// 2: the number itself; a group has one winner per kind; a field may be shared by a group; the items of void records do
// not count; accidents have a key.
//
// 3: baselines have sums of their own, and an evaluation of their own (StandingIn); a steady clock that stops in sleep is
// noticed, and its times are corrected by the wall clock; an observation has effect only if its sender may speak about
// the record; a record has budgets.
const Rules = 3

const (
	rulesPrefix = "rules-"
	rulesEnd    = "+"
)

// versionOf names the rules and the catalogue versions that count: "rules-3+shunping-2020@2+yunchuan-2026@1".
func versionOf(catalogues []string) string {
	return rulesPrefix + strconv.Itoa(Rules) + rulesEnd + strings.Join(catalogues, "+")
}

// RulesOf returns the number of the rules in a counter's version: 0 for "", 1 for a version of before the numbers.
func RulesOf(version string) int {
	if version == "" {
		return 0
	}
	text, _ := strings.CutPrefix(version, rulesPrefix)
	number, _, _ := strings.Cut(text, rulesEnd)
	n, err := strconv.Atoi(number)
	if err != nil || text == version {
		return 1
	}
	return n
}
