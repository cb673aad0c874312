package recounttest

import (
	"math/big"

	"roadbook/server/demo/truth"
)

// plates: sets issued on registration, without spoiled sets.
func plates(w *truth.World, at truth.Day) Figure {
	var sets int64
	for _, p := range w.Plates {
		if thisYear(p.At, at) && p.Business == "register" && !p.Spoiled {
			sets += p.Sets
		}
	}
	return quotient(sets, 1, big.NewRat(1, 1), "")
}

func certificates(w *truth.World, licence bool, at truth.Day) Figure {
	var n int64
	for _, p := range w.Certificates {
		if thisYear(p.At, at) && p.Licence == licence && !p.Spoiled {
			n += p.Number
		}
	}
	return quotient(n, 1, big.NewRat(1, 1), "")
}

// uninspected: by each office's latest count of this year. An office that has not counted this year has no part.
func uninspected(w *truth.World, at truth.Day) Figure {
	last := map[string]truth.Check{}
	for _, c := range w.Checks {
		if between(c.Day, january(at), at) && c.Day > last[c.Unit].Day {
			last[c.Unit] = c
		}
	}
	var uninspected, due int64
	for _, c := range last {
		uninspected += c.Missed
		due += c.Due
	}
	return percent(uninspected, due)
}

// vehiclesDue: by each office's latest ledger entry.
func vehiclesDue(w *truth.World, at truth.Day) Figure {
	last := map[string]truth.Due{}
	for _, d := range w.Ledger {
		if d.Day <= at && d.Day > last[d.Unit].Day {
			last[d.Unit] = d
		}
	}
	var due int64
	for _, d := range last {
		due += d.Number
	}
	return quotient(due, 1, big.NewRat(1, 1), "")
}

// businessCount adds up this year's counts of a business.
func businessCount(w *truth.World, what string, at truth.Day) Figure {
	var n int64
	for _, c := range w.Counts {
		if c.What == what && between(c.To, january(at), at) {
			n += c.Number
		}
	}
	return quotient(n, 1, big.NewRat(1, 1), "")
}

// lastCount is the latest number.
func lastCount(w *truth.World, what string, at truth.Day) Figure {
	var last truth.Count
	for _, c := range w.Counts {
		if c.What == what && c.To <= at && c.To > last.To {
			last = c
		}
	}
	return quotient(last.Number, 1, big.NewRat(1, 1), "")
}

// complaints: the decrease against the same months of the year before.
func complaints(w *truth.World, at truth.Day) Figure {
	var before, now int64
	for _, c := range w.Complaints {
		if between(c.To, january(lastYear(at)), lastYear(at)) {
			before += c.Number
		}
	}
	for _, c := range w.Counts {
		if c.What == "complaints" && between(c.To, january(at), at) {
			now += c.Number
		}
	}
	return drop(before, now)
}

// Money is a project's expected budget line, in 元 with two places and % with up to four.
type Money struct {
	Spent, Adjusted, CarryOver, Executed string
}

// MoneyOf computes a project's budget line at a day; total is the budget at the year's start, in fen.
func MoneyOf(w *truth.World, project int, total int64, at truth.Day) Money {
	var spent int64
	paid := false
	for _, p := range w.Payments {
		if p.Project == project && between(p.Day, january(at), at) {
			spent += p.Fen
			paid = true
		}
	}
	var m Money
	var last truth.Budget
	for _, b := range w.Budgets {
		if b.Project == project && between(b.Day, january(at), at) && b.Day > last.Day {
			last = b
		}
	}
	if last.Day != 0 {
		total = last.AdjustedFen
		m.Adjusted, m.CarryOver = yuan(last.AdjustedFen), yuan(last.CarryOver)
	}
	if paid {
		m.Spent = yuan(spent)
		m.Executed = decimal(new(big.Rat).Mul(big.NewRat(spent, total), hundred))
	}
	return m
}

func yuan(fen int64) string { return places(big.NewRat(fen, 100), 2) }

// Completeness counts the reports expected by the end of a day, one a unit, kind and day or month, and the delivered ones.
func Completeness(w *truth.World, at truth.Day) (reported, expected int) {
	type slip struct {
		unit, kind string
		period     truth.Day
	}
	came := map[slip]bool{}
	for _, r := range w.Deliveries {
		if between(r.Day, january(at), at) {
			came[slip{r.Unit, r.Kind, r.Day}] = true
			came[slip{r.Unit, r.Kind, r.Day / 100}] = true
		}
	}
	for _, d := range w.Duties {
		for day := max(january(at), d.From); day <= at; day = day.Next(1) {
			period := day
			if d.Monthly {
				if day.Next(1)/100 == day/100 {
					continue // the month has not ended
				}
				period = day / 100
			}
			expected++
			if came[slip{d.Unit, d.Kind, period}] {
				reported++
			}
		}
	}
	return reported, expected
}
