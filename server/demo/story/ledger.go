package story

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// Measures of the catalogue with baselines from the year before.
const (
	baseAccidents  = "accident_counted"
	baseDeaths     = "accident_deaths"
	baseOffences   = "violations_highway"
	baseCongested  = "congestion_congested"
	baseMonitored  = "congestion_all"
	baseComplaints = "business_count:complaints"
)

// ledgers are imported before the year begins: units, roads, baselines, expected reports, and budgets.
func (s *story) ledgers(rng *rand.Rand) {
	s.registers()
	s.roadLedger()
	for month := time.January; month <= time.December; month++ {
		for unit := range unitCount {
			s.lastYear(rng, unit, month)
		}
	}
	s.countyMonth(date(2019, 10, 31))
	s.duties()
	s.budgets()
	s.businessCounts(rng)
}

func (s *story) registers() {
	from := date(2019, 1, 1)
	addUnit := func(code, name, parent, kind string) {
		f := fields{"code": code, "name": name, "unit_type": kind, "from_day": "2019-01-01"}
		if parent != "" {
			f["parent"] = parent
		}
		s.addImport(began.Add(time.Hour), s.row("unit_entry", "", from, f))
	}
	addUnit(hq, "大队机关", "", "hq")
	for i, u := range s.units {
		addUnit(u.Code, u.ZH, hq, u.Type)
		s.addImport(began.Add(time.Hour), s.row("site_entry", "", from, fields{
			"code": "site-" + u.Code, "name": u.ZH, "of_unit": u.Code, "from_day": "2019-01-01",
			"lon": fmt.Sprintf("115.1%d", i+20), "lat": fmt.Sprintf("38.8%d", i+30), "crs": "CGCS2000",
		}))
	}
}

// roadLedger: one road was measured again in July, and one road was opened in May.
func (s *story) roadLedger() {
	const always = truth.Day(20190101)
	for _, r := range roads {
		from := max(always, r.opened)
		first := truth.Segment{Name: r.code, Metres: r.metres, From: from, To: r.changed}
		s.world.Segments = append(s.world.Segments, first)
		s.segment(began.Add(2*time.Hour), r, first)
		if r.changed != 0 {
			then := truth.Segment{Name: r.code, Metres: r.then, From: r.changed}
			s.world.Segments = append(s.world.Segments, then)
			s.segment(r.changed.Time().Add(-24*time.Hour), r, then)
		}
	}
}

func (s *story) segment(at time.Time, r road, is truth.Segment) {
	f := fields{
		"segment": r.code, "name": r.name, "km": metresText(is.Metres), "road_type": number(int64(r.roadType)), "from_day": dayText(is.From),
	}
	if is.To != 0 {
		f["to_day"] = dayText(is.To)
	}
	s.addImport(at, s.row("segment", "", is.From.Time(), f))
}

// lastYear is one unit's month of 2019.
func (s *story) lastYear(rng *rand.Rand, unit int, month time.Month) {
	code := s.units[unit].Code
	last := date(2019, month+1, 0)
	l := truth.LastYear{Unit: code, To: truth.DayOf(last)}
	switch {
	case unit == squad:
		l.Accidents, l.Deaths = int64(19+rng.IntN(5)), int64(1+rng.IntN(2))
	case unit <= check3:
		l.Accidents, l.DeathsUnknown = int64(2+rng.IntN(3)), true
		if unit == check3 && month == time.February {
			l.Accidents = 0 // the yearbook says that nothing happened
		}
		l.HighwayOffences = int64(s.scaled(92 + rng.IntN(30)))
		l.MonitoredMetreMin = int64(9_000_000 + rng.IntN(3_000_000))
		l.CongestedMetreMin = l.MonitoredMetreMin / 1000 * int64(205+rng.IntN(60))
	default:
		return
	}
	s.world.LastYear = append(s.world.LastYear, l)
	add := func(measure string, n int64) {
		s.addImport(began.Add(2*time.Hour), s.baseline(code, measure, last, n))
	}
	add(baseAccidents, l.Accidents)
	if unit == squad {
		add(baseDeaths, l.Deaths)
		return
	}
	add(baseOffences, l.HighwayOffences)
	add(baseCongested, l.CongestedMetreMin)
	add(baseMonitored, l.MonitoredMetreMin)
}

// countyMonth: of one month HQ also has the county's number of accidents, two more than those of the units.
func (s *story) countyMonth(last time.Time) {
	m := truth.CountyMonth{To: truth.DayOf(last), Accidents: 2}
	for _, l := range s.world.LastYear {
		if l.To == m.To {
			m.Accidents += l.Accidents
		}
	}
	s.world.CountyMonths = append(s.world.CountyMonths, m)
	s.addImport(began.Add(2*time.Hour), s.baseline("", baseAccidents, last, m.Accidents))
}

