package truth

import "math/big"

// plates: sets issued on registration, without spoiled sets.
func (w *World) plates(at Day) Figure {
	var sets int64
	for _, p := range w.Plates {
		if thisYear(p.At, at) && p.Business == "register" && !p.Spoiled {
			sets += p.Sets
		}
	}
	return quotient(sets, 1, big.NewRat(1, 1), "")
}

func (w *World) certificates(licence bool, at Day) Figure {
	var n int64
	for _, p := range w.Certificates {
		if thisYear(p.At, at) && p.Licence == licence && !p.Spoiled {
			n += p.Number
		}
	}
	return quotient(n, 1, big.NewRat(1, 1), "")
}

// uninspected: by each office's latest count.
func (w *World) uninspected(at Day) Figure {
	last := map[string]Check{}
	for _, c := range w.Checks {
		if c.Day <= at && c.Day > last[c.Unit].Day {
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
func (w *World) vehiclesDue(at Day) Figure {
	last := map[string]Due{}
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
func (w *World) businessCount(what string, at Day) Figure {
	var n int64
	for _, c := range w.Counts {
		if c.What == what && c.To.between(at.january(), at) {
			n += c.Number
		}
	}
	return quotient(n, 1, big.NewRat(1, 1), "")
}

// lastCount is the latest number.
func (w *World) lastCount(what string, at Day) Figure {
	var last Count
	for _, c := range w.Counts {
		if c.What == what && c.To <= at && c.To > last.To {
			last = c
		}
	}
	return quotient(last.Number, 1, big.NewRat(1, 1), "")
}

// complaints: the decrease against the same months of the year before.
func (w *World) complaints(at Day) Figure {
	var before, now int64
	for _, c := range w.Complaints {
		if c.To.between(at.LastYear().january(), at.LastYear()) {
			before += c.Number
		}
	}
	for _, c := range w.Counts {
		if c.What == "complaints" && c.To.between(at.january(), at) {
			now += c.Number
		}
	}
	return drop(before, now)
}

// Money is a project's expected budget line, in 元 with two places and % with up to four.
type Money struct {
	Spent, Adjusted, CarryOver, Executed string
}

// Money computes a project's budget line at a day; total is the budget at the year's start, in fen.
func (w *World) Money(project int, total int64, at Day) Money {
	var spent int64
	paid := false
	for _, p := range w.Payments {
		if p.Project == project && p.Day.between(at.january(), at) {
			spent += p.Fen
			paid = true
		}
	}
	var m Money
	var last Budget
	for _, b := range w.Budgets {
		if b.Project == project && b.Day.between(at.january(), at) && b.Day > last.Day {
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
func (w *World) Completeness(at Day) (reported, expected int) {
	type slip struct {
		unit, kind string
		period     Day
	}
	came := map[slip]bool{}
	for _, r := range w.Deliveries {
		if r.Day.between(at.january(), at) {
			came[slip{r.Unit, r.Kind, r.Day}] = true
			came[slip{r.Unit, r.Kind, r.Day / 100}] = true
		}
	}
	for _, d := range w.Duties {
		for day := max(at.january(), d.From); day <= at; day = day.Next(1) {
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
