package story

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// officers are the devices on the road.
var officers = []int{0, 1, 2, 3, 4, 5, squadFirst, aheadDevice}

// incidents: about one emergency a day, with a dispatch within the hour. February's ice storm delays the dispatch.
func (s *story) incidents(rng *rand.Rand) {
	days(func(day time.Time) {
		for range rng.IntN(3) {
			s.incident(rng, randomTime(rng, day, 0, 24))
		}
		if day.Month() == time.February && day.Day() < 5 {
			s.incident(rng, randomTime(rng, day, 6, 22))
		}
	})
	// The last minute of the year and the first minute of the next: a year begins in China's time zone.
	s.incidentAt(rng, nextEra.Add(-time.Minute), 11*time.Minute, false)
	s.incidentAt(rng, nextEra.Add(30*time.Minute), 9*time.Minute, false)
}

func (s *story) incident(rng *rand.Rand, reported time.Time) {
	wait := time.Duration(2+rng.IntN(34)) * time.Minute
	switch rng.IntN(30) {
	case 0:
		wait = 0
	case 1, 2:
		wait = time.Duration(40+rng.IntN(80)) * time.Minute
	}
	s.incidentAt(rng, reported, wait, rng.IntN(12) == 0)
}

// incidentAt: wait 0 means no dispatch. late: the dispatch is recorded afterwards.
func (s *story) incidentAt(rng *rand.Rand, reported time.Time, wait time.Duration, late bool) {
	who := pick(rng, officers...)
	fact := truth.Incident{Unit: s.unit(who), Reported: reported}
	f := fields{
		"occurred_at": clockText(reported), "reported_at": clockText(reported),
		"category": pick(rng, "accident", "accident", "congestion", "breakdown", "obstacle", "weather", "damage", "other"),
	}
	if wait > 0 {
		fact.Dispatched = reported.Add(wait)
		fact.Arrived = fact.Dispatched.Add(7 * time.Minute)
		if reported.Minute()%5 > 0 {
			fact.Cleared = fact.Arrived.Add(time.Duration(15+reported.Minute()%30) * time.Minute)
		}
	}
	s.world.Incidents = append(s.world.Incidents, fact)
	s.noteDelivery(fact.Unit, "incident", truth.DayOf(reported))
	said := reported.Add(wait + time.Hour)
	if wait == 0 {
		s.create(said, who, "incident", f)
		return
	}
	times := fields{
		"reported_at": clockText(reported), "dispatched_at": clockText(fact.Dispatched),
		"arrived_at": clockText(fact.Arrived),
	}
	if !fact.Cleared.IsZero() {
		times["cleared_at"] = clockText(fact.Cleared)
	}
	if late {
		m := s.create(said, who, "incident", f)
		s.amend(said.Add(3*time.Hour), who, "incident", m, times)
		return
	}
	maps.Copy(f, times)
	s.create(said, who, "incident", f)
}

// accidents: on two days in three. Most are simple; some injured people die later, within seven days or after.
func (s *story) accidents(rng *rand.Rand) {
	n := 0
	days(func(day time.Time) {
		for range rng.IntN(3) {
			n++
			s.accident(rng, n, randomTime(rng, day, 5, 23))
		}
	})
	s.accident(rng, n+1, nextEra.Add(-40*time.Second)) // belongs to the old year
	s.lateAccidents()
}

// lateAccidents are of the year before and found in the files only now. The yearbook holds them already: in the squad's month,
// in a checkpoint's (but not the death), in a month in which nothing is said to have happened, and in the county's month.
func (s *story) lateAccidents() {
	for i, late := range []struct {
		who   int
		at    time.Time
		dead  int
		found time.Time
	}{
		{squadFirst, date(2019, 6, 12).Add(8 * time.Hour), 1, date(2020, 2, 20)},
		{check1 * perUnit, date(2019, 6, 30).Add(24*time.Hour - time.Second), 1, date(2020, 3, 10)},
		{hiddenDevice, date(2019, 7, 1), 0, date(2020, 5, 12)},
		{silentDevice, date(2019, 2, 28).Add(20 * time.Hour), 0, date(2020, 6, 9)},
		{squadFirst, date(2019, 10, 15).Add(9 * time.Hour), 0, date(2020, 7, 7)},
	} {
		f := fields{
			"occurred_at": clockText(late.at), "severity": "property", "procedure": "simple", "dead": "0", "injured": "0",
			"case_number": fmt.Sprintf("122-2019-%05d", i+1), "remark": "清理档案时补登",
		}
		if late.dead > 0 {
			f["severity"], f["procedure"], f["dead"] = "fatal", "general", number(int64(late.dead))
		}
		s.world.Accidents = append(s.world.Accidents, truth.Accident{Unit: s.unit(late.who), At: late.at, DeadAtScene: late.dead})
		s.create(late.found.Add(10*time.Hour), late.who, "accident", f)
	}
}

