package story

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"roadbook/server/demo/truth"
)

// hazards: some remain from the year before; new hazards are fixed within weeks and verified.
func (s *story) hazards(rng *rand.Rand) {
	for i := range 12 {
		found := randomTime(rng, date(2019, 3, 1).AddDate(0, 0, 20*i), 8, 17)
		s.leftoverHazard(rng, i, found)
	}
	for i := range 130 {
		found := randomTime(rng, newYear.AddDate(0, 0, i*366/130+rng.IntN(3)), 7, 18)
		s.hazard(rng, found)
	}
}

var hazardCategories = []string{"sight", "sign", "signal", "guardrail", "surface", "junction", "lighting", "obstacle"}

// leftoverHazard is imported from the records of 2019. A third of these hazards was verified in 2019.
func (s *story) leftoverHazard(rng *rand.Rand, i int, found time.Time) {
	unit := s.units[i%3].Code
	fact := truth.Hazard{Unit: unit, Found: found}
	f := fields{
		"category": pick(rng, hazardCategories...), "found_at": clockText(found), "segment": pick(rng, roads...).code,
		"source_key": fmt.Sprintf("2019-%02d", i+1),
	}
	if i%3 == 0 {
		fact.Verified = found.AddDate(0, 0, 30)
		f["fixed_at"], f["verified_at"] = clockText(found.AddDate(0, 0, 21)), clockText(fact.Verified)
	}
	rows := []Row{s.row("hazard", unit, found, f)}
	if i%3 == 1 { // verified this year, imported once with both dates: the ledger's second edition
		fact.Verified = newYear.AddDate(0, 0, 15+2*i).Add(10 * time.Hour)
		f["fixed_at"], f["verified_at"] = clockText(fact.Verified.AddDate(0, 0, -3)), clockText(fact.Verified)
		rows = []Row{s.row("hazard", unit, found, f)}
		s.addImport(fact.Verified.AddDate(0, 0, 5), rows...)
	} else {
		s.addImport(began.Add(3*time.Hour), rows...)
	}
	s.world.Hazards = append(s.world.Hazards, fact)
}

func (s *story) hazard(rng *rand.Rand, found time.Time) {
	who := rng.IntN(check3*perUnit + perUnit)
	fact := truth.Hazard{Unit: s.unit(who), Found: found}
	f := fields{
		"occurred_at": clockText(found), "category": pick(rng, hazardCategories...), "segment": pick(rng, roads...).code, "found_at": clockText(found),
	}
	m := s.create(minutesAfter(found, 15), who, "hazard", f)
	s.noteDelivery(fact.Unit, "hazard", truth.DayOf(found))
	if rng.IntN(100) < 97 {
		fixed := found.AddDate(0, 0, 2+rng.IntN(12))
		fact.Verified = fixed.AddDate(0, 0, 1+rng.IntN(5))
		s.amend(minutesAfter(fixed, 30), who, "hazard", m, fields{"found_at": clockText(found), "fixed_at": clockText(fixed)})
		s.amend(minutesAfter(fact.Verified, 30), who, "hazard", m, fields{
			"found_at": clockText(found), "fixed_at": clockText(fixed), "verified_at": clockText(fact.Verified),
		})
	}
	s.world.Hazards = append(s.world.Hazards, fact)
}

var (
	facilityTypes = []string{"camera", "signal", "sign", "marking", "bay", "checkpoint"}
	statusNames   = [...]string{"building", "in_use", "idle", "broken", "removed"}
)

// facilities: thirty existed before the year; two dozen are planned, and most are built. Some break.
func (s *story) facilities(rng *rand.Rand) {
	for i := range 30 {
		s.existingFacility(rng, i)
	}
	for i := range 24 {
		s.plannedFacility(rng, i)
	}
}

// existingFacility is a facility from before the year. It breaks, and is repaired, at most once in the year.
func (s *story) existingFacility(rng *rand.Rand, i int) {
	who := i % (check3*perUnit + perUnit)
	name := fmt.Sprintf("F-%03d", i+1)
	kind := facilityTypes[i%len(facilityTypes)]
	phases := []truth.Phase{{From: 20180601, Status: truth.InUse}}
	if i%4 == 1 {
		broke := truth.DayOf(newYear).Next(10 + rng.IntN(300))
		phases = append(phases,
			truth.Phase{From: broke, Status: truth.Status(pick(rng, int(truth.Broken), int(truth.Broken), int(truth.Idle)))},
			truth.Phase{From: broke.Next(3 + rng.IntN(40)), Status: truth.InUse})
	}
	switch i {
	case 28:
		phases = append(phases, truth.Phase{From: 20200915, Status: truth.Removed})
	case 26: // two officers on one day, of whom the one who found the fault is believed
		phases = append(phases, truth.Phase{From: 20200701, Status: truth.InUse}, truth.Phase{From: 20200701, Status: truth.Broken},
			truth.Phase{From: 20200711, Status: truth.InUse})
	}
	s.world.Facilities = append(s.world.Facilities, truth.Facility{Unit: s.unit(who), Name: name, Phases: phases})
	s.phases(who, name, kind, phases, nil)
}

