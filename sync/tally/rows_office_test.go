package tally

import (
	"testing"

	"roadbook/sync/clock"
)

// P1-3, P2-1: tasks of the project done / due by the day, ≥ 90 %.
func TestTasks(t *testing.T) {
	for row, p := range map[string]string{"P1-3": "project=451-0401-YZN-Y5U1 ", "P2-1": "project=451-0401-YZN-RX4L "} {
		plan := `
			10* task hq 2020-01-05_08:00 ` + p + `task=t# due_on=2020-06-30
			task hq 2020-01-05_08:00 ` + p + `task=late due_on=2020-12-31
			task hq 2020-01-05_08:00 project=other task=x due_on=2020-06-30 done_at=2020-06-30_08:00
		`
		runExamples(t, []example{
			// To 30 June: 10 due; 9 done by then (before it was due, on the day at 23:59), the tenth on 1 July 00:00: 9 / 10 = 90 %.
			{row, "nine of ten", 20200630, plan + `
				8* task hq 2020-03-01_08:00 ` + p + `task=t# due_on=2020-06-30 done_at=2020-03-01_08:00
				task hq 2020-06-30_08:00 ` + p + `task=t9 due_on=2020-06-30 done_at=2020-06-30_23:59
				task hq 2020-07-01_08:00 ` + p + `task=t10 due_on=2020-06-30 done_at=2020-07-01_00:00
			`, want{"90", "", Pass, 9, 10, nil}},
			// To the end of the year all 10 are done and the eleventh is due: a task done early counts on its due day.
			{row, "done early and late", year20, plan + `
				10* task hq 2020-07-01_08:00 ` + p + `task=t# due_on=2020-06-30 done_at=2020-07-01_00:30
				task hq 2020-01-05_08:00 ` + p + `task=late due_on=2020-12-31 done_at=2020-01-05_08:00
			`, want{"100", "", Pass, 11, 11, nil}},
			// The day before: the eleventh is neither due nor counted as done. 10 / 10.
			{row, "the day before", 20201230, plan + `
				10* task hq 2020-07-01_08:00 ` + p + `task=t# due_on=2020-06-30 done_at=2020-07-01_00:30
				task hq 2020-01-05_08:00 ` + p + `task=late due_on=2020-12-31 done_at=2020-01-05_08:00
			`, want{"100", "", Pass, 10, 10, nil}},
			// Done on 1 January 2021 00:30: the year is over. 0 / 11.
			{row, "done too late", year20, plan + `
				task hq 2021-01-01_08:00 ` + p + `task=late due_on=2020-12-31 done_at=2021-01-01_00:30
			`, want{"0", "", Fail, 0, 11, nil}},
			// The plan is imported again with another day: the later import counts. Nothing is due to 31 March.
			{row, "put off", 20200331, `
				task hq 2020-01-05_08:00 ` + p + `task=a due_on=2020-03-31
				task hq 2020-01-06_08:00 ` + p + `task=a due_on=2020-09-30
			`, want{"", NoData, None, 0, 0, nil}},
			{row, "of another project", 20200630, `task hq 2020-01-05_08:00 project=other task=x due_on=2020-06-30`, want{"", NoData, None, 0, 0, nil}},
		})
	}
}

// P1-5, P2-5, P3-5, P4-5, P5-5 and P5-1.satisfaction: (very satisfied + satisfied) / valid answers of the project
// and topic; ≥ 90 % or ≥ 95 %.
func TestSatisfaction(t *testing.T) {
	const answers = `
		34* survey hq 2020-12-31_23:59 survey=s serial=a# grade=very_satisfied topic=TOPIC project=PROJECT
		4* survey hq 2020-01-01_00:30 survey=s serial=b# grade=satisfied topic=TOPIC project=PROJECT
		2* survey hq 2020-05-01_08:00 survey=s serial=c# grade=fair topic=TOPIC project=PROJECT
		5* survey hq 2020-05-01_08:00 survey=s serial=d# grade=invalid topic=TOPIC project=PROJECT
		9* survey hq 2020-05-01_08:00 survey=s serial=e# grade=dissatisfied topic=OTHER project=PROJECT
		9* survey hq 2020-05-01_08:00 survey=s serial=f# grade=dissatisfied topic=TOPIC project=another
		survey hq 2021-01-01_00:30 survey=s serial=g grade=dissatisfied topic=TOPIC project=PROJECT
		survey hq 2020-05-01_08:00 survey=s serial=a1 grade=dissatisfied topic=TOPIC project=PROJECT
	`
	// 34 + 4 = 38 of 40 valid answers: 95 % passes ≥ 90 and ≥ 95. Serial a1, recorded twice, counts once, the first.
	pass := want{"95", "", Pass, 38, 40, nil}
	noVerdict := pass
	noVerdict.literal = None
	for _, x := range []struct {
		row, project, topic, other string
		want                       want
	}{
		{"P1-5", "451-0401-YZN-Y5U1", "accident", "beneficiary", pass},
		{"P1-5", "451-0401-YZN-Y5U1", "petition", "vehicle", pass},
		{"P2-5", "451-0401-YZN-RX4L", "beneficiary", "accident", pass},
		{"P3-5", "451-0401-YXN-B3W8", "beneficiary", "vehicle", pass},
		{"P4-5", "451-0601-YXN-EMSE", "beneficiary", "petition", pass},
		{"P5-5", "451-0501-YXN-0V4M", "vehicle", "beneficiary", pass},
		{"P5-1.satisfaction", "451-0501-YXN-0V4M", "vehicle", "accident", noVerdict},
	} {
		script := replace(answers, "TOPIC", x.topic, "OTHER", x.other, "PROJECT", x.project)
		runExamples(t, []example{
			{x.row, x.topic, year20, script, x.want},
			{x.row, x.topic + ", a year before", 20191231, script, want{"", NoData, None, 0, 0, nil}},
		})
	}
}

