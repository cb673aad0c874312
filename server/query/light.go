package query

import (
	"math/big"

	"roadbook/sync/tally"
)

// Light is how a figure stands to what was wanted of it, as a colour.
type Light string

// The lights. No data is grey, never green.
const (
	Red    Light = "red"
	Yellow Light = "yellow"
	Green  Light = "green"
	Grey   Light = "grey"
)

// rowLight: a passed target is green. Of a failed one, reached is how much was: value ÷ target where more is
// better, target ÷ value where less is; from 80 % on it is yellow, else red. No value or no operator: grey.
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

// planLight: r = executed % ÷ planned %; under 60 % red, under 80 % yellow, else green. Nothing executed is
// known, or nothing is planned yet: grey.
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
