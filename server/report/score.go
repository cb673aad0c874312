package report

import (
	"math/big"
	"strings"
)

// scorePlaces is how many decimals a score has.
const scorePlaces = 2

// Score gives the points of a value a against a target t, of at most w points, rounded to two places half away from
// zero and clamped to [0, w]. schema/DOMAIN.md names the source of the formulas:
//
//	≥ and >: a ≥ t → w, else w·a/t
//	≤ and <: a ≤ t → w, t < a < 2t → w·(1 − (a − t)/t), else 0
//
// A strict operator scores like its lax twin: at a = t both formulas give w, although the verdict is fail. For t ≤ 0
// there is no proportion to take: w if the target is reached, else 0. ok is false without an operator.
func Score(op string, a, t, w *big.Rat) (points *big.Rat, ok bool) {
	switch op {
	case "≥", ">=", ">":
		return clamp(scoreAtLeast(a, t, w), w), true
	case "≤", "<=", "<":
		return clamp(scoreAtMost(a, t, w), w), true
	}
	return nil, false
}

func scoreAtLeast(a, t, w *big.Rat) *big.Rat {
	switch {
	case a.Cmp(t) >= 0:
		return w
	case t.Sign() <= 0:
		return new(big.Rat)
	}
	return roundPoints(proportion(a, t, w))
}

func scoreAtMost(a, t, w *big.Rat) *big.Rat {
	switch {
	case a.Cmp(t) <= 0:
		return w
	case t.Sign() <= 0 || a.Cmp(new(big.Rat).Add(t, t)) >= 0:
		return new(big.Rat)
	}
	return roundPoints(new(big.Rat).Sub(w, proportion(new(big.Rat).Sub(a, t), t, w)))
}

// proportion is w·part/whole.
func proportion(part, whole, w *big.Rat) *big.Rat {
	s := new(big.Rat).Quo(part, whole)
	return s.Mul(s, w)
}

// ExecutionScore gives the points for spending b of a budget a: w·min(1, b/a), rounded and clamped as by Score. ok is
// false if the budget is not positive.
func ExecutionScore(a, b, w *big.Rat) (points *big.Rat, ok bool) {
	if a.Sign() <= 0 {
		return nil, false
	}
	return clamp(scoreAtLeast(b, a, w), w), true
}

func clamp(points, w *big.Rat) *big.Rat {
	switch {
	case points.Sign() < 0:
		return new(big.Rat)
	case points.Cmp(w) > 0:
		return new(big.Rat).Set(w)
	}
	return points
}

// roundPoints rounds to two places, halves away from zero, as big.Rat.FloatString does.
func roundPoints(r *big.Rat) *big.Rat { return decimal(r.FloatString(scorePlaces)) }

// decimal parses a text already checked to be a decimal.
func decimal(text string) *big.Rat {
	r, ok := parseDecimal(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// parseDecimal takes plain decimals only: no fractions, no exponents.
func parseDecimal(text string) (*big.Rat, bool) {
	if text == "" || strings.Trim(text, "0123456789.-") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// Bands of a total.
const (
	Excellent = "优"
	Good      = "良"
	Fair      = "中"
	Poor      = "差"
)

// Band names the band of a total of 100 points: from 90, 80 and 60 points up.
func Band(total *big.Rat) string {
	for _, b := range []struct {
		from int64
		name string
	}{{90, Excellent}, {80, Good}, {60, Fair}} {
		if total.Cmp(big.NewRat(b.from, 1)) >= 0 {
			return b.name
		}
	}
	return Poor
}
