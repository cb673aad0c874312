package story

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// offences: officers' enforcement on the road. A document number recorded twice is one violation.
func (s *story) offences(rng *rand.Rand) {
	n := 0
	days(func(day time.Time) {
		for range s.scaled(7 + rng.IntN(9)) {
			n++
			s.offence(rng, n, randomTime(rng, day, 7, 22))
		}
	})
}

func (s *story) offence(rng *rand.Rand, n int, at time.Time) {
	who := pick(rng, 0, 0, 1, 2, 2, 3, 4, 5, squadFirst)
	road := pick(rng, 12, 12, 12, 13, 14, 21, 22, 22)
	s.noteDelivery(s.unit(who), "enforcement", truth.DayOf(at))
	f := fields{
		"occurred_at": clockText(at), "violation_code": pick(rng, "1039", "1042", "1208", "1301", "1345", "1344", "1018A", "1223"),
		"plate_number": pick(rng, "-", "冀F%s", "冀F%s", "冀A%s", "京N%s"), "road_type": number(int64(road)),
		"action": pick(rng, "warning", "fine", "fine", "fine", "detain"), "document_number": fmt.Sprintf("1306362020%06d", n),
	}
	if f["plate_number"] != "-" {
		f["plate_type"] = "02"
		f["plate_number"] = fmt.Sprintf(f["plate_number"], fmt.Sprintf("%05d", rng.IntN(100_000)))
	}
	s.world.Offences = append(s.world.Offences, truth.Offence{
		Unit: s.unit(who), At: at, RoadType: road, Document: f["document_number"], Plate: f["plate_number"], Violation: f["violation_code"],
	})
	m := s.create(minutesAfter(at, 4), who, "enforcement", f)
	switch rng.IntN(70) {
	case 0: // recorded again from the paper copy
		s.create(minutesAfter(at, 240), who, "enforcement", f)
	case 1:
		s.amend(minutesAfter(at, 20), who, "enforcement", m, fields{"action": "warning", "remark": "情节轻微，改为警告"})
	}
}

var shiftNames = [...]string{"early", "middle", "night"}

// patrols: each segment should be patrolled in each shift of each day. In winter and around the festival shifts are missed.
func (s *story) patrols(rng *rand.Rand) {
	segments := roads[:max(3, s.scaled(len(roads)))]
	days(func(day time.Time) {
		for i, r := range segments {
			if truth.DayOf(day) < r.opened {
				continue
			}
			for shift := range shiftNames {
				if rng.IntN(100) < s.diligence(day, shift) {
					s.patrol(rng, day, i, shift)
				}
			}
		}
	})
}

// diligence is the probability of a patrol of a segment, in %.
func (s *story) diligence(day time.Time, shift int) int {
	base := 97
	if day.Month() <= time.February {
		base = 84
	}
	if shift == 2 {
		base -= 5
	}
	return base
}

func (s *story) patrol(rng *rand.Rand, day time.Time, segment, shift int) {
	unit := segment % 3
	who := unit*perUnit + rng.IntN(perUnit)
	start := minutesAfter(day, 7*60+shift*8*60+rng.IntN(300))
	end := minutesAfter(start, 40+rng.IntN(120))
	s.observePatrol(who, segment, shift, day, start, end)
	s.noteDelivery(s.unit(who), "patrol", truth.DayOf(end))
	if unit < check3 && rng.IntN(25) == 0 { // the neighbouring unit patrolled as well, later
		other := (1-unit)*perUnit + rng.IntN(perUnit)
		start = minutesAfter(end, 10)
		s.observePatrol(other, segment, shift, day, start, minutesAfter(start, 30))
	}
}

func (s *story) observePatrol(who, segment, shift int, day, start, end time.Time) {
	s.world.Patrols = append(s.world.Patrols, truth.Patrol{
		Unit: s.unit(who), Segment: roads[segment].code, Shift: shift, Day: truth.DayOf(day),
	})
	s.createNow(end, who, "patrol", fields{
		"segment": roads[segment].code, "shift": shiftNames[shift], "shift_day": dayText(truth.DayOf(day)),
		"start_at": clockText(start), "end_at": clockText(end),
	})
}

var levelNames = [...]string{"smooth", "mostly_smooth", "light", "moderate", "severe"}

// traffic: each checkpoint observes a road now and then, more often at rush hour. The device fills in the time.
func (s *story) traffic(rng *rand.Rand) {
	days(func(day time.Time) {
		for who := range check3*perUnit + perUnit {
			if rng.IntN(100) >= s.scaled(75) {
				continue
			}
			at := randomTime(rng, day, 7, 20)
			r := pick(rng, roads...)
			fact := truth.Traffic{
				Unit: s.unit(who), At: at, Metres: r.metres/4 + int64(rng.IntN(int(r.metres)/2)), Minutes: int64(15 * (1 + rng.IntN(4))),
				Level: s.level(rng, at),
			}
			s.world.Traffic = append(s.world.Traffic, fact)
			s.noteDelivery(fact.Unit, "congestion", truth.DayOf(at))
			s.createNow(at, who, "congestion", fields{
				"segment": r.code, "km": metresText(fact.Metres), "minutes": number(fact.Minutes), "level": levelNames[fact.Level],
			})
		}
	})
}

// level improves over the year: the town's signals were retimed in May.
func (s *story) level(rng *rand.Rand, at time.Time) truth.Level {
	k := rng.IntN(100)
	if at.Month() >= time.May {
		k += 3
	}
	switch {
	case k < 3:
		return truth.Severe
	case k < 9:
		return truth.Moderate
	case k < 21:
		return truth.Light
	case k < 55:
		return truth.MostlySmooth
	}
	return truth.Smooth
}
