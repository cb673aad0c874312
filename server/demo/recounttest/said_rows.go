package recounttest

import (
	"math/big"
	"slices"
	"strings"

	"roadbook/server/demo/truth"
)

func cutName(measure string) (base, dimension string, divided bool) { return strings.Cut(measure, ":") }

// projectCodes are the codes of the target document's projects.
var projectCodes = [...]string{"", "451-0401-YZN-Y5U1", "451-0401-YZN-RX4L", "451-0401-YXN-B3W8", "451-0601-YXN-EMSE", "451-0501-YXN-0V4M"}

const beginning truth.Day = 0

// Rows computes every row of the target document for a unit ("": for all) at the end of a day.
func (n *Counted) Rows(unit string, at truth.Day) map[string]Figure {
	s, first := n.of(unit), january(at)
	year := func(measure string) int64 { return s.sum(measure, first, at) }
	meanHours := quotient(year("incident_dispatch_ms"), year("incident_dispatched"), big.NewRat(1, 3_600_000), "no_data")
	before := truth.Day((yearOf(at)-1)*10000 + 1231)
	gone := year("hazard_verified")
	hazards := percent(gone, year("hazard_found")+s.sum("hazard_found", beginning, before)-s.sum("hazard_verified", beginning, before))
	out := map[string]Figure{
		"P1-1": percent(year("hit_and_run_solved"), year("hit_and_run_opened")),
		"P1-2": meanHours, "P2-2": meanHours, "P4-2": meanHours,
		"P1-3": s.tasksDone(1, at), "P2-1": s.tasksDone(2, at),
		"P1-4": hazards, "P2-4": hazards, "P4-4": hazards,
		"P2-3": s.attested("P2-3", at), "P4-3": s.attested("P4-3", at),
		"P3-1": s.relief(at), "P3-2": s.planned(at), "P3-3": s.drop("accident_counted", at), "P3-4": s.used(at),
		"P4-1": s.patrolled(at),
		"P5-1": quotient(year("plate_sets"), 1, big.NewRat(1, 1), ""), "P5-2": s.uninspected(at),
		"P5-3": percent(year("congestion_smooth"), year("congestion_all")).ofFew(year("congestion_all"), leastTraffic),
		"P5-4": s.drop("violations_highway", at), "D-1": s.onSite(at), "D-2": s.drop("accident_deaths", at),
		"P1-5": s.satisfied("handling", 1, at),
	}
	for row, project := range map[string]int{"P2-5": 2, "P3-5": 3, "P4-5": 4} {
		out[row] = s.satisfied("beneficiary", project, at)
	}
	out["P5-5"] = s.satisfied("vehicle", 5, at)
	if unit != "" {
		for _, row := range []string{"P3-2", "P4-1", "D-1"} {
			out[row] = Figure{Reason: "whole_brigade"}
		}
	}
	return out
}

// Companions computes the figures beside the rows.
func (n *Counted) Companions(unit string, at truth.Day) map[string]Figure {
	s, first := n.of(unit), january(at)
	one, hours := big.NewRat(1, 1), big.NewRat(1, 3_600_000)
	year := func(measure string) int64 { return s.sum(measure, first, at) }
	arrival := quotient(year("incident_arrival_ms"), year("incident_arrived"), hours, "no_data")
	clearing := quotient(year("incident_clearing_ms"), year("incident_cleared"), hours, "no_data")
	count := func(measure string) Figure { return quotient(year(measure), 1, one, "") }
	assets := func(project int) Figure {
		p := ":" + projectCodes[project]
		return percent(s.sum("asset_in_service"+p, beginning, at), s.sum("asset_bought"+p, beginning, at))
	}
	points, due := "business_count:service_points", "vehicles_due"
	return map[string]Figure{
		"P1-2.arrival": arrival, "P2-2.arrival": arrival, "P4-2.arrival": arrival,
		"P1-2.clearing": clearing, "P2-2.clearing": clearing, "P4-2.clearing": clearing,
		"P1-3.training": count("business_count:training"), "P1-5.complaints": s.drop("business_count:complaints", at),
		"P2-3.assets": assets(2), "P4-3.assets": assets(4),
		"P3-3.simple_hours": quotient(year("accident_simple_ms"), year("accident_simple_closed"), hours, "no_data"),
		"P5-1.licences":     count("certificates_issued:vehicle_licence"), "P5-1.registrations": count("certificates_issued:registration"),
		"P5-1.satisfaction": s.satisfied("vehicle", 5, at), "P5-2.ledger": quotient(s.latest(due, due, beginning, at), 1, one, ""),
		"P5-5.remote_exams":       count("business_count:remote_exam"),
		"P5-5.remote_inspections": count("business_count:remote_inspection"),
		"P5-5.service_points":     quotient(s.latest(points, points, beginning, at), 1, one, ""),
	}
}

