package tally

import "testing"

// P3-2 of version 2: plan items of which the ledger's quantity is accepted / plan items of the ledger, ≥ 30 %.
func TestPlanOfTheLedger(t *testing.T) {
	const plan = `
		facility_plan hq 2020-01-05_08:00 plan_item=lamps facility_type=signal planned=20 from_day=2020-01-01
		facility_plan hq 2020-01-05_08:00 plan_item=bays facility_type=bay planned=500 from_day=2020-01-01
		facility_plan hq 2020-01-05_08:00 plan_item=lines facility_type=marking planned=3000 from_day=2020-12-31
		facility_plan hq 2020-01-05_08:00 plan_item=later facility_type=sign planned=1 from_day=2021-01-01
	`
	runExamples(t, []example{
		// The lamps are accepted twice over in two states of one facility: its last record counts, 20 ≥ 20. 499 of 500
		// bays are not enough. 1 / 3 = 33.3333… %.
		{"P3-2@2", "one of three", year20, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=idle status_from=2020-06-01 status_to=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=in_use status_from=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F2 facility_type=bay plan_item=bays planned=500 accepted=499 status=in_use status_from=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F3 facility_type=sign status=in_use status_from=2020-07-01
		`, want{"33.3333", "", Pass, 1, 3, map[string]int64{
			"facility_accepted:signal": 40, "facility_planned:signal": 20, "facility_planned:bay": 500, "facility_planned:marking": 3000,
		}}},
		// Whoever records the facility says that nothing, or one, was planned: the ledger says 20 and 500. 0 / 3.
		{"P3-2@2", "the record's own plan is worth nothing", year20, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=0 accepted=0 status=in_use status_from=2020-06-01
			facility squad-1 2020-06-01_08:00 facility=F2 facility_type=bay plan_item=bays planned=1 accepted=1 status=in_use status_from=2020-06-01
		`, want{"0", "", Fail, 0, 3, nil}},
		// … and says nothing about a plan: accepted is enough. 1 / 3.
		{"P3-2@2", "without a plan in the record", year20, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=20 status=in_use status_from=2020-06-01
		`, want{"33.3333", "", Pass, 1, 3, nil}},
		// Three facilities of one item, of two units: 12 + 5 + 3 = 20 lamps. The first had 12, then 4 the same day (the
		// larger counts), and was 9 before. 1 / 2.
		{"P3-2@2", "several facilities", 20200731, plan + `
			facility squad-1 2020-05-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=9 status=building status_from=2020-05-01
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=12 status=idle status_from=2020-06-01
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=4 status=in_use status_from=2020-06-01
			facility squad-2 2020-06-01_08:00 facility=F2 facility_type=signal plan_item=lamps accepted=5 status=in_use status_from=2020-06-01
			facility squad-2 2020-06-01_08:00 facility=F3:x facility_type=signal plan_item=lamps accepted=3 status=in_use status_from=2020-06-01
		`, want{"50", "", Pass, 1, 2, nil}},
		// The facility's second record says 19 of 20: the record that began last counts, 0 / 2; the day before 20, 1 / 2.
		{"P3-2@2", "fewer than thought", 20200731, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=20 status=idle status_from=2020-06-01
			facility squad-1 2020-07-31_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=19 status=in_use status_from=2020-07-31
		`, want{"0", "", Fail, 0, 2, nil}},
		// The acceptance is taken back: 0 is a quantity. 0 / 2.
		{"P3-2@2", "nothing is left", 20200731, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=20 status=in_use status_from=2020-06-01
			facility squad-1 2020-07-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=0 status=removed status_from=2020-07-01
		`, want{"0", "", Fail, 0, 2, nil}},
		{"P3-2@2", "as it was the day before", 20200730, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=20 status=idle status_from=2020-06-01
			facility squad-1 2020-07-31_08:00 facility=F1 facility_type=signal plan_item=lamps accepted=19 status=in_use status_from=2020-07-31
		`, want{"50", "", Pass, 1, 2, nil}},
		// A later row of the ledger raises the plan to 30: 20 are no longer enough. 0 / 2.
		{"P3-2@2", "the plan is raised", 20200731, plan + `
			facility_plan hq 2020-07-01_08:00 plan_item=lamps facility_type=signal planned=30 from_day=2020-01-01
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=in_use status_from=2020-06-01
		`, want{"0", "", Fail, 0, 2, nil}},
		// Items named with a colon: a:b plans 2 and has 1 + 1, a plans 1 and has none.
		{"P3-2@2", "colons", 20200731, `
			facility_plan hq 2020-01-05_08:00 plan_item=a facility_type=signal planned=1 from_day=2020-01-01
			facility_plan hq 2020-01-05_08:00 plan_item=a:b facility_type=signal planned=2 from_day=2020-01-01
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=a:b accepted=1 status=in_use status_from=2020-06-01
			facility squad-1 2020-06-01_08:00 facility=F2:y facility_type=signal plan_item=a:b accepted=1 status=in_use status_from=2020-06-01
		`, want{"50", "", Pass, 1, 2, nil}},
		{"P3-2@2", "not in the plan", 20200630, plan + `
			facility squad-1 2020-06-01_08:00 facility=F9 facility_type=sign plan_item=other planned=1 accepted=1 status=in_use status_from=2020-06-01
		`, want{"0", "", Fail, 0, 2, nil}},
		{"P3-2@2", "no ledger", 20200630, `
			facility squad-1 2020-06-01_08:00 facility=F9 facility_type=sign plan_item=other planned=1 accepted=1 status=in_use status_from=2020-06-01
		`, want{"", NoLedger, None, 0, 0, nil}},
	})
}

// P1-2 of version 2: beside the mean to dispatch stand the means to arrival and to clearing, in hours.
func TestTimelinessToTheEnd(t *testing.T) {
	// To dispatch 6 and 12 minutes, to arrival 30 and 42, to clearing 90; the third was only reported.
	const incidents = `
		incident squad-1 2020-03-01_10:00 category=other reported_at=2020-03-01_10:00 dispatched_at=2020-03-01_10:06 arrived_at=2020-03-01_10:30 cleared_at=2020-03-01_11:30
		incident squad-1 2020-03-02_10:00 category=other reported_at=2020-03-02_10:00 dispatched_at=2020-03-02_10:12 arrived_at=2020-03-02_10:42
		incident squad-1 2020-03-03_10:00 category=other reported_at=2020-03-03_10:00
	`
	runExamples(t, []example{
		{"P1-2@2", "dispatch", year20, incidents, want{"0.15", "", Pass, 18 * 60_000, 2, map[string]int64{"incident_undispatched": 1}}}, // 18 min / 2 = 9 min
		{"P1-2.arrival@2", "arrival", year20, incidents, want{"0.6", "", None, 72 * 60_000, 2, nil}},                                    // 72 min / 2 = 36 min
		{"P2-2.clearing@2", "clearing", year20, incidents, want{"1.5", "", None, 90 * 60_000, 1, nil}},
		{"P4-2.clearing@2", "none is cleared", 20200229, incidents, want{"", NoData, None, 0, 0, nil}},
	})
}
