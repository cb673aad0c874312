package story

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// clerks are the devices at the counters.
var clerks = []int{restoredDevice, moneyDevice, office2 * perUnit, lateDevice}

// officeClosed: on Sundays, at New Year, and in the spring festival, which lasted long in 2020.
func officeClosed(day time.Time) bool {
	d := truth.DayOf(day)
	return day.Weekday() == time.Sunday || d == 20200101 || 20200124 <= d && d <= 20200209 || 20201001 <= d && d <= 20201004
}

// counter: plates and certificates issued at the vehicle offices.
func (s *story) counter(rng *rand.Rand) {
	days(func(day time.Time) {
		if officeClosed(day) {
			return
		}
		for _, who := range clerks {
			for range s.scaled(1 + rng.IntN(6)) {
				s.plate(rng, who, randomTime(rng, day, 9, 17))
			}
			s.certificates(rng, who, day, true)
			s.certificates(rng, who, day, false)
		}
	})
}

// plate: sometimes the clerk amends the record, voids the record, or a colleague enters the same plate again: one event.
func (s *story) plate(rng *rand.Rand, who int, at time.Time) {
	s.plates++
	fact := truth.Plate{Unit: s.unit(who), At: at, Business: "register", Sets: 1}
	plateType, text := "02", fmt.Sprintf("冀F%05d", s.plates)
	if rng.IntN(9) == 0 {
		plateType, text = "52", fmt.Sprintf("冀FD%05d", s.plates)
	}
	f := fields{"occurred_at": clockText(at), "plate_type": plateType, "plate_number": text, "vehicle_type": "K33"}
	switch rng.IntN(14) {
	case 0:
		fact.Business = "replace"
	case 1:
		fact.Business = "renew"
	case 2:
		fact.Spoiled = rng.IntN(3) == 0
	}
	fact.Type, fact.Number = plateType, text
	f["business"], f["sets"] = fact.Business, "1"
	if fact.Spoiled {
		f["spoiled"] = "true"
	}
	m := s.create(at, who, "plate", f)
	switch rng.IntN(60) {
	case 0:
		s.amend(minutesAfter(at, 5), who, "plate", m, fields{"sets": "2"})
		fact.Sets = 2
	case 1:
		s.void(minutesAfter(at, 5), who, "plate", m, "录入错误")
		return
	case 2:
		s.create(minutesAfter(at, 60), who-who%perUnit+(who+1)%perUnit, "plate", f)
	case 3: // a refused plate type, corrected by the clerk
		wrong := fields{"occurred_at": clockText(at), "plate_type": "01", "plate_number": "冀FD00000", "business": "register", "sets": "1"}
		if rng.IntN(8) == 0 {
			s.create(minutesAfter(at, -1), who, "plate", wrong)
		}
	}
	s.world.Plates = append(s.world.Plates, fact)
	s.noteDelivery(fact.Unit, "plate", truth.DayOf(at))
}

// certificates: licences and registration certificates are recorded once a day and counter, as a number; every tenth
// day one more certificate is recorded by its own number, at both counters.
func (s *story) certificates(rng *rand.Rand, who int, day time.Time, licence bool) {
	name := "registration"
	if licence {
		name = "vehicle_licence"
	}
	at := day.Add(17*time.Hour + time.Duration(rng.IntN(50))*time.Minute)
	fact := truth.Certificate{Unit: s.unit(who), At: at, Licence: licence, Number: int64(s.scaled(1 + rng.IntN(6)))}
	s.world.Certificates = append(s.world.Certificates, fact)
	s.noteDelivery(fact.Unit, "certificate", truth.DayOf(at))
	m := s.create(at, who, "certificate", fields{"certificate": name, "quantity": number(fact.Number)})
	if rng.IntN(40) == 0 {
		s.amend(minutesAfter(at, 3), who, "certificate", m, fields{"remark": "已与库存核对"})
	}
	if rng.IntN(20) == 0 {
		s.certificateNumber++
		single := fields{"certificate": name, "certificate_number": fmt.Sprintf("1320%08d", s.certificateNumber), "quantity": "1", "occurred_at": clockText(at)}
		fact.Number, fact.Spoiled = 1, rng.IntN(4) == 0
		if fact.Spoiled {
			single["spoiled"] = "true"
		}
		s.world.Certificates = append(s.world.Certificates, fact)
		s.create(minutesAfter(at, 5), who, "certificate", single)
		s.create(minutesAfter(at, 9), who-who%perUnit+(who+1)%perUnit, "certificate", single)
	}
}

