package story

import (
	"maps"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// doubts plans the slips of tired people: each leaves a sign (schema/data/doubts.yaml), noted among the facts. The other facts hold
// what was typed, for no figure can know better: a far date counts in its own year, a mistyped plan item gets nothing.
func (s *story) doubts(*rand.Rand) {
	s.wrongYears()
	s.wrongPlaces()
	s.wrongProjects()
	s.wrongFacilities()
	s.closedUnit()
	s.wrongTickets()
	s.wrongDeaths()
	s.twoOfficers()
	s.samePlates()
	s.sameNumbers()
}

// doubt notes a doubt about a record. The value of field names the record to people.
func (s *story) doubt(code, kind, unit string, at time.Time, field, text string) {
	s.world.Doubts = append(s.world.Doubts, truth.Doubt{Code: code, Kind: kind, Unit: unit, Day: truth.DayOf(at), Field: field, Text: text})
}

// slip is an accident without a death at the scene, recorded at the moment said.
type slip struct {
	who      int
	at, said time.Time
	number   string // 122 number
	platform string // number of the platform, "": none
	deaths   []time.Time
}

// record plans the accident's record, and its casualties.
func (s *story) record(a slip) *mark {
	f := fields{
		"occurred_at": clockText(a.at), "severity": "injury", "procedure": "general", "dead": "0", "injured": "1", "case_number": a.number,
	}
	if a.platform != "" {
		f["platform_number"] = a.platform
	}
	m := s.create(a.said, a.who, "accident", f)
	for i, died := range a.deaths {
		s.casualty(a.said.AddDate(0, 0, 10).Add(time.Duration(i)*time.Minute), a.who, m, died)
	}
	return m
}

func (s *story) casualty(said time.Time, who int, m *mark, died time.Time) {
	s.say(said, note{who: who, kind: "casualty", act: "create", mark: &mark{}, item: m, fields: fields{
		"occurred_at": clockText(died), "died_at": clockText(died),
	}})
}

// accidentOf plans an accident with a record of its own, as a fact too.
func (s *story) accidentOf(a slip) *mark {
	s.world.Accidents = append(s.world.Accidents, truth.Accident{Unit: s.unit(a.who), At: a.at, Deaths: a.deaths, Case: a.number, Platform: a.platform})
	s.noteDelivery(s.unit(a.who), "accident", truth.DayOf(a.at))
	return s.record(a)
}

// accidentDoubt notes a doubt about an accident's record.
func (s *story) accidentDoubt(code string, a slip) {
	s.doubt(code, "accident", s.unit(a.who), a.at, "case_number", a.number)
}

// wrongYears: a finger slips in the year, to 1920 and 2030. And an accident of January 2021, before the targets of 2021.
func (s *story) wrongYears() {
	said := date(2020, 10, 12).Add(10 * time.Hour)
	past := slip{who: squadFirst, at: date(1920, 10, 12).Add(8 * time.Hour), said: said, number: "122-2020-08801"}
	future := slip{who: squadFirst, at: date(2030, 10, 12).Add(9 * time.Hour), said: minutesAfter(said, 5), number: "122-2020-08802"}
	next := slip{who: squadFirst, at: date(2021, 1, 5).Add(9 * time.Hour), said: date(2021, 1, 5).Add(11 * time.Hour), number: "122-2021-00001"}
	for _, a := range []slip{past, future, next} {
		s.accidentOf(a)
		s.accidentDoubt("no_targets", a)
	}
	s.accidentDoubt("far_past", past)
	s.accidentDoubt("far_future", future)
}

// wrongPlaces: the officer names the road by its official number, and types the letter I for a 1.
func (s *story) wrongPlaces() {
	const who, official, mistyped = check1 * perUnit, "S204", "X32I"
	day := date(2020, 10, 14)
	end := day.Add(11 * time.Hour)
	s.world.Patrols = append(s.world.Patrols, truth.Patrol{Unit: s.unit(who), Segment: official, Day: truth.DayOf(day)})
	s.createNow(end, who, "patrol", fields{
		"segment": official, "shift": shiftNames[0], "shift_day": dayText(truth.DayOf(day)),
		"start_at": clockText(day.Add(9 * time.Hour)), "end_at": clockText(end),
	})
	s.noteDelivery(s.unit(who), "patrol", truth.DayOf(end))
	s.doubt("unknown_segment", "patrol", s.unit(who), end, "segment", official)

	found := date(2020, 10, 15).Add(9 * time.Hour)
	s.world.Hazards = append(s.world.Hazards, truth.Hazard{Unit: s.unit(who), Found: found})
	s.create(minutesAfter(found, 10), who, "hazard", fields{
		"occurred_at": clockText(found), "category": "sign", "segment": mistyped, "found_at": clockText(found),
	})
	s.noteDelivery(s.unit(who), "hazard", truth.DayOf(found))
	s.doubt("odd_segment", "hazard", s.unit(who), found, "segment", mistyped)
}

// wrongProjects: a sheet names the project by its number in the document; a finished task gets another name than the plan's, which
// then stays open.
func (s *story) wrongProjects() {
	const clerk, officer, renamed = office2 * perUnit, check1 * perUnit, "案卷评审 1-06"
	at := date(2020, 10, 20).Add(15 * time.Hour)
	s.world.Answers = append(s.world.Answers, truth.Answer{At: at, Topic: "vehicle", Grade: truth.Satisfied})
	s.create(minutesAfter(at, 60), clerk, "survey", fields{
		"occurred_at": clockText(at), "survey": "2020-10-vehicle-5", "serial": "901", "project": "5", "topic": "vehicle",
		"grade": gradeNames[truth.Satisfied],
	})
	s.noteDelivery(s.unit(clerk), "survey", truth.DayOf(at))
	s.doubt("unknown_project", "survey", s.unit(clerk), at, "serial", "901")

	due := truth.DayOf(date(2020, 3, 28))
	done := due.Time().Add(-6 * time.Hour)
	s.world.Tasks = append(s.world.Tasks, truth.Task{Project: 1, Due: due, Done: done})
	s.create(minutesAfter(done, 20), officer, "task", fields{
		"occurred_at": clockText(done), "project": projects[1].code, "task": renamed, "due_on": dayText(due), "done_at": clockText(done),
	})
	s.doubt("unplanned_task", "task", s.unit(officer), done, "task", renamed)
}

// wrongFacilities: a plan item with the letter l for a 1, and a broken signal with the letter O for a 0, as nobody put up.
func (s *story) wrongFacilities() {
	const who = check1 * perUnit
	for _, f := range []struct {
		code, name string
		from       truth.Day
		status     truth.Status
		more       fields
	}{
		{"unknown_plan_item", "F-131", 20201016, truth.InUse, fields{"plan_item": "P-l4", "planned": "3", "accepted": "3"}},
		{"unknown_facility", "F-O17", 20201019, truth.Broken, nil},
	} {
		at := f.from.Time().Add(10 * time.Hour)
		s.world.Facilities = append(s.world.Facilities, truth.Facility{
			Unit: s.unit(who), Name: f.name, Phases: []truth.Phase{{From: f.from, Status: f.status}},
		})
		typed := fields{"facility": f.name, "facility_type": "signal", "status": statusNames[f.status], "status_from": dayText(f.from)}
		maps.Copy(typed, f.more)
		s.create(at, who, "facility", typed)
		s.noteDelivery(s.unit(who), "facility", f.from)
		s.doubt(f.code, "facility", s.unit(who), at, "facility", f.name)
	}
}

// closedUnit: a checkpoint closed in July. HQ still imports a paper slip of October under its name: of no unit above, but the county's.
func (s *story) closedUnit() {
	const closed, slip = "check-4", "1306362020900001"
	opened := date(2019, 1, 1)
	s.addImport(began.Add(time.Hour), s.row("unit_entry", "", opened, fields{
		"code": closed, "name": "城南检查站", "parent": hq, "unit_type": "checkpoint", "from_day": "2019-01-01", "to_day": "2020-07-01",
	}))
	at := date(2020, 10, 26).Add(10 * time.Hour)
	s.world.Offences = append(s.world.Offences, truth.Offence{Unit: closed, At: at, RoadType: 13, Document: slip, Plate: "-", Violation: "1039"})
	s.addImport(at.AddDate(0, 0, 2), s.row("enforcement", closed, at, fields{
		"violation_code": "1039", "plate_number": "-", "road_type": "13", "action": "warning", "document_number": slip,
	}))
	s.doubt("unknown_unit", "enforcement", closed, at, "document_number", slip)
}

// wrongTickets: a letter O for a 0 in a plate, and a digit too far in a violation's code. An older client took both without a word.
func (s *story) wrongTickets() {
	for i, slip := range []struct{ code, violation, plate, document string }{
		{"odd_plate", "1344", "冀F1234O", "1306362020900002"},
		{"unlisted_violation", "1354", "-", "1306362020900003"},
	} {
		at := date(2020, 10, 28).Add(time.Duration(9+i) * time.Hour)
		s.world.Offences = append(s.world.Offences, truth.Offence{
			Unit: s.unit(squadFirst), At: at, RoadType: 13, Document: slip.document, Plate: slip.plate, Violation: slip.violation,
		})
		s.noteDelivery(s.unit(squadFirst), "enforcement", truth.DayOf(at))
		s.create(minutesAfter(at, 6), squadFirst, "enforcement", fields{
			"occurred_at": clockText(at), "violation_code": slip.violation, "plate_number": slip.plate, "road_type": "13", "action": "warning",
			"document_number": slip.document,
		})
		s.doubt(slip.code, "enforcement", s.unit(squadFirst), at, "document_number", slip.document)
	}
}

// wrongDeaths: a death on the eighth day, and a death typed with the day before the accident's.
func (s *story) wrongDeaths() {
	at := date(2020, 9, 7).Add(16 * time.Hour)
	late := slip{who: squadFirst, at: at, said: minutesAfter(at, 60), number: "122-2020-08803", deaths: []time.Time{at.AddDate(0, 0, 7).Add(time.Hour)}}
	at = date(2020, 9, 8).Add(16 * time.Hour)
	early := slip{who: squadFirst, at: at, said: minutesAfter(at, 60), number: "122-2020-08804", deaths: []time.Time{at.AddDate(0, 0, -1)}}
	s.accidentOf(late)
	s.accidentOf(early)
	s.accidentDoubt("death_late", late)
	s.accidentDoubt("death_before", early)
}

// twoOfficers: accidents recorded by the squad and by a checkpoint, joined by the platform's number. Of the first both record the same
// death: two count, as far as a figure can know. Of the second the checkpoint alone records the death, and voids its record: the death
// counts nowhere.
func (s *story) twoOfficers() {
	at := date(2020, 9, 9).Add(7 * time.Hour)
	died := at.AddDate(0, 0, 2)
	first := slip{who: squadFirst, at: at, said: minutesAfter(at, 60), number: "122-2020-08805", platform: "13063620200000805", deaths: []time.Time{died}}
	again := first
	again.who, again.said = check1*perUnit, minutesAfter(at, 90)
	s.world.Accidents = append(s.world.Accidents, truth.Accident{
		Unit: s.unit(first.who), At: at, Deaths: []time.Time{died, died}, Case: first.number, Platform: first.platform,
	})
	s.record(first)
	s.record(again)
	s.accidentDoubt("repeated", first)
	s.accidentDoubt("alike", first)
	s.accidentDoubt("duplicate", again)

	at = date(2020, 9, 10).Add(7 * time.Hour)
	kept := slip{who: squadFirst, at: at, said: minutesAfter(at, 60), number: "122-2020-08806", platform: "13063620200000806"}
	voided := kept
	voided.who, voided.said, voided.deaths = check1*perUnit, minutesAfter(at, 90), []time.Time{at.AddDate(0, 0, 3)}
	s.record(kept)
	m := s.record(voided)
	s.void(voided.said.AddDate(0, 0, 20), voided.who, "accident", m, "重复登记")
	s.accidentDoubt("left_out", kept)

	s.world.Accidents = append(s.world.Accidents, truth.Accident{Unit: s.unit(kept.who), At: at, Case: kept.number, Platform: kept.platform})
	for _, a := range []slip{first, kept} {
		s.noteDelivery(s.unit(a.who), "accident", truth.DayOf(a.at))
	}
}

// samePlates: one plate at two counters on a day; a plate replaced, and lost again within the week; and a casualty on a plate's record,
// for the officer copied the wrong number from the list.
func (s *story) samePlates() {
	const first, second = restoredDevice, office2 * perUnit
	issue := func(who int, at time.Time, plate, business string) (*mark, truth.Plate) {
		m := s.create(minutesAfter(at, 2), who, "plate", fields{
			"occurred_at": clockText(at), "plate_type": "02", "plate_number": plate, "vehicle_type": "K33", "business": business, "sets": "1",
		})
		return m, truth.Plate{Unit: s.unit(who), At: at, Business: business, Sets: 1, Type: "02", Number: plate}
	}
	at, twice, lost := date(2020, 4, 14).Add(10*time.Hour), "冀F98001", "冀F98002"
	m, fact := issue(first, at, twice, "register")
	s.world.Plates = append(s.world.Plates, fact)
	s.noteDelivery(fact.Unit, "plate", truth.DayOf(at))
	s.doubt("repeated", "plate", s.unit(first), at, "plate_number", twice)
	issue(second, at.Add(5*time.Hour), twice, "register")
	s.doubt("duplicate", "plate", s.unit(second), at, "plate_number", twice)
	s.casualty(date(2020, 5, 6).Add(9*time.Hour), squadFirst, m, date(2020, 5, 5).Add(22*time.Hour))
	s.doubt("misplaced", "plate", s.unit(first), at, "plate_number", twice)

	for _, at := range []time.Time{date(2020, 4, 15).Add(10 * time.Hour), date(2020, 4, 21).Add(11 * time.Hour)} {
		_, fact := issue(second, at, lost, "replace")
		s.world.Plates = append(s.world.Plates, fact)
		s.noteDelivery(fact.Unit, "plate", truth.DayOf(at))
		s.doubt("near", "plate", s.unit(second), at, "plate_number", lost)
	}
}

// sameNumbers: the second accident gets the 122 number of the first.
func (s *story) sameNumbers() {
	for _, day := range []int{21, 23} {
		at := date(2020, 10, day).Add(18 * time.Hour)
		a := slip{who: squadFirst, at: at, said: minutesAfter(at, 60), number: "122-2020-08807"}
		s.accidentOf(a)
		s.accidentDoubt("same_number", a)
	}
}
