package report

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Scores worked out by hand.
func TestScoreTable(t *testing.T) {
	tests := []struct{ op, a, t, w, want, why string }{
		{"≥", "90", "90", "25", "25.00", "at the target"},
		{"≥", "120", "90", "25", "25.00", "more is not rewarded"},
		{"≥", "81", "90", "15", "13.50", "15 × 81/90 = 15 × 0.9"},
		{"≥", "89.99", "90", "25", "25.00", "25 × 89.99/90 = 24.9972…"},
		{"≥", "89", "90", "25", "24.72", "25 × 89/90 = 24.7222…"},
		{"≥", "0", "90", "25", "0.00", "nothing of it"},
		{"≥", "-5", "90", "25", "0.00", "less than nothing is nothing"},
		{"≥", "1", "8", "0.04", "0.01", "0.04 × 1/8 = 0.005: half away from zero"},
		{"≥", "2999", "3000", "25", "24.99", "25 × 2999/3000 = 24.99166…"},
		{"≥", "0", "0", "25", "25.00", "a target of nothing is reached"},
		{"≥", "-1", "0", "25", "0.00", "nothing to take a share of"},
		{"≥", "-6", "-5", "25", "0.00", "below a negative target"},
		{">", "90", "90", "25", "25.00", "strict at the target: w·a/t = w"},
		{"≤", "10", "10", "15", "15.00", "at the target"},
		{"≤", "-5", "10", "15", "15.00", "a rise where at most 10 was wanted"},
		{"≤", "12", "10", "15", "12.00", "15 × (1 − 2/10)"},
		{"≤", "18", "10", "15", "3.00", "15 × (1 − 8/10)"},
		{"≤", "19.99", "10", "15", "0.02", "15 × 0.001 = 0.015: half away from zero"},
		{"≤", "20", "10", "15", "0.00", "twice the target"},
		{"≤", "100", "10", "15", "0.00", "beyond"},
		{"≤", "0.6", "0.5", "25", "20.00", "25 × (1 − 0.1/0.5)"},
		{"≤", "0", "0", "25", "25.00", "a target of nothing is kept"},
		{"≤", "0.01", "0", "25", "0.00", "and here it is not"},
		{"<", "20", "20", "25", "25.00", "strict at the target: w·(1 − 0) = w"},
		{"<", "19.99", "20", "25", "25.00", "below"},
		{"<", "23.5", "20", "25", "20.63", "25 × 0.825 = 20.625: half away from zero"},
		{"<", "40", "20", "25", "0.00", "twice the target"},
	}
	for _, tt := range tests {
		got, ok := Score(tt.op, decimal(tt.a), decimal(tt.t), decimal(tt.w))
		if !ok || got.FloatString(2) != tt.want || got.Cmp(decimal(tt.want)) != 0 {
			t.Errorf("%s of %s %s at %s points: %v, by hand %s: %s", tt.a, tt.op, tt.t, tt.w, got, tt.want, tt.why)
		}
	}
	if got, ok := Score("", big.NewRat(1, 1), big.NewRat(1, 1), big.NewRat(1, 1)); ok {
		t.Errorf("without an operator: %v", got)
	}
}

func TestExecutionScoreTable(t *testing.T) {
	tests := []struct{ budget, spent, want, why string }{
		{"300000", "300000", "10.00", "all of it"},
		{"300000", "300000.01", "10.00", "more than all of it"},
		{"300000", "0", "0.00", "nothing"},
		{"300000", "-100", "0.00", "refunds only"},
		{"1600000", "1234567.89", "7.72", "10 × 0.77160493…"},
		{"300000", "100000", "3.33", "10/3"},
		{"2000", "1", "0.01", "10/2000 = 0.005: half away from zero"},
	}
	for _, tt := range tests {
		got, ok := ExecutionScore(decimal(tt.budget), decimal(tt.spent), decimal("10"))
		if !ok || got.FloatString(2) != tt.want {
			t.Errorf("%s of %s: %v, by hand %s: %s", tt.spent, tt.budget, got, tt.want, tt.why)
		}
	}
	if got, ok := ExecutionScore(new(big.Rat), big.NewRat(1, 1), big.NewRat(10, 1)); ok {
		t.Errorf("of no budget: %v", got)
	}
}

func TestBands(t *testing.T) {
	for total, want := range map[string]string{
		"100": "优", "90": "优", "89.99": "良", "80": "良", "79.99": "中", "60": "中", "59.99": "差", "0": "差",
	} {
		if got := Band(decimal(total)); got != want {
			t.Errorf("%s: %s, not %s", total, got, want)
		}
	}
}

// A score lies between nothing and all, has two decimals at most, and never falls as the value gets better.
func TestScoreIsBoundedAndMonotone(t *testing.T) {
	hundredth := func(rt *rapid.T, name string, from, to int64) *big.Rat {
		return big.NewRat(rapid.Int64Range(from, to).Draw(rt, name), 100)
	}
	rapid.Check(t, func(rt *rapid.T) {
		goal, w := hundredth(rt, "target", -2000, 30000), hundredth(rt, "points", 0, 10000)
		a, b := hundredth(rt, "a", -30000, 60000), hundredth(rt, "b", -30000, 60000)
		if a.Cmp(b) > 0 {
			a, b = b, a
		}
		for _, op := range []string{"≥", ">", "≤", "<"} {
			less, _ := Score(op, a, goal, w)
			more, _ := Score(op, b, goal, w)
			if op == "≤" || op == "<" {
				less, more = more, less
			}
			for _, p := range []*big.Rat{less, more} {
				if p.Sign() < 0 || p.Cmp(w) > 0 || decimal(p.FloatString(2)).Cmp(p) != 0 {
					rt.Fatalf("%s %v: %v of %v", op, goal, p, w)
				}
			}
			if less.Cmp(more) > 0 {
				rt.Fatalf("%s %v: the better of %v and %v scores less: %v, %v", op, goal, a, b, less, more)
			}
		}
	})
}