func (s scope) tasksDone(project int, at truth.Day) Figure {
	p := ":" + projectCodes[project]
	return percent(s.sum("tasks_done"+p, january(at), at), s.sum("tasks_due"+p, january(at), at))
}

func (s scope) satisfied(topic string, project int, at truth.Day) Figure {
	name, p := "survey_"+topic, ":"+projectCodes[project]
	valid := s.sum(name+"_valid"+p, january(at), at)
	return percent(s.sum(name+"_satisfied"+p, january(at), at), valid).ofFew(valid, leastAnswers)
}

func (s scope) drop(measure string, at truth.Day) Figure {
	return drop(s.sum(measure, january(lastYear(at)), lastYear(at)), s.sum(measure, january(at), at))
}

func (s scope) attested(row string, at truth.Day) Figure {
	told, value := "attested_rows:"+row, "attested:"+row
	days := s.latest(told, told, january(at), at)
	if days == 0 {
		return quotient(0, 0, hundred, "no_data")
	}
	return quotient(s.latest(value, told, january(at), at), days, big.NewRat(1, 1), "")
}

func (s scope) uninspected(at truth.Day) Figure {
	first := january(at)
	if !s.crowd.has(ThisYears) {
		first = beginning
	}
	return percent(s.latest("compliance_missed", "compliance_told", first, at), s.latest("compliance_due", "compliance_told", first, at))
}

func (s scope) onSite(at truth.Day) Figure {
	officers, machines := s.sum("enforcement_on_site", january(at), at), s.sum("enforcement_off_site", january(at), at)
	f := percent(officers, officers+machines)
	if machines == 0 && officers > 0 {
		f.Value, f.Reason = "", "not_computable"
	}
	return f
}

func (s scope) relief(at truth.Day) Figure {
	then := lastYear(at)
	was, wasAll := s.sum("congestion_congested", january(then), then), s.sum("congestion_all", january(then), then)
	is, all := s.sum("congestion_congested", january(at), at), s.sum("congestion_all", january(at), at)
	f := Figure{Numerator: whole(is), Denominator: whole(all)}
	switch {
	case was <= 0 || wasAll <= 0:
		f.Reason = "not_computable"
	case all <= 0:
		f.Reason = "no_data"
	default:
		kept := new(big.Rat).Mul(big.NewRat(is, all), big.NewRat(wasAll, was))
		f.Value = decimal(kept.Mul(kept.Sub(big.NewRat(1, 1), kept), hundred))
	}
	return f.ofFew(min(all, wasAll), leastTraffic)
}

// fieldsOf lists the fields of the counting records of a kind, for the scope.
func (s scope) fieldsOf(kind string) (out []map[string]string) {
	for _, r := range s.records {
		if r.kind == kind && (s.unit == "" || s.holds(r.fields["unit"], r.day())) {
			out = append(out, r.fields)
		}
	}
	return out
}