// Below 30 valid answers the share is shown and not judged.
func TestSatisfactionOfFew(t *testing.T) {
	answers := func(satisfied, fair string) string {
		return replace(`
			S* survey hq 2020-05-01_08:00 survey=s serial=a# grade=very_satisfied topic=beneficiary project=PROJECT
			F* survey hq 2020-05-01_08:00 survey=s serial=b# grade=fair topic=beneficiary project=PROJECT
			9* survey hq 2020-05-01_08:00 survey=s serial=c# grade=invalid topic=beneficiary project=PROJECT`,
			"PROJECT", "451-0601-YXN-EMSE", "S*", satisfied+"*", "F*", fair+"*")
	}
	runExamples(t, []example{
		// 36 of 38 = 94.7368… %: below 95, though not below 90.
		{"P4-5", "fewer satisfied", year20, answers("36", "2"), want{"94.7368", "", Fail, 36, 38, nil}},
		{"P4-5", "thirty", year20, answers("30", "0"), want{"100", "", Pass, 30, 30, nil}},
		{"P4-5", "thirty, one not satisfied", year20, answers("28", "2"), want{"93.3333", "", Fail, 28, 30, nil}},
		{"P4-5", "twenty-nine", year20, answers("29", "0"), want{"100", TooFew, None, 29, 29, nil}},
		{"P4-5", "two", year20, answers("2", "0"), want{"100", TooFew, None, 2, 2, nil}},
		{"P4-5", "two, not satisfied", year20, answers("0", "2"), want{"0", TooFew, None, 0, 2, nil}},
		{"P4-5", "invalid ones", year20, answers("0", "0"), want{"", NoData, None, 0, 0, nil}},
	})
}

// P2-3, P4-3: the last attested value of the year, ≥ 90 %; beside it assets in service / assets bought.
func TestAttested(t *testing.T) {
	for row, p := range map[string]string{"P2-3": "project=451-0401-YZN-RX4L", "P4-3": "project=451-0601-YXN-EMSE"} {
		runExamples(t, []example{
			// Attested 80, later 92.5 = 925 000 / 10 000; the attestation of the next day is not yet known.
			{row, "the latest word", 20200630, `
				attestation hq 2020-03-31_08:00 row=` + row + ` value=80 evidence=a
				attestation hq 2020-06-30_23:59 row=` + row + ` value=92.5 evidence=b
				attestation hq 2020-07-01_00:30 row=` + row + ` value=10 evidence=c
				attestation hq 2020-06-30_23:59 row=P9-9 value=10 evidence=c
			`, want{"92.5", "", Pass, 925_000, 10_000, nil}},
			// Twice on one day: the later one counts. 0 is a value.
			{row, "corrected on the day", year20, `
				attestation hq 2020-06-30_08:00 row=` + row + ` value=92.5 evidence=a
				attestation hq 2020-06-30_08:00 row=` + row + ` value=0 evidence=b
			`, want{"0", "", Fail, 0, 10_000, nil}},
			{row, "only last year's", year20, `attestation hq 2019-12-31_23:59 row=` + row + ` value=95 evidence=a`, want{"", NoData, None, 0, 0, nil}},
			// 4 bought by 30 June (1 in 2019), 3 of the 4 in service by then: 75 %.
			{row + ".assets", "in service", 20200630, `
				asset hq 2019-05-01_08:00 asset=a ` + p + ` bought_on=2019-05-01 in_service_on=2020-06-30
				2* asset hq 2020-01-01_08:00 asset=b# ` + p + ` bought_on=2020-01-01 in_service_on=2020-02-01
				asset hq 2020-06-30_08:00 asset=c ` + p + ` bought_on=2020-06-30 in_service_on=2020-07-01
				asset hq 2020-07-01_08:00 asset=d ` + p + ` bought_on=2020-07-01
				asset hq 2020-01-01_08:00 asset=e project=other bought_on=2020-01-01
			`, want{"75", "", None, 3, 4, nil}},
			{row + ".assets", "none bought", year20, ``, want{"", NoData, None, 0, 0, nil}},
		})
	}
}