// checks: at the end of a month each office counts due and missed registrations and inspections. Sometimes it counts
// again: the later count stands. Until 2019 the squad counted too: that count is no other year's.
func (s *story) checks(rng *rand.Rand) {
	old := truth.Check{Unit: s.unit(squadFirst), Day: truth.DayOf(began), Due: 600, Missed: 384}
	s.world.Checks = append(s.world.Checks, old)
	s.addImport(began.Add(6*time.Hour), s.row("compliance", old.Unit, began, fields{"due": number(old.Due), "missed": number(old.Missed)}))
	for month := time.January; month <= time.December; month++ {
		for i, who := range []int{moneyDevice, office2 * perUnit} {
			at := date(2020, month, 24).Add(time.Duration(15+i) * time.Hour)
			due := int64(5200 - 1900*i + rng.IntN(300))
			missed := due * int64(11+rng.IntN(12)) / 100
			if rng.IntN(3) == 0 {
				s.create(at.AddDate(0, 0, -2), who, "compliance", fields{"due": number(due - 40), "missed": number(missed + 25)})
			}
			s.create(at, who, "compliance", fields{"due": number(due), "missed": number(missed)})
			s.world.Checks = append(s.world.Checks, truth.Check{Unit: s.unit(who), Day: truth.DayOf(at), Due: due, Missed: missed})
			s.noteDelivery(s.unit(who), "compliance", truth.DayOf(at))
			s.world.Ledger = append(s.world.Ledger, truth.Due{Unit: s.unit(who), Day: truth.DayOf(at), Number: due})
			s.addImport(began.Add(6*time.Hour), s.row("vehicles_due", s.unit(who), at, fields{"due": number(due)}))
		}
	}
}

// surveyed lists a month's surveys: topic, collecting device, and satisfaction in %.
var surveyed = []struct {
	project int
	topic   string
	who     int
	content int
}{
	{1, "accident", squadFirst, 93}, {1, "petition", aheadDevice, 88}, {2, "beneficiary", 0, 94}, {3, "beneficiary", 2, 93},
	{4, "beneficiary", silentDevice, 96}, {5, "vehicle", office2 * perUnit, 95},
}

var gradeNames = [...]string{"very_satisfied", "satisfied", "fair", "dissatisfied", "invalid"}

func (s *story) surveys(rng *rand.Rand) {
	for month := time.January; month <= time.December; month++ {
		for _, q := range surveyed {
			for i := range 14 + rng.IntN(8) {
				s.survey(rng, month, i, q.project, q.topic, q.who, q.content)
			}
		}
	}
}

// survey is one sheet. Some sheets are entered twice: the serial number identifies the sheet.
func (s *story) survey(rng *rand.Rand, month time.Month, i, project int, topic string, who, content int) {
	at := date(2020, month, 18+rng.IntN(8)).Add(14*time.Hour + time.Duration(i)*time.Minute)
	fact := truth.Answer{At: at, Project: project, Topic: topic, Grade: truth.VerySatisfied}
	switch k := rng.IntN(100); {
	case k >= 97:
		fact.Grade = truth.Invalid
	case k >= content:
		fact.Grade = truth.Fair + truth.Grade(rng.IntN(2))
	case k < 40:
		fact.Grade = truth.Satisfied
	}
	f := fields{
		"occurred_at": clockText(at), "survey": fmt.Sprintf("2020-%02d-%s-%d", month, topic, project), "serial": fmt.Sprintf("%03d", i+1),
		"project": projects[project].code, "topic": topic, "grade": gradeNames[fact.Grade],
	}
	s.create(minutesAfter(at, 60), who, "survey", f)
	if rng.IntN(30) == 0 {
		s.create(minutesAfter(at, 24*60), who, "survey", f)
	}
	s.world.Answers = append(s.world.Answers, fact)
	s.noteDelivery(s.unit(who), "survey", truth.DayOf(at))
}