// phases plans a record at the begin of each state of a facility, and, unless forgotten, the end of the state before. States from before the
// year are imported.
func (s *story) phases(who int, name, kind string, phases []truth.Phase, extra fields) {
	var last *mark
	for i, p := range phases {
		at := p.From.Time().Add(10 * time.Hour)
		f := fields{"facility": name, "facility_type": kind, "status": statusNames[p.Status], "status_from": dayText(p.From)}
		if p.Status == truth.InUse && i > 0 && phases[i-1].Status == truth.Building {
			maps.Copy(f, extra)
		}
		next := i+1 < len(phases) && phases[i+1].From > p.From
		if at.Before(newYear) {
			if next && !forgetful(name) {
				f["status_to"] = dayText(phases[i+1].From)
			}
			s.addImport(began.Add(4*time.Hour), s.row("facility", s.unit(who), at, f))
			continue
		}
		if last != nil && phases[i-1].From < p.From && !forgetful(name) {
			s.amend(minutesAfter(at, 1), who, "facility", last, fields{
				"status": statusNames[phases[i-1].Status], "status_from": dayText(phases[i-1].From), "status_to": dayText(p.From),
			})
		}
		last = s.create(at, who, "facility", f)
		s.noteDelivery(s.unit(who), "facility", truth.DayOf(at))
	}
}

// forgetful are facilities whose officers record each new state and never end the one before.
func forgetful(name string) bool { return strings.HasSuffix(name, "2") }

// plannedFacility is an item of the plan: under construction, accepted, in use. The last items stay unfinished.
func (s *story) plannedFacility(rng *rand.Rand, i int) {
	who := (i + 1) % (check3*perUnit + perUnit)
	kind := facilityTypes[i%len(facilityTypes)]
	planned := int64(1 + rng.IntN(40))
	item := truth.PlanItem{Name: fmt.Sprintf("P-%02d", i+1), Type: kind, Planned: planned, From: 20200101}
	start := truth.DayOf(newYear).Next(15 + 12*i)
	phases := []truth.Phase{{From: start, Status: truth.Building}}
	if done := start.Next(25 + rng.IntN(30)); done < 20201220 && i != 13 {
		item.Accepted = done
		phases = append(phases, truth.Phase{From: done, Status: truth.InUse})
	}
	accepted := fields{"plan_item": item.Name, "planned": number(planned), "accepted": number(planned)}
	switch i {
	case 4: // in use before anything was accepted: what the officer says was planned is not what was
		item.Accepted, accepted["planned"], accepted["accepted"] = 0, "0", "0"
	case 6: // the officer knows what was accepted, and no plan
		delete(accepted, "planned")
	}
	if i == 18 { // added to the plan in the middle of the year
		item.From = 20200601
	}
	s.world.Plan = append(s.world.Plan, item)
	name := fmt.Sprintf("F-%03d", 101+i)
	s.world.Facilities = append(s.world.Facilities, truth.Facility{Unit: s.unit(who), Name: name, Phases: phases})
	s.phases(who, name, kind, phases, accepted)
	s.addImport(item.From.Time().Add(-48*time.Hour), s.row("facility_plan", "", item.From.Time(), fields{
		"plan_item": item.Name, "facility_type": kind, "planned": number(planned), "from_day": dayText(item.From),
	}))
}

// tasks: two a month for each of the first two projects. The plan is imported; each finished task is recorded.
func (s *story) tasks(rng *rand.Rand) {
	names := []string{"业务档案整理", "装备巡检", "执法记录仪清点", "宣传进村", "信访回访", "案卷评查"}
	for project := 1; project <= 2; project++ {
		for i := range 24 {
			due := truth.DayOf(date(2020, time.Month(1+i/2), 14+14*(i%2)))
			fact := truth.Task{Project: project, Due: due}
			f := fields{
				"project": projects[project].code, "task": fmt.Sprintf("%s %d-%02d", names[i%len(names)], project, i+1), "due_on": dayText(due),
			}
			s.addImport(began.Add(5*time.Hour), s.row("task", "", due.Time(), f))
			if i != 5*project {
				fact.Done = randomTime(rng, due.Time().AddDate(0, 0, rng.IntN(12)-9), 9, 17)
				done := fields{"occurred_at": clockText(fact.Done), "done_at": clockText(fact.Done)}
				maps.Copy(done, f)
				s.create(minutesAfter(fact.Done, 20), pick(rng, moneyDevice, 0, 2), "task", done)
			}
			s.world.Tasks = append(s.world.Tasks, fact)
		}
	}
}
