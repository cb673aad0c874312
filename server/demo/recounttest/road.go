package recounttest

import (
	"math/big"

	"roadbook/server/demo/truth"
)

// highway: 公路, the types 10 to 19 of GA/T 16.79.
func highway(roadType int) bool { return roadType >= 10 && roadType <= 19 }

// accidents: the decrease against the same time of the year before; accidents settled by the parties do not count.
func accidents(w *truth.World, at truth.Day) Figure {
	var now int64
	for _, a := range w.Accidents {
		if thisYear(a.At, at) && !a.SelfSettled {
			now++
		}
	}
	return drop(accidentsUntil(w, lastYear(at)), now)
}

// accidentsUntil: accidents of the year before up to a day. The county's number of a month holds the units' numbers, a unit's
// number holds the unit's records; a month that is not over yet has only records.
func accidentsUntil(w *truth.World, to truth.Day) (n int64) {
	for _, m := range w.CountyMonths {
		if between(m.To, january(to), to) {
			n += m.Accidents
		}
	}
	for _, l := range w.LastYear {
		if between(l.To, january(to), to) && !countyHas(w, l.To) {
			n += l.Accidents
		}
	}
	for _, a := range w.Accidents {
		over := monthOver(truth.DayOf(a.At), to)
		_, known := yearbookOf(w, a.Unit, truth.DayOf(a.At))
		if thisYear(a.At, to) && !a.SelfSettled && !(over && (known || countyHas(w, truth.DayOf(a.At)))) {
			n++
		}
	}
	return n
}

// deathsUntil: deaths of the year before up to a day. No number of the county's speaks of them.
func deathsUntil(w *truth.World, to truth.Day) (n int64) {
	for _, l := range w.LastYear {
		if between(l.To, january(to), to) && !l.DeathsUnknown {
			n += l.Deaths
		}
	}
	for _, a := range w.Accidents {
		l, known := yearbookOf(w, a.Unit, truth.DayOf(a.At))
		held := known && !l.DeathsUnknown && monthOver(truth.DayOf(a.At), to)
		if thisYear(a.At, to) && !held {
			n += died(&a)
		}
	}
	return n
}

// yearbookOf is the yearbook's line of a unit for the month of a day.
func yearbookOf(w *truth.World, unit string, day truth.Day) (l truth.LastYear, known bool) {
	for _, l := range w.LastYear {
		if l.Unit == unit && sameMonth(l.To, day) {
			return l, true
		}
	}
	return l, false
}

// countyHas reports whether there is a number of the county's for the month of a day.
func countyHas(w *truth.World, day truth.Day) bool {
	for _, m := range w.CountyMonths {
		if sameMonth(m.To, day) {
			return true
		}
	}
	return false
}

func sameMonth(a, b truth.Day) bool { return a/100 == b/100 }

// monthOver reports whether the month of day is over at the end of to.
func monthOver(day, to truth.Day) bool {
	return !sameMonth(day, to) && day < to || sameMonth(day, to) && !sameMonth(to.Next(1), to)
}

// died: deaths at the scene or within seven days, none before the accident.
func died(a *truth.Accident) (n int64) {
	n = int64(a.DeadAtScene)
	for _, d := range a.Deaths {
		if after := d.Sub(a.At).Milliseconds(); after >= 0 && after <= sevenDays {
			n++
		}
	}
	return n
}

const sevenDays = 7 * 24 * 60 * 60 * 1000 // ms

// deaths: the decrease; deaths at the scene or within seven days count, on the day of the accident.
func deaths(w *truth.World, at truth.Day) Figure {
	var now int64
	for _, a := range w.Accidents {
		if thisYear(a.At, at) {
			now += died(&a)
		}
	}
	return drop(deathsUntil(w, lastYear(at)), now)
}

// closing: the mean time to the closing of a simple accident, in hours.
func closing(w *truth.World, at truth.Day) Figure {
	var ms, n int64
	for _, a := range w.Accidents {
		if thisYear(a.At, at) && !a.Closed.IsZero() {
			ms += a.Closed.Sub(a.At).Milliseconds()
			n++
		}
	}
	return quotient(ms, n, big.NewRat(1, 3_600_000), "no_data")
}

// offences: the decrease on highways, by officers and machines together.
func offences(w *truth.World, at truth.Day) Figure {
	var before, now int64
	for _, l := range w.LastYear {
		if between(l.To, january(lastYear(at)), lastYear(at)) {
			before += l.HighwayOffences
		}
	}
	for _, o := range w.Offences {
		if thisYear(o.At, at) && highway(o.RoadType) {
			now++
		}
	}
	for _, c := range w.Cameras {
		if between(c.To, january(at), at) && highway(c.RoadType) {
			now += c.Number
		}
	}
	return drop(before, now)
}

