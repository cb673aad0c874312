package recounttest

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// inOrderOf walks through a map by key, to make the story the seed's alone.
func inOrderOf[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// drafter makes the fields of records. Names come from small pools: two people often name the same thing.
type drafter struct{ *rand.Rand }

func (d drafter) one(texts ...string) string { return texts[d.IntN(len(texts))] }

func (d drafter) among(words string) string { return d.one(strings.Fields(words)...) }

func (d drafter) chance(percent int) bool { return d.IntN(100) < percent }

func (d drafter) int(from, to int) string { return strconv.Itoa(from + d.IntN(to-from+1)) }

func (d drafter) pooled(format string, size int) string { return fmt.Sprintf(format, d.IntN(size)) }

// edges are the turns of days, months and years.
var edges = []string{
	"2019-12-31T23:59:59.999+08:00", "2020-01-01T00:00:00+08:00", "2020-01-01T00:30:00+08:00", "2020-12-31T23:59:59+08:00",
	"2021-01-01T00:00:00.001+08:00", "2020-02-29T12:00:00+08:00", "2020-02-28T23:59:59+08:00", "2020-06-30T23:59:59.999+08:00",
	"2020-07-01T00:00:00+08:00", "2019-06-15T08:00:00+08:00", "2019-01-01T00:00:00+08:00", "2021-02-28T23:00:00+08:00",
}

func edgeAt(i int) int64 { return momentOf(edges[i]) }

func momentOf(text string) int64 {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at.UnixMilli()
}

// moment is a moment of 2019 to 2021, Unix ms.
func (d drafter) moment() int64 {
	if d.chance(25) {
		return edgeAt(d.IntN(len(edges)))
	}
	begin := time.Date(2019, 1, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	days := []int{d.IntN(365), 365 + d.IntN(366), 365 + d.IntN(366), 365 + d.IntN(366), 731 + d.IntN(90)}[d.IntN(5)]
	return begin.AddDate(0, 0, days).UnixMilli() + d.Int64N(24*3600_000)
}

func (d drafter) day() string { return strconv.Itoa(dayOfMs(d.moment())) }

// later is a moment some hours, at times weeks, behind another; rarely the same moment.
func (d drafter) later(ms int64) int64 {
	switch d.IntN(10) {
	case 0:
		return ms
	case 1, 2:
		return ms + d.Int64N(60*24*3600_000)
	case 3:
		return ms + sevenDays
	case 4:
		return ms + sevenDays + 1
	}
	return ms + d.Int64N(9*24*3600_000)
}

func msText(ms int64) string { return strconv.FormatInt(ms, 10) }

func dayAfter(day string, days int) string {
	n := int(number(day))
	t := time.Date(n/10000, time.Month(n/100%100), n%100, 12, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	return strconv.Itoa(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

// maybe gives a field to a draft.
func (d drafter) maybe(f map[string]string, percent int, name, value string) {
	if d.chance(percent) {
		f[name] = value
	}
}

const (
	officerKinds = "incident accident accident accident accident accident hit_and_run hit_and_run hit_and_run hit_and_run enforcement patrol congestion hazard hazard hazard hazard hazard facility facility facility facility task survey nil"
	clerkKinds   = "plate plate plate certificate compliance survey asset expenditure task nil"
	hqKinds      = "task attestation accident plate asset expenditure facility compliance survey"
	importKinds  = "offsite count count baseline baseline baseline baseline baseline baseline segment segment facility_plan vehicles_due budget expectation unit_entry site_entry accident enforcement"
)

// draft is a new record of a kind.
func (d drafter) draft(kind, unit string) map[string]string {
	at := d.moment()
	f := map[string]string{"unit": unit, "occurred_at": msText(at)}
	own := d.later(at)
	if d.chance(40) {
		own = at
	}
	switch kind {
	case "nil":
		f["kind"], f["day"] = d.among("accident plate incident"), d.day()
	case "incident":
		f["category"] = d.one("other", "塌方")
		f["reported_at"] = msText(own)
		for _, name := range []string{"dispatched_at", "arrived_at", "cleared_at"} {
			own += d.Int64N(3 * 3600_000)
			d.maybe(f, 75, name, msText(own))
		}
	case "accident":
		d.accident(f, at)
	case "hit_and_run":
		f["case_number"], f["opened_at"] = d.pooled("逃-20-%03d", 25), msText(own)
		d.maybe(f, 45, "solved_at", msText(d.later(own)+int64(d.IntN(3)/2)*200*24*hour))
	case "enforcement":
		f["violation_code"], f["plate_number"], f["plate_type"] = d.among("1344 1344 1344 1999"), d.plateNumber(), "02"
		if d.chance(25) {
			delete(f, "plate_type")
			f["plate_number"] = d.among("冀F1234O 冀F12345 冀F1234567 - F12345")
		}
		f["road_type"], f["action"] = d.among("10 11 12 13 14 19 21 22 29"), d.among("warning fine")
		d.maybe(f, 80, "document_number", d.pooled("1306-%02d-A", 20))
	case "patrol":
		f["segment"], f["shift"], f["shift_day"] = d.pooled("S-%d", 4), d.among("early middle night"), d.among("20200105 20200106 20200107 20201231 20210101 20200630")
		f["start_at"], f["end_at"] = msText(own), msText(own+1+d.Int64N(8*3600_000))
	case "congestion":
		f["segment"], f["km"], f["minutes"] = d.pooled("S-%d", 4), d.among("0.5 1 2.125 12 30"), d.int(1, 120)
		f["level"] = d.among("smooth mostly_smooth light moderate severe")
	case "hazard":
		f["category"], f["found_at"] = "other", msText(own)
		if d.chance(50) {
			fixed := d.later(own)
			f["fixed_at"] = msText(fixed)
			d.maybe(f, 60, "verified_at", msText(d.later(fixed)))
		}
	case "plate":
		f["plate_type"], f["plate_number"], f["business"] = "02", d.plateNumber(), d.among("register register register replace")
		f["occurred_at"] = msText(d.closeDay(f["plate_number"]))
		d.maybe(f, 70, "sets", d.int(0, 3))
		d.maybe(f, 20, "spoiled", d.among("true false"))
	case "certificate":
		f["certificate"] = d.among("vehicle_licence registration")
		d.maybe(f, 80, "certificate_number", d.pooled("C%03d-B", 15))
		d.maybe(f, 60, "quantity", d.int(0, 4))
		d.maybe(f, 20, "spoiled", d.among("true false"))
	case "compliance":
		f["due"] = d.int(1, 300)
		f["missed"] = d.int(0, int(number(f["due"])))
	case "survey":
		f["survey"], f["serial"] = d.among("Q1 Q-2"), d.pooled("%03d", 60)
		f["project"], f["topic"] = projectCodes[1+d.IntN(5)], d.among("accident petition beneficiary vehicle")
		f["grade"] = d.among("very_satisfied satisfied satisfied fair dissatisfied invalid")
	default:
		d.office(kind, f)
	}
	return f
}

func (d drafter) plateNumber() string {
	if d.chance(6) {
		return "-"
	}
	return d.pooled("冀F8K2%dA", 10)
}

// closeDay is a moment on any of a few neighbouring days of a plate.
func (d drafter) closeDay(plate string) int64 {
	begin := time.Date(2020, 3, 1, 23, 0, 0, 0, time.FixedZone("", 8*3600))
	number := len(plate)
	if plate != "-" {
		number = int(plate[len(plate)-2]) % 10
	}
	return begin.AddDate(0, number*29, d.IntN(3)).UnixMilli() + d.Int64N(2*3600_000)
}

func (d drafter) accident(f map[string]string, at int64) {
	f["procedure"], f["severity"], f["dead"] = d.among("self simple general"), d.among("property injury"), "0"
	if d.chance(35) {
		f["procedure"], f["severity"], f["dead"] = "general", "fatal", d.int(1, 3)
	}
	if d.chance(60) { // an accident recorded by several people
		n := d.IntN(15)
		at = edgeAt(n%len(edges)) + d.Int64N(24*hour)
		f["platform_number"], f["occurred_at"] = fmt.Sprintf("1306ZF20%02d", n), msText(at)
	}
	d.maybe(f, 40, "case_number", d.pooled("122-%d", 6))
	d.maybe(f, 40, "closed_at", msText(d.later(at)-d.Int64N(2)*3600_000))
}

// office drafts the kinds of HQ, of offices and of ledgers.
func (d drafter) office(kind string, f map[string]string) {
	day := d.day()
	switch kind {
	case "facility":
		f["facility"], f["facility_type"] = d.pooled("F-%d", 6), d.among("camera signal")
		f["status"], f["status_from"] = d.among("building in_use in_use idle broken removed"), d.among("20180601 20191231 20200101 20200102 20200301 20200302 20200930 20210101")
		d.maybe(f, 25, "status_to", dayAfter(f["status_from"], 1+d.IntN(200)))
		d.maybe(f, 60, "plan_item", d.pooled("PLAN-%d", 3))
		d.maybe(f, 70, "accepted", d.among("0 5 10 20"))
		d.maybe(f, 50, "planned", "0")
	case "task":
		f["project"], f["task"], f["due_on"] = projectCodes[1+d.IntN(2)], d.pooled("春运 保障-%d", 12), day
		d.maybe(f, 60, "done_at", msText(d.moment()))
	case "asset":
		f["asset"], f["project"], f["bought_on"] = d.pooled("A-%d", 15), projectCodes[2+2*d.IntN(2)], day
		d.maybe(f, 60, "in_service_on", dayAfter(day, d.IntN(300)))
	case "expenditure":
		f["project"], f["amount_fen"] = projectCodes[1+d.IntN(5)], strconv.Itoa(d.IntN(9_000_000)-1_000_000)
		d.maybe(f, 70, "voucher", d.pooled("凭-%d", 15))
	case "attestation":
		f["row"], f["value"], f["evidence"] = d.among("P2-3 P4-3"), d.among("91.5 0 100 88.1234"), "见附件"
	case "offsite", "count", "baseline":
		d.imported(kind, f, day)
	case "segment":
		f["segment"], f["km"], f["from_day"] = d.pooled("S-%d", 4), d.among("1.5 2 10.125"), d.among("20180101 20200101 20200105 20200601 20201001 20210101")
		d.maybe(f, 35, "to_day", dayAfter(f["from_day"], 1+d.IntN(150)))
		d.maybe(f, 50, "name", "朝阳路")
	case "facility_plan":
		f["plan_item"], f["facility_type"], f["planned"] = d.pooled("PLAN-%d", 3), d.among("camera signal"), d.among("10 20 30")
		f["from_day"] = d.among("20180101 20200101 20200601")
	case "vehicles_due":
		f["due"] = d.int(0, 500)
	case "budget":
		f["project"], f["adjusted_fen"] = projectCodes[1+d.IntN(5)], d.int(1, 900_000_00)
		d.maybe(f, 50, "carry_over_fen", d.int(0, 1000))
	case "expectation":
		f["expected_unit"], f["expected_kind"], f["every"] = d.among(fieldUnits), d.among("accident plate incident"), d.among("day week month")
		f["from_day"] = d.among("20190601 20200101 20200301 20201015")
		d.maybe(f, 30, "to_day", dayAfter(f["from_day"], 1+d.IntN(120)))
	case "unit_entry":
		f["code"], f["name"], f["unit_type"] = d.among(fieldUnits+" branch"), "某单位", "checkpoint"
		f["from_day"] = d.among("20180101 20190615 20200101 20200701")
		d.maybe(f, 75, "parent", d.among("hq branch"))
	case "site_entry":
		f["code"], f["name"], f["from_day"] = d.pooled("K-%d", 3), "路口", day
	}
}

func (d drafter) imported(kind string, f map[string]string, day string) {
	month := d.among("201905 201906 201906 201906 201907 202006 202006")
	from, to := month+"01", dayAfter(dayAfter(month+"28", 4)[:6]+"01", -1)
	if d.chance(40) { // part of the month, overlapping others
		from, to = month+d.among("01 05 11"), month+d.among("11 15 20")
	}
	f["period_from"], f["period_to"], f["number"] = from, to, d.among("0 3 17 40")
	switch kind {
	case "baseline":
		f["measure"] = d.among("accident_counted accident_counted accident_counted accident_counted accident_counted accident_counted accident_deaths accident_deaths violations_highway plate_sets business_count:complaints congestion_all congestion_congested reported:accident no_such accident_counted:x reported")
		return
	case "offsite":
		f["road_type"] = d.among("10 13 19 21 29")
	case "count":
		f["what"] = d.among("complaints training remote_exam remote_inspection service_points")
	}
	f["source_system"], f["file_digest"] = d.one("sys-1", "sys-2"), strings.Repeat("0f", 32)
	if d.chance(30) {
		f["period_from"], f["period_to"] = day, dayAfter(day, d.IntN(40))
	}
}

const fieldUnits = "squad-1 squad-2 check-1 office-1 office-2"