// P5-1's companions: certificates issued, spoiled ones left out; no verdict.
func TestCertificates(t *testing.T) {
	const issued = `
		certificate office-1 2020-12-31_23:59 certificate=vehicle_licence certificate_number=a quantity=2999
		certificate office-1 2020-01-01_00:30 certificate=vehicle_licence certificate_number=b
		certificate office-2 2020-01-01_00:30 certificate=vehicle_licence certificate_number=b
		certificate office-1 2020-05-01_08:00 certificate=vehicle_licence certificate_number=c spoiled=true
		certificate office-1 2021-01-01_00:30 certificate=vehicle_licence certificate_number=d
		7* certificate office-1 2020-05-01_08:00 certificate=registration certificate_number=r#
		certificate office-1 2020-05-01_08:00 certificate=registration quantity=3
	`
	runExamples(t, []example{
		{"P5-1.licences", "2999 + 1", year20, issued, want{"3000", "", None, 3000, 1, nil}},
		{"P5-1.registrations", "7 + 3", year20, issued, want{"10", "", None, 10, 1, nil}},
		{"P5-1.registrations", "none is 0", 20191231, issued, want{"0", "", None, 0, 1, nil}},
	})
}

// P5-2: missed / due of each unit's latest count of the year, ≤ 20 %; beside it the vehicles due by the ledger.
func TestOmission(t *testing.T) {
	const counts = `
		compliance office-1 2020-01-31_08:00 due=100 missed=50
		compliance office-1 2020-02-28_08:00 due=100 missed=40
		compliance office-1 2020-02-29_08:00 due=300 missed=50
		compliance office-2 2020-01-15_08:00 due=100 missed=30
		compliance office-2 2020-03-01_00:30 due=100 missed=0
		vehicles_due office-1 2020-01-01_08:00 due=90
		vehicles_due office-1 2020-02-01_08:00 due=310
		vehicles_due office-2 2020-01-01_08:00 due=100
	`
	const old = `compliance office-3 2019-12-31_23:59 due=600 missed=384
	`
	runExamples(t, []example{
		// To 29 Feb: office-1's last count of February is 50 of 300, office-2's of January 30 of 100: 80 / 400 = 20 %.
		{"P5-2", "exactly twenty", 20200229, counts, want{"20", "", Pass, 80, 400, nil}},
		// To 31 Jan: 50 of 100 and 30 of 100: 80 / 200 = 40 %.
		{"P5-2", "the month before", 20200131, counts, want{"40", "", Fail, 80, 200, nil}},
		// From 1 March on office-2 has missed 0: 50 / 400 = 12.5 %. The value stays until the year's end.
		{"P5-2", "none missed", year20, counts, want{"12.5", "", Pass, 50, 400, nil}},
		{"P5-2", "New Year's Eve's is not New Year's", 20210101, counts, want{"", NoData, None, 0, 0, nil}},
		{"P5-2", "nobody has counted for years", 20261231, counts, want{"", NoData, None, 0, 0, nil}},
		// office-3 counted 384 of 600 in 2019 and never again. With that count 434 / 1000 = 43.4 % would fail: 50 / 400.
		{"P5-2", "a count of the year before", year20, counts + old, want{"12.5", "", Pass, 50, 400, nil}},
		{"P5-2", "the same table seen from that year", 20191231, counts + old, want{"64", "", Fail, 384, 600, nil}},
		{"P5-2", "before the year's first count", 20200114, counts + old, want{"", NoData, None, 0, 0, nil}},
		// In 2021 office-2 alone has counted by 31 January, 5 of 50: office-1's of 2020 is not taken for it. 10 %.
		{"P5-2", "one office has begun", 20210131, counts + `compliance office-2 2021-01-01_00:00 due=50 missed=5`, want{"10", "", Pass, 5, 50, nil}},
		// December's count, typed on 2 January with its own day, is December's: 30 of 300 replaces February's, 30 / 400.
		{"P5-2", "December's, typed in January", year20, counts + `compliance office-1 2020-12-31_23:59 due=300 missed=30`, want{"7.5", "", Pass, 30, 400, nil}},
		// A count of 0 due is a count as well: office-1's 300 are no longer due. 0 / 100.
		{"P5-2", "nothing due any more", year20, counts + `compliance office-1 2020-04-30_08:00 due=0 missed=0`, want{"0", "", Pass, 0, 100, nil}},
		{"P5-2", "no counts", 20191231, counts, want{"", NoData, None, 0, 0, nil}},
		// The latest ledger entry of each unit: 310 + 100.
		{"P5-2.ledger", "due by the ledger", year20, counts, want{"410", "", None, 410, 1, nil}},
		{"P5-2.ledger", "a ledger holds over New Year", 20260630, counts, want{"410", "", None, 410, 1, nil}},
	})
}

