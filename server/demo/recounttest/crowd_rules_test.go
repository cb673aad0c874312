package recounttest

import "testing"

// seedsToNotice bounds the number of crowds for noticing every rule.
const seedsToNotice = 4

// TestCrowdNoticesEveryRule: without any of its rules the recount differs from the server, in the first crowds.
func TestCrowdNoticesEveryRule(t *testing.T) {
	left, doubtful := Rules(), DoubtRules()
	for seed := *crowdSeed; len(left)+len(doubtful) > 0 && seed < *crowdSeed+seedsToNotice; seed++ {
		t.Logf("seed %d", seed)
		w := openSite(t, crowdStores["sqlite"])
		c := w.crowd(w.host(seed, *crowdRecords))
		sums, figures := w.sums(), w.answers()
		var missed []Rule
		for _, rule := range left {
			c.Without, c.moments = rule, nil
			if !differs(c.Recount(), sums, figures) {
				missed = append(missed, rule)
			}
		}
		t.Logf("of %d rules taken out %d are noticed, not %q", len(left), len(left)-len(missed), missed)
		left = missed
		doubtful = w.unnoticed(c, doubtful)
		c.Without, c.moments = "", nil
		if differs(c.Recount(), sums, figures) {
			t.Fatal("with all rules the recount differs")
		}
	}
	for _, rule := range append(left, doubtful...) {
		t.Errorf("without the rule %q nothing differs", rule)
	}
}

// differs reports whether a recount has another sum or figure.
func differs(n *Counted, sums map[SumKey]int64, figures map[string]Figure) bool {
	if len(differences(sums, n.Sums)) > 0 {
		return true
	}
	for key, f := range n.figures() {
		if figures[key] != f {
			return true
		}
	}
	return false
}
