package tally

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// The aggregates against a recount that goes through the year day by day, from the drawn records. The recount uses Go's
// calendar and no code of the counter.

// drawnPeriod is a state or a statement that holds from a day until before another day (0: still).
type drawnPeriod struct {
	what, unit  string
	from, until int // days since 1 December 2019
	number      int64
}

// dayOn is the n-th day after 1 December 2019.
func dayOn(n int) clock.Day {
	y, m, d := time.Date(2019, time.December, 1+n, 0, 0, 0, 0, time.UTC).Date()
	return clock.Day(y*10000 + int(m)*100 + d)
}

// The windows of these tests begin on 1 January 2020, day 31, and end on a drawn day.
const newYear, horizon = 31, 70

func text(n int) string { return dayOn(n).String() }

// ratio is the expected figure: n / d in %, or "".
func ratio(n, d int64) string {
	if d <= 0 {
		return ""
	}
	return Decimal(new(big.Rat).Mul(big.NewRat(n, d), big.NewRat(100, 1)))
}

var facilities = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawnPeriod {
	d := drawnPeriod{what: rapid.SampledFrom([]string{"building", "in_use", "idle", "broken", "removed"}).Draw(t, "status"), from: rapid.IntRange(0, horizon).Draw(t, "from")}
	if rapid.Bool().Draw(t, "ended") {
		d.until = d.from + rapid.IntRange(1, 40).Draw(t, "days")
	}
	return d
}), 0, 6)

func TestDaysAreARecount(t *testing.T) {
	ind := row(t, "P3-4")
	rapid.Check(t, func(rt *rapid.T) {
		all, last := facilities.Draw(rt, "facilities"), rapid.IntRange(newYear, horizon).Draw(rt, "last")
		b := newRecordStore(t)
		var used, built int64
		for i, f := range all {
			line := fmt.Sprintf("facility squad-1 %s_08:00 facility=F%d facility_type=camera status=~%s status_from=%s", text(f.from), i, f.what, text(f.from))
			if f.until > 0 {
				line += " status_to=" + text(f.until)
			}
			b.addScript(line)
			for day := newYear; day <= last; day++ {
				if f.from > day || f.until > 0 && f.until <= day {
					continue
				}
				switch f.what {
				case "in_use":
					used++
					built++
				case "idle", "broken":
					built++
				}
			}
		}
		f := Evaluate(ind, dayOn(last), b.totals())
		if f.Numerator != used || f.Denominator != built || f.Text() != ratio(used, built) {
			rt.Fatalf("%d / %d = %s, want %d / %d", f.Numerator, f.Denominator, f.Text(), used, built)
		}
	})
}

var counts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawnPeriod {
	return drawnPeriod{
		unit: rapid.SampledFrom([]string{"office-1", "office-2"}).Draw(t, "unit"), from: rapid.IntRange(0, horizon).Draw(t, "day"),
		number: int64(rapid.IntRange(0, 50).Draw(t, "missed")),
	}
}), 0, 8)

// The last observation of each unit's latest month of the year counts; due is 50 in all of them.
func TestLatestIsARecount(t *testing.T) {
	ind := row(t, "P5-2")
	rapid.Check(t, func(rt *rapid.T) {
		all, last := counts.Draw(rt, "counts"), rapid.IntRange(newYear, horizon).Draw(rt, "last")
		b := newRecordStore(t)
		lastCounts := map[string]drawnPeriod{} // by unit and month: the last drawn
		for _, c := range all {
			b.addScript(fmt.Sprintf("compliance %s %s_08:00 due=50 missed=%d", c.unit, text(c.from), c.number))
			lastCounts[c.unit+text(c.from)[:7]] = c
		}
		latest := map[string]drawnPeriod{}
		for _, c := range lastCounts {
			if old, ok := latest[c.unit]; newYear <= c.from && c.from <= last && (!ok || c.from > old.from) {
				latest[c.unit] = c
			}
		}
		var missed, due int64
		for _, c := range latest {
			missed, due = missed+c.number, due+50
		}
		f := Evaluate(ind, dayOn(last), b.totals())
		if f.Numerator != missed || f.Denominator != due || f.Text() != ratio(missed, due) {
			rt.Fatalf("%d / %d = %s, want %d / %d", f.Numerator, f.Denominator, f.Text(), missed, due)
		}
	})
}

