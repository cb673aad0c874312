package tally

import (
	"math/big"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// Reasons why an indicator has no value.
const (
	NoData        = "no_data"        // 无数据: nothing to divide by has happened
	NotComputable = "not_computable" // 无法计算: no base to compare with
	Open          = "open"           // not built yet, or waiting for HQ
)

// Verdicts of a value against a target.
const (
	Pass = "pass"
	Fail = "fail"
	None = "none" // no value, no target or no operator
)

// Totals are the sums of what was counted. In both questions the days from … to are both in it, and day 0 as from
// means from the beginning. After a fault of what stands behind it, answers are empty; its owner tells of the fault.
type Totals interface {
	// Sum adds up one measure, named in full ("tasks_due:451-0401-YZN-Y5U1" with its dimension).
	Sum(measure string, from, to clock.Day) int64
	// Daily returns the sums by unit and day of the measure called name and of every dimension of it ("name:…"),
	// sorted by unit, day and measure, without zeros.
	Daily(name string, from, to clock.Day) []Sum
}

// Figure is an indicator at one day. Value is exact and compared unrounded; only Text rounds.
type Figure struct {
	Value       *big.Rat // nil where there is none, see Reason
	Numerator   int64    // of a drop: base − current, so that value = numerator / denominator everywhere
	Denominator int64    // of a sum: 1
	Reason      string   // "" where there is a value
	Literal     string   // verdict by the literal target
	Intent      string   // verdict by what HQ confirmed; None until then
	Beside      map[string]int64
	Window      clock.Window
}

// Evaluate computes an indicator as it stood at the end of a day, from sums by measure and day.
func Evaluate(ind *catalogue.Indicator, at clock.Day, totals Totals) Figure {
	if ind.Formula == nil {
		return Figure{Reason: Open, Literal: None, Intent: None}
	}
	f := compute(ind.Formula, at, totals)
	f.Literal, f.Intent = Verdict(f.Value, ind.Target.Op, ind.Target.Value), None
	if ind.Intent != nil {
		f.Intent = Verdict(f.Value, ind.Intent.Op, ind.Intent.Value)
	}
	return f
}

func compute(formula *catalogue.Formula, at clock.Day, totals Totals) Figure {
	f := Figure{Window: WindowOf(formula, at)}
	sum := func(measure string, w clock.Window) int64 { return totals.Sum(measure, w.From, w.To) }
	f.Numerator, f.Denominator = sum(formula.Numerator, f.Window), 1
	switch formula.Kind {
	case catalogue.Sum:
	case catalogue.Mean, catalogue.Ratio:
		f.Denominator = sum(formula.Denominator, f.Window)
		f.require(f.Denominator != 0, NoData)
	case catalogue.Drop:
		base := sum(formula.Numerator, f.Window.AddYears(-1))
		f.Numerator, f.Denominator = base-f.Numerator, base
		f.require(base > 0, NotComputable)
	default:
		f.Reason = Open
	}
	if f.Reason == "" {
		f.Value = quotient(f.Numerator, f.Denominator, formula)
	}
	for _, name := range formula.Beside {
		if f.Beside == nil {
			f.Beside = make(map[string]int64, len(formula.Beside))
		}
		f.Beside[name] = sum(name, f.Window)
	}
	return f
}

func (f *Figure) require(ok bool, reason string) {
	if !ok {
		f.Reason = reason
	}
}

// quotient is num / den, / Divisor (of sums and means), × 100 where the formula is in percent.
func quotient(num, den int64, formula *catalogue.Formula) *big.Rat {
	value := big.NewRat(num, den)
	if formula.Divisor > 1 {
		value.Quo(value, new(big.Rat).SetInt64(formula.Divisor))
	}
	if formula.Percent {
		value.Mul(value, new(big.Rat).SetInt64(100))
	}
	return value
}

// WindowOf is the window whose sums a formula reads at a day; a drop also reads it one year earlier.
func WindowOf(formula *catalogue.Formula, at clock.Day) clock.Window {
	if formula.Window == catalogue.Stock {
		return clock.Window{To: at}
	}
	return clock.YearTo(at)
}

// Verdict compares a value, unrounded, with a decimal by an operator of the source: ≥ ≤ < > =.
func Verdict(value *big.Rat, op, decimal string) string {
	target, ok := new(big.Rat).SetString(decimal)
	if value == nil || op == "" || !ok {
		return None
	}
	c := value.Cmp(target)
	var pass bool
	switch op {
	case "≥", ">=":
		pass = c >= 0
	case "≤", "<=":
		pass = c <= 0
	case "<":
		pass = c < 0
	case ">":
		pass = c > 0
	case "=":
		pass = c == 0
	default:
		return None
	}
	if pass {
		return Pass
	}
	return Fail
}

// Text writes the value for people: four decimal places, half away from zero, no trailing zeros; "" for none.
func (f *Figure) Text() string { return Decimal(f.Value) }

// Decimal rounds a rational to four places, half away from zero, and drops trailing zeros; "" for nil.
func Decimal(value *big.Rat) string {
	if value == nil {
		return ""
	}
	text := value.FloatString(4) // rounds half away from zero
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	if text == "-0" {
		return "0"
	}
	return text
}
