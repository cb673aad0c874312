package truth

import (
	"math/big"
	"slices"
	"time"
)

// Recount computes every row of the catalogue of 2020 at the end of a day.
func (w *World) Recount(at Day) map[string]Figure {
	f := map[string]Figure{
		"P1-1": w.solved(at),
		"P1-2": w.dispatch(at), "P2-2": w.dispatch(at), "P4-2": w.dispatch(at),
		"P1-3": w.tasks(1, at), "P2-1": w.tasks(2, at),
		"P1-4": w.hazards(at), "P2-4": w.hazards(at), "P4-4": w.hazards(at),
		"P2-3": w.attested("P2-3", at), "P4-3": w.attested("P4-3", at),
		"P3-1": w.relief(at), "P3-2": w.planned(at), "P3-3": w.accidents(at), "P3-4": w.used(at),
		"P4-1": w.patrolled(at),
		"P5-1": w.plates(at), "P5-2": w.uninspected(at), "P5-3": w.smoothShare(at), "P5-4": w.offences(at),
		"D-1": w.onSite(at), "D-2": w.deaths(at),
	}
	for row, of := range surveyed {
		f[row] = w.satisfied(of.project, of.topics, at)
	}
	return f
}

// Companions computes the figures beside the rows, by their ids in the catalogue.
func (w *World) Companions(at Day) map[string]Figure {
	return map[string]Figure{
		"P1-3.training": w.businessCount("training", at), "P1-5.complaints": w.complaints(at),
		"P2-3.assets": w.assets(2, at), "P4-3.assets": w.assets(4, at), "P3-3.simple_hours": w.closing(at),
		"P5-1.licences": w.certificates(true, at), "P5-1.registrations": w.certificates(false, at),
		"P5-1.satisfaction": w.satisfied(5, []string{"vehicle"}, at), "P5-2.ledger": w.vehiclesDue(at),
		"P5-5.remote_exams": w.businessCount("remote_exam", at), "P5-5.remote_inspections": w.businessCount("remote_inspection", at),
		"P5-5.service_points": w.lastCount("service_points", at),
	}
}

// surveyed lists the survey topics of each row.
var surveyed = map[string]struct {
	project int
	topics  []string
}{
	"P1-5": {1, []string{"accident", "petition"}},
	"P2-5": {2, []string{"beneficiary"}},
	"P3-5": {3, []string{"beneficiary"}},
	"P4-5": {4, []string{"beneficiary"}},
	"P5-5": {5, []string{"vehicle"}},
}

// thisYear reports whether a moment lies between 1 January of at's year and the end of at.
func thisYear(t time.Time, at Day) bool { return !t.IsZero() && DayOf(t).between(at.january(), at) }

// solved: cases opened this year, and the solved ones among them.
func (w *World) solved(at Day) Figure {
	var solved, opened int64
	for _, c := range w.Cases {
		if !thisYear(c.Opened, at) {
			continue
		}
		opened++
		if thisYear(c.Solved, at) {
			solved++
		}
	}
	return percent(solved, opened)
}

// dispatch: the mean time from report to dispatch, in hours.
func (w *World) dispatch(at Day) Figure {
	var ms, n int64
	for _, i := range w.Incidents {
		if thisYear(i.Reported, at) && !i.Dispatched.IsZero() {
			ms += i.Dispatched.Sub(i.Reported).Milliseconds()
			n++
		}
	}
	return quotient(ms, n, big.NewRat(1, 3_600_000), "no_data")
}

// tasks: tasks due so far, and the finished ones among them. An early task counts from its due day.
func (w *World) tasks(project int, at Day) Figure {
	var done, due int64
	for _, t := range w.Tasks {
		if t.Project != project || !t.Due.between(at.january(), at) {
			continue
		}
		due++
		if !t.Done.IsZero() && DayOf(t.Done) <= at {
			done++
		}
	}
	return percent(done, due)
}

// hazards: hazards verified this year, over hazards found this year or left from before.
func (w *World) hazards(at Day) Figure {
	var gone, all int64
	for _, h := range w.Hazards {
		open := !h.Verified.IsZero() && DayOf(h.Verified) < at.january()
		if DayOf(h.Found) > at || open {
			continue
		}
		all++
		if thisYear(h.Verified, at) {
			gone++
		}
	}
	return percent(gone, all)
}

// satisfied: the satisfied and very satisfied share of the valid answers.
func (w *World) satisfied(project int, topics []string, at Day) Figure {
	var yes, valid int64
	for _, a := range w.Answers {
		if a.Project != project || a.Grade == Invalid || !slices.Contains(topics, a.Topic) || !thisYear(a.At, at) {
			continue
		}
		valid++
		if a.Grade <= Satisfied {
			yes++
		}
	}
	return percent(yes, valid)
}

// attested: the latest stated value.
func (w *World) attested(row string, at Day) Figure {
	var last Attested
	for _, a := range w.Attested {
		if a.Row == row && a.Day <= at && a.Day >= last.Day {
			last = a
		}
	}
	if last.Day == 0 {
		return quotient(0, 0, hundred, "open")
	}
	return quotient(last.Value, 10_000, big.NewRat(1, 1), "")
}

// assets: the share of the project's purchases in service.
func (w *World) assets(project int, at Day) Figure {
	var used, bought int64
	for _, a := range w.Assets {
		if a.Project != project || a.Bought > at {
			continue
		}
		bought++
		if a.InService != 0 && a.InService <= at {
			used++
		}
	}
	return percent(used, bought)
}
