package tally

import "testing"

func TestRulesOf(t *testing.T) {
	for version, want := range map[string]int{
		"": 0, "shunping-2020@1": 1, "shunping-2020@1+shunping-2026@1": 1, "rules-2+shunping-2020@1": 2, "rules-17+": 17,
		"rules-2020@1": 1, // a county might be called so
	} {
		if got := RulesOf(version); got != want {
			t.Errorf("%q is of rules %d, want %d", version, got, want)
		}
	}
	if got := RulesOf(NewCounter().Version()); got != Rules {
		t.Errorf("this program's version is of rules %d, want %d", got, Rules)
	}
}
