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
	Numerator   int64    // value = numerator / denominator, but for share_drop; of a drop: base − current
	Denominator int64    // of a sum: 1. Of a share_drop the two are those of the current share
	Base        *Share   // of a share_drop: the same window one year earlier
	Reason      string   // "" where there is a value
	Literal     string   // verdict by the literal target
	Intent      string   // verdict by what HQ confirmed; None until then
	Beside      map[string]int64
	Window      clock.Window
	Terms       []Term // everything that was read, in the order of the formula
}

// Share is a numerator and a denominator.
type Share struct{ Numerator, Denominator int64 }

// The roles of terms.
const (
	RoleNumerator   = "numerator"
	RoleDenominator = "denominator"
	RoleBase        = "base"
	RoleBeside      = "beside"
)

// Term is one sum that a figure stands on. Those of the roles numerator and denominator add up to it.
type Term struct {
	Measure  string // with its dimension; where a divided measure stands without one, all of its dimensions
	From, To clock.Day
	Amount   int64 // negative where the formula takes it away
	Role     string
}

// Evaluate computes an indicator as it stood at the end of a day, from sums by measure and day.
func Evaluate(ind *catalogue.Indicator, at clock.Day, totals Totals) Figure {
	if ind.Formula == nil {
		return Figure{Reason: Open, Literal: None, Intent: None}
	}
	f := Compute(ind.Formula, at, totals)
	f.Literal = Verdict(f.Value, ind.Target.Op, ind.Target.Value)
	if ind.Intent != nil {
		f.Intent = Verdict(f.Value, ind.Intent.Op, ind.Intent.Value)
	}
	return f
}

// quotient is num / den, / Divisor (of sums and means), × 100 where the formula is in percent.
func quotient(num, den int64, formula *catalogue.Formula) *big.Rat {
	return toTargetUnit(big.NewRat(num, den), formula)
}

// toTargetUnit brings a quotient into the unit of the target.
func toTargetUnit(value *big.Rat, formula *catalogue.Formula) *big.Rat {
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
