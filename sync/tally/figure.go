package tally

import (
	"math/big"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// Reasons for a missing value, or a missing verdict.
const (
	NoData        = "no_data"        // 无数据: nothing to divide by has happened
	NotComputable = "not_computable" // 无法计算: no base to compare with
	Open          = "open"           // not built yet, or waiting for HQ
	TooFew        = "too_few"        // 样本不足: there is a value, of too few observations for a verdict
	WholeBrigade  = "whole_brigade"  // 全大队口径: the two sides have different owners, so one unit has no value
)

// Verdicts of a value against a target.
const (
	Pass = "pass"
	Fail = "fail"
	None = "none" // no value, no target or no operator
)

// Totals gives access to the stored sums. from and to are inclusive in both methods; from = 0 means from the beginning.
// After a failure of the store answers are empty; the owner of the Totals reports the failure.
type Totals interface {
	// Sum adds up a single measure under its full name ("tasks_due:451-0401-YZN-Y5U1" with its dimension).
	Sum(measure string, from, to clock.Day) int64
	// Daily returns the sums by unit and day of the measure called name and of each of its dimensions ("name:…"),
	// sorted by unit, day and measure, without zeros.
	Daily(name string, from, to clock.Day) []Sum
	// Ends returns the sums of a measure that dates ends, by unit and day, up to a day. It may hold other units' rows too: an
	// end counts where its begin does, though the unit may have moved in the tree since.
	Ends(name string, to clock.Day) []Sum
	// Whole reports whether the sums are of all units together; else they are of one unit.
	Whole() bool
}

// Figure is an indicator on a day. Value is exact and compared unrounded; only Text rounds.
type Figure struct {
	Value       *big.Rat // nil: no value, see Reason
	Numerator   int64    // value = numerator / denominator, except for share_drop; for a drop: base − current
	Denominator int64    // for a sum: 1; for a share_drop both numbers are of the current share
	Base        *Share   // for a share_drop: the same window a year earlier
	Reason      string   // for no value, or TooFew beside a value; "" for neither
	Sample      int64    // of what was observed the number that Least is compared with: the denominator, of a drop the base
	Least       int64    // less proves nothing
	Literal     string   // verdict by the literal target
	Intent      string   // verdict by the intent that HQ confirmed; None until then
	Beside      map[string]int64
	Window      clock.Window
	AsOf        clock.Day // of a value that stands until changed: the day of the last record behind it; else 0
	Oldest      clock.Day // of the units' latest records the oldest day, if earlier than AsOf; else 0
	Terms       []Term    // all sums read, in the order of the formula
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

// Term is a sum behind a figure. The terms of the roles numerator and denominator add up to the figure.
type Term struct {
	Measure  string // with its dimension; a divided measure without a dimension: all dimensions
	From, To clock.Day
	Amount   int64 // negative if the formula subtracts it
	Role     string
}

// Evaluate computes an indicator as of the end of a day, from sums by measure and day.
func Evaluate(ind *catalogue.Indicator, at clock.Day, totals Totals) Figure {
	if ind.Formula == nil {
		return Figure{Reason: Open, Literal: None, Intent: None}
	}
	f := Compute(ind.Formula, at, totals)
	if f.Reason == TooFew || ind.CarriedFrom != 0 { // another year's target proves nothing
		return f
	}
	f.Literal = Verdict(f.Value, ind.Target.Op, ind.Target.Value)
	if ind.Intent != nil {
		f.Intent = Verdict(f.Value, ind.Intent.Op, ind.Intent.Value)
	}
	return f
}

// quotient is num / den, divided by Divisor (sums and means), × 100 if the formula is in percent.
func quotient(num, den int64, formula *catalogue.Formula) *big.Rat {
	return toTargetUnit(big.NewRat(num, den), formula)
}

// toTargetUnit converts a quotient to the target's unit of measure.
func toTargetUnit(value *big.Rat, formula *catalogue.Formula) *big.Rat {
	if formula.Divisor > 1 {
		value.Quo(value, new(big.Rat).SetInt64(formula.Divisor))
	}
	if formula.Percent {
		value.Mul(value, new(big.Rat).SetInt64(100))
	}
	return value
}

// WindowOf returns the window of a formula on a day; a drop also reads the same window a year earlier.
func WindowOf(formula *catalogue.Formula, at clock.Day) clock.Window {
	if formula.Window == catalogue.Stock {
		return clock.Window{To: at}
	}
	return clock.YearToDate(at)
}

// Verdict compares an unrounded value with a decimal by an operator of the target: ≥ ≤ < > =.
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

// Text writes the value for people: four decimal places, half away from zero, no trailing zeros; "" for no value.
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
