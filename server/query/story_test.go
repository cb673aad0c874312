package query_test

import (
	"fmt"
	"time"

	"roadbook/server/fleet"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

const (
	project1 = "451-0401-YZN-Y5U1"
	project2 = "451-0401-YZN-RX4L"
	project5 = "451-0501-YXN-0V4M"
	digest   = "00000000000000000000000000000000000000000000000000000000000000ab"
)

// story plays a small year with every kind, in both years of the comparing rows: three units and an importer,
// corrections with and without knowledge of the corrected value, events with records of two devices, voids.
func (w *world) story() {
	check := w.device("checkpoint", "check-1", "officer")
	squad := w.device("squad", "squad-1", "officer")
	office := w.device("counter", "office-1", "clerk")
	hq := w.device("importer", "hq", "hq")
	w.ledgers(hq)
	w.push(hq, true)
	for _, month := range []int{1, 2, 5, 9, 12} {
		on := clock.Date(2020, time.Month(month), 10+month)
		w.now = day(on).Add(30 * time.Hour)
		w.road(check, on, month)
		w.scene(squad, on, month)
		w.counter(office, on, month)
		w.money(hq, on, month)
		for _, d := range []*fleet.Device{squad, check, office} { // late and out of order in some months
			if month != 9 {
				w.push(d, false)
			}
		}
		w.push(hq, true)
	}
	w.now = day(20210105).Add(9 * time.Hour)
	w.say(hq, "count", 20200303, "", map[string]string{ // of a unit without ledger entry and without device
		"unit": "camp-9", "what": "training", "period_from": "2020-03-01", "period_to": "2020-03-02", "number": "1",
		"source_system": "hr", "file_digest": digest,
	})
	w.push(hq, true)
	w.push(office, false)
	w.push(squad, false)
	w.push(check, false)
}

func (w *world) ledgers(hq *fleet.Device) {
	say := func(kind string, on clock.Day, fields map[string]string) { w.say(hq, kind, on, "", fields) }
	for code, name := range [][2]string{{"check-1", "第一检查站"}, {"quiet-1", "静默单位"}} {
		say("unit_entry", 20200101+clock.Day(code), map[string]string{
			"code": name[0], "name": name[1], "unit_type": "checkpoint", "from_day": "2020-01-01",
		})
	}
	say("unit_entry", 20200601, map[string]string{"code": "check-1", "name": "城关检查站", "unit_type": "checkpoint", "from_day": "2020-06-01"})
	say("site_entry", 20200101, map[string]string{"code": "K12", "name": "G336 K12", "of_unit": "check-1", "from_day": "2020-01-01"})
	say("expectation", 20200101, map[string]string{
		"expected_unit": "check-1", "expected_kind": "enforcement", "every": "month", "from_day": "2020-01-01",
	})
	say("expectation", 20200101, map[string]string{
		"expected_unit": "squad-1", "expected_kind": "accident", "every": "week", "from_day": "2020-01-01", "to_day": "2020-03-01",
	})
	say("budget", 20200101, map[string]string{"project": project5, "adjusted_fen": "60000000", "carry_over_fen": "0"})
	say("budget", 20200901, map[string]string{"project": project5, "adjusted_fen": "75000000"})
	say("baseline", 20200101, map[string]string{"measure": "accident_counted", "period_from": "2019-02-01", "period_to": "2019-02-28", "number": "6"})
	say("segment", 20200101, map[string]string{"segment": "G336-12", "km": "12.5", "from_day": "2020-01-01"})
	say("segment", 20200101, map[string]string{"segment": "X210-1", "km": "7.25", "from_day": "2020-01-01", "to_day": "2020-07-01"})
	say("facility_plan", 20200101, map[string]string{"plan_item": "2020-01", "facility_type": "signal", "planned": "2", "from_day": "2020-01-01"})
	say("facility_plan", 20200101, map[string]string{"plan_item": "2020-02", "facility_type": "camera", "planned": "3", "from_day": "2020-01-01"})
	say("vehicles_due", 20200101, map[string]string{"due": "120"})
}

// road writes a checkpoint's observations; the same things happen the year before, but fewer.
func (w *world) road(d *fleet.Device, on clock.Day, month int) {
	for _, on := range []clock.Day{on, on.AddYears(-1)} {
		for i := range 3 + on.Year()%2 {
			w.say(d, "enforcement", on.AddDays(i), "", map[string]string{
				"violation_code": "1344", "plate_number": "冀F8K2M6", "road_type": []string{"12", "22", "10"}[i%3], "action": "fine",
				"document_number": fmt.Sprintf("D%d-%d", on, i),
			})
			w.say(d, "congestion", on.AddDays(i), "", map[string]string{
				"segment": "G336-12", "km": "2.35", "minutes": fmt.Sprint(15 + month + on.Year()%2), "level": []string{"smooth", "light", "severe"}[i%3],
			})
		}
	}
	for _, shift := range []string{"early", "night", "night"} { // the second patrol walks the same road in the same shift
		w.say(d, "patrol", on, "", map[string]string{
			"segment": "G336-12", "shift": shift, "shift_day": on.String(),
			"start_at": day(on).Add(7 * time.Hour).Format(time.RFC3339), "end_at": day(on).Add(9 * time.Hour).Format(time.RFC3339),
		})
	}
	found := w.say(d, "hazard", on, "", map[string]string{"segment": "X210-1", "category": "guardrail", "found_at": day(on).Format(time.RFC3339)})
	if month < 9 {
		w.act(d, wire.Amend, "hazard", found, []wire.ObsID{found}, map[string]string{
			"found_at": day(on).Format(time.RFC3339), "fixed_at": day(on.AddDays(20)).Format(time.RFC3339), "verified_at": day(on.AddDays(40)).Format(time.RFC3339),
		})
	}
	w.say(d, "facility", on, "", map[string]string{
		"facility": fmt.Sprint("S-", month), "facility_type": "signal", "plan_item": "2020-01", "planned": "2", "accepted": fmt.Sprint(month % 3),
		"status": []string{"in_use", "idle"}[month%2], "status_from": on.String(), "status_to": on.AddDays(25).String(),
	})
	w.say(d, "nil", on, "", map[string]string{"kind": "enforcement", "day": on.AddDays(31).String()})
}

// scene writes the accident squad's observations: one accident of each month has two records, not linked by anyone.
func (w *world) scene(d *fleet.Device, on clock.Day, month int) {
	at := day(on).Add(10 * time.Hour)
	w.say(d, "incident", on, "", map[string]string{
		"category": "fire", "reported_at": at.Format(time.RFC3339), "dispatched_at": at.Add(time.Duration(month) * time.Minute).Format(time.RFC3339),
	})
	accident := w.say(d, "accident", on, "", map[string]string{"severity": "fatal", "procedure": "general", "dead": "1", "injured": "2"})
	w.say(d, "casualty", on, accident.String(), map[string]string{"died_at": at.Add(3 * 24 * time.Hour).Format(time.RFC3339)})
	spoiled := w.say(d, "accident", on, "", map[string]string{"severity": "property", "procedure": "simple", "dead": "0"})
	if month == 5 {
		w.act(d, wire.Void, "accident", spoiled, []wire.ObsID{spoiled}, nil)
		w.facts[len(w.facts)-1].void = true
	}
	w.say(d, "hit_and_run", on, "", map[string]string{
		"case_number": fmt.Sprint("C-", month), "opened_at": at.Format(time.RFC3339), "solved_at": at.Add(time.Duration(month*10) * 24 * time.Hour).Format(time.RFC3339),
	})
}

// counter writes a vehicle office's observations. Two corrections of May do not know of each other.
func (w *world) counter(d *fleet.Device, on clock.Day, month int) {
	for i := range month {
		w.say(d, "plate", on, "", map[string]string{
			"plate_type": "02", "plate_number": fmt.Sprintf("冀F%02d%02dB", month, i), "business": []string{"register", "replace"}[i/5%2], "sets": fmt.Sprint(1 + i%2),
		})
	}
	licence := w.say(d, "certificate", on, "", map[string]string{"certificate": "vehicle_licence", "certificate_number": fmt.Sprint("L-", month), "quantity": "2"})
	if month == 5 {
		for _, quantity := range []string{"3", "4"} {
			w.act(d, wire.Amend, "certificate", licence, []wire.ObsID{licence}, map[string]string{"quantity": quantity})
		}
	}
	for _, due := range []string{"100", "120"} { // delivered twice: the later one counts
		w.say(d, "compliance", on, "", map[string]string{"due": due, "missed": fmt.Sprint(month)})
	}
	for i, grade := range []string{"very_satisfied", "satisfied", "dissatisfied", "invalid"} {
		for _, topic := range []string{"accident", "beneficiary", "vehicle"} {
			w.say(d, "survey", on, "", map[string]string{
				"survey": fmt.Sprint(topic, "-", month), "serial": fmt.Sprint(i), "project": map[string]string{"accident": project1, "beneficiary": project2, "vehicle": project5}[topic],
				"topic": topic, "grade": grade,
			})
		}
	}
}

// money writes HQ's observations and imports.
func (w *world) money(d *fleet.Device, on clock.Day, month int) {
	w.say(d, "expenditure", on, "", map[string]string{"project": project5, "amount_fen": fmt.Sprint(month * 1000001), "voucher": fmt.Sprint("V-", month)})
	w.say(d, "expenditure", on, "", map[string]string{"project": project5, "amount_fen": "-5000"})
	done := map[string]string{"project": project1, "task": fmt.Sprint("task ", month), "due_on": on.AddDays(40).String()}
	if month != 2 {
		done["done_at"] = day(on.AddDays(15 * (month%2 + 1))).Format(time.RFC3339)
	}
	w.say(d, "task", on, "", done)
	w.say(d, "asset", on, "", map[string]string{"asset": fmt.Sprint("A-", month), "project": project2, "bought_on": on.String(), "in_service_on": on.AddDays(30).String()})
	w.say(d, "attestation", on, "", map[string]string{"row": "P2-3", "value": fmt.Sprint("9", month%10, ".5"), "evidence": "验收报告"})
	for _, from := range []clock.Day{clock.Date(2020, on.Month(), 1), clock.Date(2019, on.Month(), 1)} {
		w.say(d, "offsite", on, "", map[string]string{
			"period_from": from.String(), "period_to": from.AddDays(27).String(), "road_type": "12",
			"number": fmt.Sprint(40 + month), "source_system": "camera", "file_digest": digest,
		})
	}
	w.say(d, "count", on, "", map[string]string{
		"what": "training", "period_from": on.String(), "period_to": on.AddDays(3).String(), "number": "4", "source_system": "hr", "file_digest": digest,
	})
}
