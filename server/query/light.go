package query

import (
	"math/big"

	"roadbook/sync/tally"
)

// Light rates a figure against its target, as a colour.
type Light string

// The lights. No data is grey, never green.
const (
	Red    Light = "red"
	Yellow Light = "yellow"
	Green  Light = "green"
	Grey   Light = "grey"
)

// rowLight: a passed target is green. For a failed target the achieved part is value ÷ target if more is better,
// target ÷ value if less is better; from 80 % on the light is yellow, else red. No value or no operator: grey.
func rowLight(value *big.Rat, target Target, verdict string) Light {
	wanted, ok := new(big.Rat).SetString(target.Value)
	switch {
	case verdict == tally.Pass:
		return Green
	case verdict != tally.Fail || value == nil || !ok:
		return Grey
	}
	part, of := value, wanted
	if target.Op == "≤" || target.Op == "<" {
		part, of = wanted, value
	}
	if of.Sign() <= 0 || new(big.Rat).Quo(part, of).Cmp(big.NewRat(80, 100)) < 0 {
		return Red
	}
	return Yellow
}

// planLight: r = executed % ÷ planned %; under 60 % red, under 80 % yellow, else green. Without a known execution, or
// with nothing planned yet: grey.
func planLight(executed, planned *big.Rat) Light {
	if executed == nil || planned == nil || planned.Sign() <= 0 {
		return Grey
	}
	r := new(big.Rat).Quo(executed, planned)
	switch {
	case r.Cmp(big.NewRat(60, 100)) < 0:
		return Red
	case r.Cmp(big.NewRat(80, 100)) < 0:
		return Yellow
	}
	return Green
}