func (s *story) accident(rng *rand.Rand, n int, at time.Time) {
	who := pick(rng, squadFirst, squadFirst, aheadDevice, aheadDevice, rng.IntN(check3*perUnit+perUnit))
	if twiceSeen(n) && who == aheadDevice {
		who = squadFirst // readings of a clock that was ahead stay ahead
	}
	fact := truth.Accident{Unit: s.unit(who), At: at}
	r := pick(rng, roads...)
	f := fields{
		"occurred_at": clockText(at), "severity": "property", "procedure": "simple", "dead": "0", "injured": "0",
		"road_type": number(int64(r.roadType)), "weather": number(int64(1 + rng.IntN(5))), "case_number": fmt.Sprintf("122-2020-%05d", n),
	}
	said := minutesAfter(at, 25+rng.IntN(90))
	var deaths []time.Time
	switch k := rng.IntN(60); {
	case k < 1:
		fact.DeadAtScene = 1 + rng.IntN(2)
		f["severity"], f["procedure"], f["dead"] = "fatal", "general", number(int64(fact.DeadAtScene))
	case k < 9:
		fact.SelfSettled = true
		f["procedure"] = "self"
	case k < 26:
		f["severity"], f["procedure"], f["injured"] = "injury", "general", number(int64(1+rng.IntN(3)))
		if k < 10 {
			deaths = []time.Time{minutesAfter(at, 60+rng.IntN(10*24*60))}
		}
	}
	if n%120 == 7 { // exactly seven days later: still counts
		deaths = []time.Time{at.Add(7 * 24 * time.Hour)}
		f["severity"], f["procedure"], f["dead"], f["injured"] = "injury", "general", "0", "1"
		fact.SelfSettled, fact.DeadAtScene = false, 0
	}
	fact.Deaths = deaths
	if f["procedure"] == "simple" && !wrongFirst(n) && rng.IntN(4) > 0 {
		fact.Closed = minutesAfter(at, 20+rng.IntN(75))
	}
	fact.Case = f["case_number"]
	s.world.Accidents = append(s.world.Accidents, fact)
	s.noteDelivery(fact.Unit, "accident", truth.DayOf(at))
	m := s.observeAccident(rng, n, who, said, f, &fact)
	for _, died := range deaths {
		s.say(died.Add(2*time.Hour), note{who: who, kind: "casualty", act: "create", mark: &mark{}, item: m, fields: fields{
			"occurred_at": clockText(died), "died_at": clockText(died),
		}})
	}
}

// observeAccident plans an accident's records: sometimes wrong at first, twice, or by two officers.
func (s *story) observeAccident(rng *rand.Rand, n, who int, said time.Time, f fields, fact *truth.Accident) *mark {
	closed, deaths := fact.Closed, fact.Deaths
	wrong, later := wrongFirst(n) && f["procedure"] == "simple", n%31 == 9 && !twiceSeen(n)
	if !closed.IsZero() && !later {
		f["closed_at"] = clockText(closed)
	}
	if wrong {
		f["procedure"] = "self"
	}
	m := s.create(said, who, "accident", f)
	if wrong {
		s.amend(minutesAfter(said, 60*24), who, "accident", m, fields{"severity": f["severity"], "procedure": "simple", "dead": f["dead"]})
	}
	switch {
	case n%23 == 5 && !later && !twiceSeen(n): // recorded twice by mistake and voided
		again := s.create(minutesAfter(said, 4), who, "accident", f)
		s.void(minutesAfter(said, 30), who, "accident", again, "重复登记")
	case twiceSeen(n): // a second officer recorded the accident: HQ links both records
		other := who - who%perUnit + (who+1)%perUnit
		second := s.create(minutesAfter(said, 15+rng.IntN(30)), other, "accident", f)
		if n%120 == 7 { // and the death as well; the second officer sees it and voids the second record
			s.say(minutesAfter(said, 8*24*60), note{who: other, kind: "casualty", act: "create", mark: &mark{}, item: second, fields: fields{
				"occurred_at": clockText(deaths[0]), "died_at": clockText(deaths[0]),
			}})
			s.void(minutesAfter(said, 9*24*60), other, "accident", second, "重复登记")
		}
		seen := earlier(said.AddDate(0, 0, 60), over.AddDate(0, 0, -1)) // by then both devices have synced
		s.addAction(seen, func(ctx context.Context, l *player) error { return l.link(ctx, m, second) })
	case later && !closed.IsZero():
		s.amend(minutesAfter(said, 150), who, "accident", m, fields{"closed_at": clockText(closed), "remark": "现场已撤除"})
	}
	return m
}

// wrongFirst: simple accidents first recorded as settled by the parties.
func wrongFirst(n int) bool { return n%17 == 3 && !twiceSeen(n) }

// twiceSeen: accidents also recorded by a second officer.
func twiceSeen(n int) bool { return n%29 == 11 }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// cases: one hit-and-run a fortnight; nearly all are solved.
func (s *story) cases(rng *rand.Rand) {
	const each = 14
	for i := range 366 / each {
		opened := randomTime(rng, newYear.AddDate(0, 0, i*each+rng.IntN(each)), 6, 23)
		who, again := pick(rng, squadFirst, aheadDevice), i%9 == 4
		if again {
			who = squadFirst // readings of a clock that was ahead stay ahead
		}
		fact := truth.Case{Unit: s.unit(who), Opened: opened}
		f := fields{
			"occurred_at": clockText(opened), "opened_at": clockText(opened), "case_number": fmt.Sprintf("TY-2020-%03d", i+1),
		}
		m := s.create(minutesAfter(opened, 90), who, "hit_and_run", f)
		if again { // a colleague records the same case, and solves it there: one number, one case
			who, m = aheadDevice, s.create(minutesAfter(opened, 200), aheadDevice, "hit_and_run", f)
		}
		if rng.IntN(14) > 0 {
			fact.Solved = minutesAfter(opened, 24*60+rng.IntN(40*24*60))
			s.amend(minutesAfter(fact.Solved, 60), who, "hit_and_run", m, fields{
				"opened_at": clockText(opened), "solved_at": clockText(fact.Solved),
			})
		}
		s.world.Cases = append(s.world.Cases, fact)
		s.noteDelivery(fact.Unit, "hit_and_run", truth.DayOf(opened))
	}
}