// onSite: the officers' share of all enforcement.
func onSite(w *truth.World, at truth.Day) Figure {
	var officers, machines int64
	for _, o := range w.Offences {
		if thisYear(o.At, at) {
			officers++
		}
	}
	for _, c := range w.Cameras {
		if between(c.To, january(at), at) {
			machines += c.Number
		}
	}
	if machines == 0 {
		return Figure{Numerator: whole(officers), Denominator: whole(officers), Reason: "not_computable"}
	}
	return percent(officers, officers+machines)
}

// traffic sums metres × minutes of this year: all, congested, and flowing.
func traffic(w *truth.World, at truth.Day) (all, congested, flowing int64) {
	for _, t := range w.Traffic {
		if !thisYear(t.At, at) {
			continue
		}
		amount := t.Metres * t.Minutes
		all += amount
		if t.Level >= truth.Light {
			congested += amount
		} else {
			flowing += amount
		}
	}
	return all, congested, flowing
}

func smoothShare(w *truth.World, at truth.Day) Figure {
	all, _, flowing := traffic(w, at)
	return percent(flowing, all).ofFew(all, leastTraffic)
}

// relief: the decrease of the congested share, in % of the share of the year before.
func relief(w *truth.World, at truth.Day) Figure {
	var before, beforeAll int64
	for _, l := range w.LastYear {
		if between(l.To, january(lastYear(at)), lastYear(at)) {
			before += l.CongestedMetreMin
			beforeAll += l.MonitoredMetreMin
		}
	}
	all, congested, _ := traffic(w, at)
	f := Figure{Numerator: whole(congested), Denominator: whole(all)}
	switch {
	case all == 0:
		f.Reason = "no_data"
	case before == 0 || beforeAll == 0:
		f.Reason = "not_computable"
	default:
		was, is := big.NewRat(before, beforeAll), big.NewRat(congested, all)
		part := new(big.Rat).Quo(new(big.Rat).Sub(was, is), was)
		f.Value = decimal(part.Mul(part, hundred))
	}
	return f.ofFew(min(all, beforeAll), leastTraffic)
}

// planned: the share of the items of the ledger with complete acceptance.
func planned(w *truth.World, at truth.Day) Figure {
	var accepted, items int64
	for _, p := range w.Plan {
		if p.From > at {
			continue
		}
		items++
		if p.Accepted != 0 && p.Accepted <= at {
			accepted++
		}
	}
	return quotient(accepted, items, hundred, "no_ledger")
}

// used: the share of days in use among all days of existing facilities, this year.
func used(w *truth.World, at truth.Day) Figure {
	var inUse, built int64
	for _, f := range w.Facilities {
		for day := january(at); day <= at; day = day.Next(1) {
			switch statusOn(&f, day) {
			case truth.InUse:
				inUse++
				built++
			case truth.Idle, truth.Broken:
				built++
			}
		}
	}
	return percent(inUse, built)
}

// statusOn is the facility's state on a day: of those begun by then the last, of one day the worst. Building before the first.
func statusOn(f *truth.Facility, day truth.Day) truth.Status {
	now := truth.Phase{Status: truth.Building}
	for _, p := range f.Phases {
		if p.From <= day && (p.From > now.From || p.From == now.From && p.Status > now.Status) {
			now = p
		}
	}
	return now.Status
}

const shifts = 3 // a day

// patrolled: metres patrolled at least once in a shift, over all metres, added up over all shifts.
func patrolled(w *truth.World, at truth.Day) Figure {
	type turn struct {
		segment string
		shift   int
		day     truth.Day
	}
	walked := map[turn]bool{}
	for _, p := range w.Patrols {
		if between(p.Day, january(at), at) {
			walked[turn{p.Segment, p.Shift, p.Day}] = true
		}
	}
	var metres, all int64
	for t := range walked {
		metres += length(w, t.segment, t.day)
	}
	for day := january(at); day <= at; day = day.Next(1) {
		for _, s := range w.Segments {
			if s.From <= day && (s.To == 0 || day < s.To) {
				all += shifts * s.Metres
			}
		}
	}
	return percent(metres, all)
}

func length(w *truth.World, segment string, day truth.Day) int64 {
	for _, s := range w.Segments {
		if s.Name == segment && s.From <= day && (s.To == 0 || day < s.To) {
			return s.Metres
		}
	}
	return 0
}
