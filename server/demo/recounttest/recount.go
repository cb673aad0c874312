// Package recounttest computes figures from the facts of truth by plain loops: a second implementation, for tests. A
// server's figures must equal the recount. Doubting recounts the doubts of every record, from an export or from a crowd.
//
// The package imports the standard library and truth only: no code for lines, merging, counting or the catalogue, so that
// a fault there can't be repeated here. Rows have the numbers of the county's target document; the rules are in
// schema/DOMAIN.md#indicators.
package recounttest

import (
	"math/big"
	"slices"
	"time"

	"roadbook/server/demo/truth"
)

// Rows computes every row of the catalogue of 2020 at the end of a day.
func Rows(w *truth.World, at truth.Day) map[string]Figure {
	f := map[string]Figure{
		"P1-1": solved(w, at),
		"P1-2": dispatch(w, at), "P2-2": dispatch(w, at), "P4-2": dispatch(w, at),
		"P1-3": tasks(w, 1, at), "P2-1": tasks(w, 2, at),
		"P1-4": hazards(w, at), "P2-4": hazards(w, at), "P4-4": hazards(w, at),
		"P2-3": attested(w, "P2-3", at), "P4-3": attested(w, "P4-3", at),
		"P3-1": relief(w, at), "P3-2": planned(w, at), "P3-3": accidents(w, at), "P3-4": used(w, at),
		"P4-1": patrolled(w, at),
		"P5-1": plates(w, at), "P5-2": uninspected(w, at), "P5-3": smoothShare(w, at), "P5-4": offences(w, at),
		"D-1": onSite(w, at), "D-2": deaths(w, at),
	}
	for row, of := range surveyed {
		f[row] = satisfied(w, of.project, of.topics, at)
	}
	return f
}

// Companions computes the figures beside the rows, by their ids in the catalogue.
func Companions(w *truth.World, at truth.Day) map[string]Figure {
	return map[string]Figure{
		"P1-2.arrival": arrival(w, at), "P2-2.arrival": arrival(w, at), "P4-2.arrival": arrival(w, at),
		"P1-2.clearing": clearing(w, at), "P2-2.clearing": clearing(w, at), "P4-2.clearing": clearing(w, at),
		"P1-3.training": businessCount(w, "training", at), "P1-5.complaints": complaints(w, at),
		"P2-3.assets": assets(w, 2, at), "P4-3.assets": assets(w, 4, at), "P3-3.simple_hours": closing(w, at),
		"P5-1.licences": certificates(w, true, at), "P5-1.registrations": certificates(w, false, at),
		"P5-1.satisfaction": satisfied(w, 5, []string{"vehicle"}, at), "P5-2.ledger": vehiclesDue(w, at),
		"P5-5.remote_exams": businessCount(w, "remote_exam", at), "P5-5.remote_inspections": businessCount(w, "remote_inspection", at),
		"P5-5.service_points": lastCount(w, "service_points", at),
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

// solved: cases opened this year, and the solved ones among them.
func solved(w *truth.World, at truth.Day) Figure {
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

// dispatch, arrival and clearing: the mean times from report to these moments, in hours.
func dispatch(w *truth.World, at truth.Day) Figure {
	return meanWait(w, at, func(i *truth.Incident) time.Time { return i.Dispatched })
}

func arrival(w *truth.World, at truth.Day) Figure {
	return meanWait(w, at, func(i *truth.Incident) time.Time { return i.Arrived })
}

func clearing(w *truth.World, at truth.Day) Figure {
	return meanWait(w, at, func(i *truth.Incident) time.Time { return i.Cleared })
}

func meanWait(w *truth.World, at truth.Day, end func(*truth.Incident) time.Time) Figure {
	var ms, n int64
	for _, i := range w.Incidents {
		if ended := end(&i); thisYear(i.Reported, at) && !ended.IsZero() {
			ms += ended.Sub(i.Reported).Milliseconds()
			n++
		}
	}
	return quotient(ms, n, big.NewRat(1, 3_600_000), "no_data")
}

// tasks: tasks due so far, and the finished ones among them. An early task counts from its due day.
func tasks(w *truth.World, project int, at truth.Day) Figure {
	var done, due int64
	for _, t := range w.Tasks {
		if t.Project != project || !between(t.Due, january(at), at) {
			continue
		}
		due++
		if !t.Done.IsZero() && truth.DayOf(t.Done) <= at {
			done++
		}
	}
	return percent(done, due)
}

// hazards: hazards verified this year, over hazards found this year or left from before.
func hazards(w *truth.World, at truth.Day) Figure {
	var gone, all int64
	for _, h := range w.Hazards {
		open := !h.Verified.IsZero() && truth.DayOf(h.Verified) < january(at)
		if truth.DayOf(h.Found) > at || open {
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
func satisfied(w *truth.World, project int, topics []string, at truth.Day) Figure {
	var yes, valid int64
	for _, a := range w.Answers {
		if a.Project != project || a.Grade == truth.Invalid || !slices.Contains(topics, a.Topic) || !thisYear(a.At, at) {
			continue
		}
		valid++
		if a.Grade <= truth.Satisfied {
			yes++
		}
	}
	return percent(yes, valid).ofFew(valid, leastAnswers)
}

// attested: the latest value stated this year.
func attested(w *truth.World, row string, at truth.Day) Figure {
	var last truth.Attested
	for _, a := range w.Attested {
		if a.Row == row && between(a.Day, january(at), at) && a.Day >= last.Day {
			last = a
		}
	}
	if last.Day == 0 {
		return quotient(0, 0, hundred, "open")
	}
	return quotient(last.Value, 10_000, big.NewRat(1, 1), "")
}

// assets: the share of the project's purchases in service.
func assets(w *truth.World, project int, at truth.Day) Figure {
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