// duties: the reports expected of each unit.
func (s *story) duties() {
	duty := func(unit int, kind, every string) {
		code := s.units[unit].Code
		s.world.Duties = append(s.world.Duties, truth.Duty{Unit: code, Kind: kind, Monthly: every == "month", From: 20200101})
		s.addImport(began.Add(2*time.Hour), s.row("expectation", "", newYear, fields{
			"expected_unit": code, "expected_kind": kind, "every": every, "from_day": "2020-01-01",
		}))
	}
	for unit := check1; unit <= check3; unit++ {
		duty(unit, "enforcement", "day")
		duty(unit, "patrol", "day")
	}
	duty(squad, "accident", "day")
	for unit := office1; unit <= office2; unit++ {
		duty(unit, "plate", "day")
		duty(unit, "compliance", "month")
	}
}

// budgets: in September money moves from the fifth project to the third; the fourth began with a carry-over.
func (s *story) budgets() {
	set := func(no int, day truth.Day, adjusted, carry int64) {
		s.world.Budgets = append(s.world.Budgets, truth.Budget{Project: no, Day: day, AdjustedFen: adjusted, CarryOver: carry})
		s.addImport(day.Time().Add(9*time.Hour), s.row("budget", "", day.Time().Add(9*time.Hour), fields{
			"project": projects[no].code, "adjusted_fen": number(adjusted), "carry_over_fen": number(carry),
		}))
	}
	const moved = 60_000_00
	for no := 1; no < len(projects); no++ {
		carry := int64(0)
		if no == 4 {
			carry = 120_000_00
		}
		set(no, 20200106, projects[no].total+carry, carry)
	}
	set(3, 20200916, projects[3].total+moved, 0)
	set(5, 20200916, projects[5].total-moved, 0)
}

// cameras: machine counts are imported a few days after each month; March's count had a fault and was corrected.
func (s *story) cameras(rng *rand.Rand) {
	for month := time.January; month <= time.December; month++ {
		for _, roadType := range []int{11, 12, 22} {
			n := int64(s.scaled(36 + rng.IntN(22)))
			at := date(2020, month+1, 4).Add(10 * time.Hour)
			if month == time.March && roadType == 12 {
				s.addImport(at, s.camera(at, month, roadType, n*3))
				at = at.AddDate(0, 0, 6)
			}
			s.addImport(at, s.camera(at, month, roadType, n))
			s.world.Cameras = append(s.world.Cameras, truth.Camera{To: truth.DayOf(date(2020, month+1, 0)), RoadType: roadType, Number: n})
		}
	}
}

func (s *story) camera(at time.Time, month time.Month, roadType int, n int64) Row {
	digest := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", month, roadType, n))
	return s.row("offsite", "", at, fields{
		"period_from": date(2020, month, 1).Format(time.DateOnly), "period_to": date(2020, month+1, 0).Format(time.DateOnly),
		"road_type": number(int64(roadType)), "number": number(n), "source_system": "集成指挥平台", "file_digest": hex.EncodeToString(digest[:]),
	})
}

// businessCounts: business without a kind of its own, as monthly numbers.
func (s *story) businessCounts(rng *rand.Rand) {
	for month := time.January; month <= time.December; month++ {
		first, last := date(2020, month, 1), date(2020, month+1, 0)
		for _, c := range []struct {
			what string
			n    int64
		}{
			{"complaints", int64(3 + rng.IntN(4))}, {"training", int64(1 + rng.IntN(4))}, {"driver_exam", int64(130 + rng.IntN(60))},
			{"remote_exam", int64(9 + rng.IntN(12))}, {"remote_inspection", int64(20 + rng.IntN(25))}, {"service_points", 3 + int64(month)/4},
		} {
			digest := sha256.Sum256([]byte(c.what + last.String()))
			s.addImport(last.AddDate(0, 0, 6).Add(15*time.Hour), s.row("count", "", last, fields{
				"what": c.what, "period_from": first.Format(time.DateOnly), "period_to": last.Format(time.DateOnly),
				"number": number(c.n), "source_system": "业务统计", "file_digest": hex.EncodeToString(digest[:]),
			}))
			s.world.Counts = append(s.world.Counts, truth.Count{What: c.what, To: truth.DayOf(last), Number: c.n})
		}
		s.complaints(rng, month)
	}
}

func (s *story) complaints(rng *rand.Rand, month time.Month) {
	last := date(2019, month+1, 0)
	n := int64(5 + rng.IntN(3))
	s.world.Complaints = append(s.world.Complaints, truth.LastCount{To: truth.DayOf(last), Number: n})
	s.addImport(began.Add(2*time.Hour), s.baseline("", baseComplaints, last, n))
}

// baseline is the number of a month of the year before, which ends with last.
func (s *story) baseline(unit, measure string, last time.Time, n int64) Row {
	return s.row("baseline", unit, last, fields{
		"measure": measure, "period_from": date(2019, last.Month(), 1).Format(time.DateOnly), "period_to": last.Format(time.DateOnly),
		"number": number(n), "source": "2019年度统计台账",
	})
}
