package browsertest

import (
	"fmt"
	"maps"
	"strings"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// Year holds the ids of notable records in a World's year.
type Year struct {
	Conflict string // a plate with a conflict between two clerks over its sets: 3 stands, 2 lost
	Hostile  string // an incident with HostileRemark as its remark
	Fatal    string // an accident with a casualty
	Late     string // an accident of 2019, held by the baseline of its month
	Void     string // a voided plate
	Skewed   string // a plate with its time filled in by a device whose clock was 1 h 40 min ahead: 15:20 in the line, 13:40 true
}

// HostileRemark is a text that a page must escape.
const HostileRemark = `<script>alert("x")</script><img src=x onerror=alert(1)>' " & </td>`

// quarantinedDevice names the device with a quarantined line.
const quarantinedDevice = "window-2"

// RecordYear fills the World with a year made by hand. On 31 December 2020, for all units:
//
//	P1-2  mean of 10, 20 and 60 min from report to dispatch = 0.5 h; one more undispatched
//	P3-3  10 accidents of the year before, 9 of this: (10 − 9) ÷ 10 = 10 %
//	D-1   7 on site, 3 off site: 70 %
//	D-2   2 deaths of the year before, 1 of this (after 3 days): 50 %
//	P3-4  a camera in use since 2018: 100 %
//	P5-2  the last count is of 2019: no value; the ledger says 310 + 90
//	P5-1  3 + 1 sets = 4 (one voided, one spoiled)
//	P5-4  on roads outside of towns 10 before; 7 on site and 1 off site: (10 − 8) ÷ 10 = 20 %
//	P5-5  9 of 10 valid answers satisfied: 90 %, too few for a verdict
//	budget of project 1: 150 000.00 of 320 000.00 yuan = 46.875 %; all spent by 30 June
//	deliveries: 12 + 12 expected, of incidents and plates by month; 2 + 1 came
func (w *World) RecordYear() Year {
	officer, clerk, second := w.device("patrol-1", "check-1", "officer"), w.device("window-1", "office-1", "clerk"), w.device(quarantinedDevice, "office-1", "clerk")
	w.second = second
	w.device("patrol-2", "check-2", "officer") // never heard of
	y := Year{}
	w.ledgers()
	w.incidents(officer, &y)
	w.accidents(officer, &y)
	w.enforcement(officer)
	w.push(officer, false)
	w.surveys(clerk)
	w.money(clerk)
	w.plates(clerk, second, &y)
	return y
}

// RecordDoubts adds to the year records in doubt, beside those about 2019 that wait for their targets, and returns the plate of which
// HQ has said that both count:
//
//	no_targets  2: the accident of 2019, of check-1, and the count of vehicles of 2019, of office-1
//	duplicate   1, repeated 1: a plate of office-1 typed at two counters on one day
//	near        2: a plate of office-1 on two days, of which HQ has looked at one
func (w *World) RecordDoubts() (near string) {
	w.Plate("2020-12-10 10:00", "冀F8K2M7")
	w.Plate("2020-12-10 15:00", "冀F8K2M7")
	near = w.Plate("2020-11-10 10:00", "冀F3R5T9")
	w.Plate("2020-11-12 10:00", "冀F3R5T9")
	w.LookForDoubts()
	w.Review(near, "near", "两次都属实<b>")
	w.LookForDoubts()
	return near
}

// ledgers records HQ's imported ledgers.
func (w *World) ledgers() {
	hq := fleet.NewDevice(w.rng, "import-1", at("2020-01-01 07:00").UnixMilli())
	hq.SetEnrollment("hq", "hq", w.catalogue)
	ledger := func(kind string, fs fields) {
		for name, text := range map[string]string{"unit": "hq", "occurred_at": "2020-01-02 09:00"} {
			if fs[name] == "" {
				fs[name] = text
			}
		}
		w.record(hq, kind, "2020-01-02 09:00", fleet.Observation{}, fs)
	}
	for code, name := range map[string]string{"check-1": "城关中队", "check-2": "蒲阳中队", "office-1": "车管所"} {
		kind := map[bool]string{true: "vehicle_office", false: "checkpoint"}[code == "office-1"]
		ledger("unit_entry", fields{"code": code, "name": name, "unit_type": kind, "from_day": "2020-01-01"})
	}
	for measure, number := range map[string]string{"accident_counted": "10", "accident_deaths": "2", "violations_highway": "10"} {
		ledger("baseline", fields{"unit": "check-1", "measure": measure, "period_from": "2019-06-01", "period_to": "2019-06-30", "number": number})
	}
	for road, number := range map[string]string{"11": "1", "22": "2"} {
		ledger("offsite", fields{
			"unit": "check-1", "period_from": "2020-03-01", "period_to": "2020-03-31", "road_type": road, "number": number,
			"source_system": "sjpt", "file_digest": strings.Repeat("ab", 32), "occurred_at": "2020-03-31 23:00",
		})
	}
	ledger("facility", fields{"facility": "K-1", "facility_type": "camera", "status": "in_use", "status_from": "2018-06-30"})
	ledger("vehicles_due", fields{"unit": "office-1", "due": "310", "occurred_at": "2020-02-01 09:00"})
	ledger("vehicles_due", fields{"unit": "check-1", "due": "90", "occurred_at": "2018-05-31 09:00"})
	ledger("compliance", fields{"unit": "office-1", "due": "100", "missed": "5", "occurred_at": "2019-12-31 09:00"})
	ledger("budget", fields{"project": "451-0401-YZN-Y5U1", "adjusted_fen": "32000000", "carry_over_fen": "2000000"})
	ledger("expectation", fields{"expected_unit": "check-1", "expected_kind": "incident", "every": "month", "from_day": "2020-01-01"})
	ledger("expectation", fields{"expected_unit": "office-1", "expected_kind": "plate", "every": "month", "from_day": "2020-01-01"})
	w.push(hq, true)
}

func (w *World) incidents(d *fleet.Device, y *Year) {
	for i, dispatched := range []string{"08:10", "08:20", "09:00", ""} {
		day := fmt.Sprintf("2020-02-%02d", 10+i)
		fs := fields{
			"unit": d.Unit, "occurred_at": day + " 08:00", "category": "other", "reported_at": day + " 08:00", "remark": HostileRemark,
		}
		if i == 3 {
			day = "2020-07-05"
			fs["occurred_at"], fs["reported_at"] = day+" 08:00", day+" 08:00"
		}
		if dispatched != "" {
			fs["dispatched_at"] = day + " " + dispatched
		}
		if i == 0 {
			fs["arrived_at"], fs["cleared_at"] = day+" 08:30", day+" 09:30"
		}
		y.Hostile = w.record(d, "incident", day+" 12:00", fleet.Observation{Officer: "01234"}, fs).String()
	}
}

func (w *World) accidents(d *fleet.Device, y *Year) {
	for i := range 9 {
		day := fmt.Sprintf("2020-%02d-15", 1+i)
		fs := fields{"unit": d.Unit, "occurred_at": day + " 17:30", "severity": "property", "procedure": "simple", "dead": "0", "road_type": "11"}
		if i == 4 {
			fs["severity"], fs["procedure"], fs["injured"], fs["vehicles"] = "injury", "general", "1", "冀F8K2M6"
		}
		id := w.record(d, "accident", day+" 18:00", fleet.Observation{Officer: "01234"}, fs).String()
		if y.Late == "" {
			fs["occurred_at"] = "2019-06-12 17:30"
			y.Late = w.record(d, "accident", "2020-01-16 18:00", fleet.Observation{Officer: "01234"}, fs).String()
		}
		if i == 4 {
			y.Fatal = id
			w.record(d, "casualty", "2020-05-18 09:00", fleet.Observation{Record: id}, fields{
				"unit": d.Unit, "occurred_at": "2020-05-18 08:00", "died_at": "2020-05-18 08:00",
			})
		}
	}
}

func (w *World) enforcement(d *fleet.Device) {
	for i := range 7 {
		day := fmt.Sprintf("2020-04-%02d", 1+i)
		w.record(d, "enforcement", day+" 10:30", fleet.Observation{Officer: "01234"}, fields{
			"unit": d.Unit, "occurred_at": day + " 10:00", "violation_code": "1039", "plate_number": "冀F12345", "plate_type": "02",
			"road_type": "12", "action": "fine", "document_number": fmt.Sprintf("1306-%03d", i),
		})
	}
}

func (w *World) surveys(d *fleet.Device) {
	for i := range 11 {
		grade := "satisfied"
		switch i {
		case 9:
			grade = "fair"
		case 10:
			grade = "invalid"
		}
		w.record(d, "survey", "2020-11-02 10:00", fleet.Observation{}, fields{
			"unit": d.Unit, "occurred_at": "2020-11-02 09:00", "survey": "2020-A", "serial": fmt.Sprint(i + 1),
			"project": "451-0501-YXN-0V4M", "topic": "vehicle", "grade": grade,
		})
	}
}

func (w *World) money(d *fleet.Device) {
	for i, fen := range []string{"10000000", "5000000"} {
		w.record(d, "expenditure", "2020-05-20 10:00", fleet.Observation{}, fields{
			"unit": d.Unit, "occurred_at": "2020-05-20 09:00", "project": "451-0401-YZN-Y5U1", "amount_fen": fen, "voucher": fmt.Sprint("v", i),
		})
	}
}

// plates records a plate changed by two clerks at once, a spoiled plate, a voided plate, a plate from a device with
// its clock 1 h 40 min ahead, and an invalid amendment.
func (w *World) plates(d, second *fleet.Device, y *Year) {
	issue := func(d *fleet.Device, number, when string, s fleet.Observation, more fields) wire.ObsID {
		fs := fields{"unit": d.Unit, "occurred_at": when, "plate_type": "02", "plate_number": number, "business": "register", "sets": "1"}
		maps.Copy(fs, more)
		return w.record(d, "plate", when, s, fs)
	}
	first := issue(d, "冀F00001", "2020-12-15 10:00", fleet.Observation{Officer: "李"}, nil)
	y.Conflict = first.String()
	seen := []string{y.Conflict}
	w.record(d, "plate", "2020-12-15 10:05", fleet.Observation{Act: wire.Amend, Record: y.Conflict, Seen: seen, Officer: "李"}, fields{"sets": "2"})
	issue(d, "冀F00002", "2020-12-15 11:00", fleet.Observation{}, fields{"spoiled": "true"})
	void := issue(d, "冀F00003", "2020-12-15 11:10", fleet.Observation{}, nil)
	y.Void = void.String()
	// An older client let a change of nothing and a void without a reason pass.
	w.record(d, "plate", "2020-12-15 11:18", fleet.Observation{Act: wire.Amend, Record: y.Void, Seen: []string{y.Void}}, nil)
	w.record(d, "plate", "2020-12-15 11:19", fleet.Observation{Act: wire.Void, Record: y.Void, Seen: []string{y.Void}, Reason: "　"}, nil)
	w.record(d, "plate", "2020-12-15 11:20", fleet.Observation{Act: wire.Void, Record: y.Void, Seen: []string{y.Void}, Reason: "录入错误"}, nil)
	w.push(d, false)

	second.Skew = 100 * 60 * 1000
	w.record(second, "plate", "2020-12-15 10:06", fleet.Observation{Act: wire.Amend, Record: y.Conflict, Seen: seen, Officer: "王"}, fields{"sets": "3"})
	y.Skewed = issue(second, "冀F00004", "2020-12-15 13:40", fleet.Observation{Auto: []string{"occurred_at"}, Officer: "王"}, fields{"occurred_at": "2020-12-15 15:20"}).String()
	w.record(second, "plate", "2020-12-15 14:00", fleet.Observation{
		Act: wire.Amend, Record: y.Conflict, Seen: seen, Officer: "王",
		Fields: schema.Values{{Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: -1}}},
	}, nil)
	w.push(second, false)
}