// Business counts (K19), and the mean time to close an accident by the simple procedure (K2).
func TestBesideTheRows(t *testing.T) {
	const digest = " source_system=s file_digest=0000000000000000000000000000000000000000000000000000000000000000\n"
	counts := ""
	for _, x := range []string{"complaints 2019-01-31 20", "complaints 2019-12-31 5", "complaints 2020-01-31 15", "complaints 2020-12-31 5",
		"training 2020-06-30 12", "training 2020-07-31 3", "remote_exam 2020-06-30 70", "remote_inspection 2020-06-30 8",
		"service_points 2020-03-31 4", "service_points 2020-06-30 6"} {
		var f [3]string
		copy(f[:], fields(x))
		counts += "count hq 2021-01-05_08:00 what=~" + f[0] + " period_from=" + f[1][:8] + "01 period_to=" + f[1] + " number=" + f[2] + digest
	}
	runExamples(t, []example{
		// (25 − 20) / 25 = 20 %; to 31 January (20 − 15) / 20 = 25 %.
		{"P1-5.complaints", "fewer", year20, counts, want{"20", "", None, 5, 25, nil}},
		{"P1-5.complaints", "to January", 20200131, counts, want{"25", "", None, 5, 20, nil}},
		{"P1-5.complaints", "no base", 20191231, counts, want{"", NotComputable, None, -25, 0, nil}},
		{"P1-3.training", "12 + 3", year20, counts, want{"15", "", None, 15, 1, nil}},
		{"P5-5.remote_exams", "70", year20, counts, want{"70", "", None, 70, 1, nil}},
		{"P5-5.remote_inspections", "8", year20, counts, want{"8", "", None, 8, 1, nil}},
		// A number of places is not added up: 6, not 10.
		{"P5-5.service_points", "the latest", year20, counts, want{"6", "", None, 6, 1, nil}},
		// 2 h and 1 h of two simple accidents: 10 800 000 ms / 2 / 3 600 000 = 1.5 h; a third is not closed, a fourth
		// takes the general procedure.
		{"P3-3.simple_hours", "an hour and a half", year20, `
			accident squad-1 2020-12-31_23:59 severity=property procedure=simple dead=0 closed_at=2021-01-01_01:59
			accident squad-1 2020-05-01_08:00 severity=property procedure=simple dead=0 closed_at=2020-05-01_09:00
			accident squad-1 2020-05-01_08:00 severity=property procedure=simple dead=0
			accident squad-1 2020-05-01_08:00 severity=injury procedure=general dead=0 closed_at=2020-05-09_09:00
		`, want{"1.5", "", None, 10_800_000, 2, nil}},
	})
}

// The sums behind the budgets: money spent by project in fen, refunds subtracted, and the adjusted budget of the latest
// day.
func TestMoney(t *testing.T) {
	b := newRecordStore(t)
	b.addScript(`
		expenditure hq 2020-01-01_00:30 project=p amount_fen=1234567 voucher=a
		expenditure hq 2020-12-31_23:59 project=p amount_fen=-234567 voucher=b
		expenditure hq 2020-05-01_08:00 project=p amount_fen=1 voucher=a
		expenditure hq 2020-05-01_08:00 project=q amount_fen=5 voucher=a
		expenditure hq 2019-12-31_23:59 project=p amount_fen=7 voucher=c
	`)
	totals, whole := b.totals(), clock.YearToDate(year20)
	// 12 345.67 − 2 345.67 = 10 000.00 元; voucher a, recorded twice, counts once, the first.
	if got := totals.Sum("expenditure:p", whole.From, whole.To); got != 1_000_000 {
		t.Errorf("spent %d fen", got)
	}
}
