package recounttest

import (
	"math/big"
	"strings"
)

// Figure is a row's expected value: decimals as text, "" for none.
type Figure struct {
	Value, Numerator, Denominator string
	Reason                        string // no_data, no_ledger, not_computable; beside a value too_few; else ""
}

// ofFew marks a value of too few observations for a verdict.
func (f Figure) ofFew(number, least int64) Figure {
	if f.Value != "" && number < least {
		f.Reason = "too_few"
	}
	return f
}

const (
	leastAnswers = 30
	leastTraffic = 30 * 1000 * 60 // metres × minutes: 30 km·h
)

// quotient is n/d × times, to four places, half away from zero. reason is the reason for no value at d = 0.
func quotient(n, d int64, times *big.Rat, reason string) Figure {
	f := Figure{Numerator: whole(n), Denominator: whole(d), Reason: reason}
	if d != 0 {
		f.Reason = ""
		f.Value = decimal(new(big.Rat).Mul(new(big.Rat).SetFrac64(n, d), times))
	}
	return f
}

func whole(n int64) string { return big.NewInt(n).String() }

var hundred = big.NewRat(100, 1)

// percent is n/d in %.
func percent(n, d int64) Figure { return quotient(n, d, hundred, "no_data") }

// drop is the decrease from before to now, in % of before.
func drop(before, now int64) Figure { return quotient(before-now, before, hundred, "not_computable") }

// decimal writes r to four places, half away from zero, without trailing zeros.
func decimal(r *big.Rat) string { return strings.TrimSuffix(strings.TrimRight(places(r, 4), "0"), ".") }

// places writes r with n digits behind the point, half away from zero.
func places(r *big.Rat, n int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), scale)
	num.Mul(num, big.NewInt(2)).Add(num, r.Denom())
	num.Quo(num, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	digits := num.String()
	if len(digits) <= n {
		digits = strings.Repeat("0", n+1-len(digits)) + digits
	}
	text := digits[:len(digits)-n] + "." + digits[len(digits)-n:]
	if r.Sign() < 0 && num.Sign() != 0 {
		text = "-" + text
	}
	return text
}
