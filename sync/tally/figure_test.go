package tally

import (
	"math/big"
	"testing"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

func TestVerdicts(t *testing.T) {
	ten, above := big.NewRat(10, 1), new(big.Rat).SetFrac64(10_000_000_001, 1_000_000_000)
	below := new(big.Rat).SetFrac64(9_999_999_999, 1_000_000_000)
	for op, want := range map[string][3]string{ // below, exactly, above 10
		"≥": {Fail, Pass, Pass}, "≤": {Pass, Pass, Fail}, "<": {Pass, Fail, Fail}, ">": {Fail, Fail, Pass},
		"=": {Fail, Pass, Fail}, "": {None, None, None}, "≈": {None, None, None},
	} {
		for i, value := range []*big.Rat{below, ten, above} {
			if got := Verdict(value, op, "10"); got != want[i] {
				t.Errorf("%v %s 10: %s, want %s", value, op, got, want[i])
			}
		}
		if got := Verdict(nil, op, "10"); got != None {
			t.Errorf("no value %s 10: %s", op, got)
		}
	}
	if got := Verdict(ten, "≥", ""); got != None {
		t.Errorf("no target: %s", got)
	}
	if got := Verdict(big.NewRat(1, 2), "≤", "0.5"); got != Pass {
		t.Errorf("1/2 ≤ 0.5: %s", got)
	}
}

func TestDecimal(t *testing.T) {
	for want, value := range map[string]*big.Rat{
		"": nil, "0": big.NewRat(0, 1), "3000": big.NewRat(3000, 1), "0.5": big.NewRat(1, 2), "0.3333": big.NewRat(1, 3),
		"0.1235": big.NewRat(12345, 100000), "-0.1235": big.NewRat(-12345, 100000), "0.0001": big.NewRat(1, 20000),
		"-33.3333": big.NewRat(-100, 3), "10": big.NewRat(10, 1), "-0.0001": big.NewRat(-1, 20000),
	} {
		if got := Decimal(value); got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
	if got := Decimal(big.NewRat(-1, 100000)); got != "0" {
		t.Errorf("a small negative: %q", got)
	}
}

func TestRowsWithoutAFormulaAreOpen(t *testing.T) {
	never := totalsFunc(func(string, clock.Day, clock.Day) int64 { t.Error("asked for a sum"); return 0 })
	if f := Evaluate(&catalogue.Indicator{Target: catalogue.Target{Op: "≥", Value: "90"}}, 20201231, never); f.Value != nil || f.Reason != Open || f.Literal != None {
		t.Errorf("%+v", f)
	}
	odd := &catalogue.Indicator{Formula: &catalogue.Formula{Kind: "of the future", Numerator: []catalogue.Term{{Measure: "x"}}}}
	zero := totalsOf(nil)
	if f := Evaluate(odd, 20201231, zero); f.Value != nil || f.Reason != Open {
		t.Errorf("%+v", f)
	}
}

func TestRatioAndIntent(t *testing.T) {
	ind := &catalogue.Indicator{
		Target:  catalogue.Target{Op: "<", Value: "20"},
		Intent:  &catalogue.Intent{Op: "≥", Value: "20"},
		Formula: &catalogue.Formula{Kind: catalogue.Ratio, Numerator: []catalogue.Term{{Measure: "a"}}, Denominator: []catalogue.Term{{Measure: "b"}}, Percent: true, Window: catalogue.Stock},
	}
	sums := totalsFunc(func(measure string, from, to clock.Day) int64 {
		if from != 0 || to != 20200630 {
			t.Errorf("stock asked for %d…%d", from, to)
		}
		return map[string]int64{"a": 1, "b": 5}[measure]
	})
	// 1 / 5 × 100 = 20: not below 20, at least 20.
	if f := Evaluate(ind, 20200630, sums); f.Text() != "20" || f.Literal != Fail || f.Intent != Pass {
		t.Errorf("%+v", f)
	}
}

// A value of fewer than the least number has no verdict, by neither reading: by hand, a = 3 and b = 4 in every window.
func TestLeastNumbers(t *testing.T) {
	a, b := []catalogue.Term{{Measure: "a"}}, []catalogue.Term{{Measure: "b"}}
	sums := totalsFunc(func(measure string, _, _ clock.Day) int64 { return map[string]int64{"a": 3, "b": 4}[measure] })
	for _, tt := range []struct {
		name           string
		formula        catalogue.Formula
		value, reason  string
		sample         int64
		literal, inten string
	}{
		{"enough", catalogue.Formula{Kind: catalogue.Mean, Numerator: a, Denominator: b, Least: 4}, "0.75", "", 4, Pass, Fail},
		{"one too few", catalogue.Formula{Kind: catalogue.Mean, Numerator: a, Denominator: b, Least: 5}, "0.75", TooFew, 4, None, None},
		{"base of a drop", catalogue.Formula{Kind: catalogue.Drop, Numerator: a, Window: catalogue.YoY, Least: 3}, "0", "", 3, Pass, Fail},
		{"too small a base", catalogue.Formula{Kind: catalogue.Drop, Numerator: a, Window: catalogue.YoY, Least: 4}, "0", TooFew, 3, None, None},
		{"nothing missing", catalogue.Formula{Kind: catalogue.Ratio, Numerator: a, Denominator: b}, "0.75", "", 4, Pass, Fail},
		{"no data", catalogue.Formula{Kind: catalogue.Ratio, Numerator: a, Denominator: []catalogue.Term{{Measure: "c"}}, Least: 5}, "", NoData, 0, None, None},
		{"a missing need", catalogue.Formula{Kind: catalogue.Ratio, Numerator: a, Denominator: b, Needs: []string{"c"}, Least: 5}, "", NotComputable, 4, None, None},
	} {
		ind := &catalogue.Indicator{
			Target: catalogue.Target{Op: "≤", Value: "0.75"}, Intent: &catalogue.Intent{Op: "≥", Value: "1"}, Formula: &tt.formula,
		}
		f := Evaluate(ind, 20201231, sums)
		if f.Text() != tt.value || f.Reason != tt.reason || f.Sample != tt.sample || f.Literal != tt.literal || f.Intent != tt.inten {
			t.Errorf("%s: %q (%s) of %d, %s, %s", tt.name, f.Text(), f.Reason, f.Sample, f.Literal, f.Intent)
		}
	}
}

// totalsFunc answers Sum by a function; Daily is always empty.
type totalsFunc func(measure string, from, to clock.Day) int64

func (f totalsFunc) Sum(measure string, from, to clock.Day) int64 { return f(measure, from, to) }
func (f totalsFunc) Daily(string, clock.Day, clock.Day) []Sum     { return nil }
func (f totalsFunc) Ends(string, clock.Day) []Sum                 { return nil }
func (f totalsFunc) Whole() bool                                  { return true }