// The recount looks at every shift of every day: which segments existed, how long were they, and were they patrolled?
func TestCoverageIsARecount(t *testing.T) {
	ind, shifts := row(t, "P4-1"), []string{"early", "middle", "night"}
	roads := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) drawnPeriod {
		d := drawnPeriod{what: rapid.SampledFrom([]string{"S1", "S2"}).Draw(t, "segment"), from: rapid.IntRange(0, horizon).Draw(t, "from"), number: int64(rapid.IntRange(1, 9).Draw(t, "km"))}
		if rapid.Bool().Draw(t, "ended") {
			d.until = d.from + rapid.IntRange(1, 40).Draw(t, "days")
		}
		return d
	}), 0, 5, func(d drawnPeriod) string { return d.what + text(d.from) })
	patrols := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawnPeriod {
		return drawnPeriod{
			what: rapid.SampledFrom([]string{"S1", "S2", "S3"}).Draw(t, "segment"), unit: rapid.SampledFrom(shifts).Draw(t, "shift"),
			from: rapid.IntRange(newYear-2, newYear+5).Draw(t, "day"),
		}
	}), 0, 12)
	rapid.Check(t, func(rt *rapid.T) {
		ledger, walked, last := roads.Draw(rt, "roads"), patrols.Draw(rt, "patrols"), rapid.IntRange(newYear, horizon).Draw(rt, "last")
		b := newRecordStore(t)
		for _, s := range ledger {
			line := fmt.Sprintf("segment hq 2019-12-01_08:00 segment=%s km=%d from_day=%s", s.what, s.number, text(s.from))
			if s.until > 0 {
				line += " to_day=" + text(s.until)
			}
			b.addScript(line)
		}
		was := map[string]bool{}
		for _, p := range walked {
			b.addScript(fmt.Sprintf("patrol squad-1 %[1]s_08:00 segment=%[2]s shift=%[3]s shift_day=%[1]s start_at=%[1]s_08:00 end_at=%[1]s_09:00", text(p.from), p.what, p.unit))
			was[fmt.Sprint(p.what, p.unit, p.from)] = true
		}
		var passed, length int64
		for day := newYear; day <= last; day++ {
			for _, segment := range []string{"S1", "S2", "S3"} {
				metres := lengthOn(ledger, segment, day)
				for _, shift := range shifts {
					if length += metres; was[fmt.Sprint(segment, shift, day)] {
						passed += metres
					}
				}
			}
		}
		f := Evaluate(ind, dayOn(last), b.totals())
		if f.Numerator != passed || f.Denominator != length || f.Text() != ratio(passed, length) {
			rt.Fatalf("%d / %d = %s, want %d / %d", f.Numerator, f.Denominator, f.Text(), passed, length)
		}
	})
}

// lengthOn is the length of a segment on a day in metres, by the ledger row that began last.
func lengthOn(ledger []drawnPeriod, segment string, day int) int64 {
	var now *drawnPeriod
	for i := range ledger {
		if s := &ledger[i]; s.what == segment && s.from <= day && (now == nil || s.from > now.from) {
			now = s
		}
	}
	if now == nil || now.until > 0 && now.until <= day {
		return 0
	}
	return now.number * 1000
}

// The terms of a figure add up to the figure, for every formula, and every term names a measure of the catalogue.
func TestTermsAddUp(t *testing.T) {
	b := newRecordStore(t)
	b.addScript(`
		hazard squad-1 2019-05-01_08:00 category=signal found_at=2019-05-01_08:00 verified_at=2019-06-02_08:00
		4* hazard squad-1 2020-05-01_08:00 category=signal found_at=2020-05-01_08:00 verified_at=2020-06-02_08:00
		segment hq 2019-01-05_08:00 segment=S1 km=6 from_day=2019-01-01
		patrol squad-1 2020-01-02_08:00 segment=S1 shift=early shift_day=2020-01-02 start_at=2020-01-02_08:00 end_at=2020-01-02_09:00
		facility squad-1 2019-05-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2019-05-01
		compliance office-1 2020-01-31_08:00 due=100 missed=50
		enforcement check-1 2020-05-01_08:00 road_type=11 violation_code=1345 plate_number=- action=fine
	`)
	c := shunping(t)
	for _, ind := range c.Indicators() {
		f := Evaluate(ind, year20, b.totals())
		sums := map[string]int64{}
		for _, term := range f.Terms {
			if _, ok := c.MeasureOf(term.Measure); !ok {
				t.Errorf("%s stands on %q", ind.ID, term.Measure)
			}
			sums[term.Role] += term.Amount
		}
		n, d := sums[RoleNumerator], sums[RoleDenominator]
		switch ind.Formula.Kind {
		case catalogue.Drop:
			n, d = sums[RoleBase]-n, sums[RoleBase]
		case catalogue.Sum:
			d = 1
		}
		if len(f.Terms) == 0 || n != f.Numerator || d != f.Denominator {
			t.Errorf("%s is %d / %d, its terms %d / %d", ind.ID, f.Numerator, f.Denominator, n, d)
		}
	}
}