// planned: plan items of the ledger in force, and plan items with facilities up to the planned quantity.
func (s scope) planned(at truth.Day) Figure {
	var items, reached int64
	for _, p := range s.fieldsOf("facility_plan") {
		if number(p["from_day"]) > int64(at) {
			continue
		}
		type word struct{ from, accepted int64 }
		last := map[string]word{}
		for _, f := range s.fieldsOf("facility") {
			w := word{number(f["status_from"]), number(f["accepted"])}
			if f["plan_item"] != p["plan_item"] || f["accepted"] == "" || w.from > int64(at) {
				continue
			}
			old, known := last[f["facility"]]
			newer := w.from > old.from || w.from == old.from && w.accepted > old.accepted
			if !s.crowd.has(LatestQuantity) {
				newer = w.accepted > old.accepted
			}
			if !known || newer {
				last[f["facility"]] = w
			}
		}
		var got int64
		for _, w := range last {
			got += w.accepted
		}
		if items++; got >= number(p["planned"]) {
			reached++
		}
	}
	return quotient(reached, items, hundred, "no_ledger")
}

// worst lists the states of a facility: of states begun on the same day the first in the list holds.
var worst = []string{"removed", "broken", "idle", "in_use", "building"}

// used: facility-days in use, and built. Of several states on a day the state begun last is the facility's.
func (s scope) used(at truth.Day) Figure {
	byName := map[string][]map[string]string{}
	for _, r := range s.records {
		if r.kind == "facility" && s.holds(r.fields["unit"], int(number(r.fields["status_from"]))) {
			byName[r.fields["facility"]] = append(byName[r.fields["facility"]], r.fields)
		}
	}
	var inUse, built int64
	for _, all := range byName {
		for day := january(at); day <= at; day = day.Next(1) {
			for _, state := range s.statesOn(all, day) {
				inUse += int64(b2i(state == "in_use"))
				built += int64(b2i(state == "in_use" || state == "idle" || state == "broken"))
			}
		}
	}
	return percent(inUse, built)
}

func (s scope) statesOn(all []map[string]string, day truth.Day) (states []string) {
	var from int64
	for _, f := range all {
		begin, end := number(f["status_from"]), number(f["status_to"])
		switch holds := begin <= int64(day) && (end == 0 || int64(day) < end); {
		case !holds:
		case !s.crowd.has(OneState):
			states = append(states, f["status"])
		case len(states) == 0 || begin > from || begin == from && slices.Index(worst, f["status"]) < slices.Index(worst, states[0]):
			states, from = []string{f["status"]}, begin
		}
	}
	return states
}

// stretch is a row of the ledger of segments: so long from a day until before another.
type stretch struct{ from, until, metres int64 }

// patrolled: metres patrolled, over the metres of all segments, in three shifts a day.
func (s scope) patrolled(at truth.Day) Figure {
	segments := map[string][]stretch{}
	for _, f := range s.fieldsOf("segment") {
		row := stretch{number(f["from_day"]), number(f["to_day"]), thousandths(f["km"])}
		if !s.crowd.has(RowEnds) {
			row.until = 0
		}
		segments[f["segment"]] = append(segments[f["segment"]], row)
	}
	metresOn := func(name string, day truth.Day) (metres int64) {
		var last int64
		for _, row := range segments[name] {
			if row.from <= int64(day) && row.from > last {
				last, metres = row.from, row.metres
				if row.until != 0 && row.until <= int64(day) {
					metres = 0
				}
			}
		}
		return metres
	}
	var passed, all int64
	for key, n := range s.Sums {
		if name, ok := strings.CutPrefix(key.Measure, "patrol_passes:"); ok && between(truth.Day(key.Day), january(at), at) {
			passed += n * metresOn(name, truth.Day(key.Day))
		}
	}
	for day := january(at); day <= at; day = day.Next(1) {
		for name := range segments {
			all += shifts * metresOn(name, day)
		}
	}
	return percent(passed, all)
}
