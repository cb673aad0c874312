package tally

import "testing"

// P3-2: plan items accepted in full / plan items, ≥ 30 %; quantities by type stand beside it.
func TestFacilityPlan(t *testing.T) {
	const plan = `
		facility_plan hq 2020-01-05_08:00 plan_item=lamps facility_type=signal planned=20 from_day=2020-01-01
		facility_plan hq 2020-01-05_08:00 plan_item=bays facility_type=bay planned=500 from_day=2020-01-01
		facility_plan hq 2020-01-05_08:00 plan_item=lines facility_type=marking planned=3000 from_day=2020-12-31
		facility_plan hq 2020-01-05_08:00 plan_item=later facility_type=sign planned=1 from_day=2021-01-01
	`
	runExamples(t, []example{
		// 3 items by 31 Dec 2020. The lamps are accepted in full (20 ≥ 20), and two periods of them count once; 499 of
		// 500 bays are not. 1 / 3 = 33.3333… %. Beside it: 20 + 20 lamps are recorded as accepted, 499 bays.
		{"P3-2", "one of three", year20, plan + `
			facility squad-1 2020-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=idle status_from=2020-06-01 status_to=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=in_use status_from=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F2 facility_type=bay plan_item=bays planned=500 accepted=499 status=in_use status_from=2020-07-01
			facility squad-1 2020-07-01_08:00 facility=F3 facility_type=sign status=in_use status_from=2020-07-01
		`, want{"33.3333", "", Pass, 1, 3, map[string]int64{
			"facility_accepted:signal": 40, "facility_accepted:bay": 499, "facility_planned:signal": 20, "facility_planned:bay": 500, "facility_planned:marking": 3000,
		}}},
		// Before the third item is planned: 0 / 2.
		{"P3-2", "none yet", 20200630, plan, want{"0", "", Fail, 0, 2, map[string]int64{"facility_planned:signal": 20, "facility_planned:marking": 0}}},
		// Facilities outside the plan do not count: 0 / 2.
		{"P3-2", "not in the plan", 20200630, plan + `
			facility squad-1 2020-06-01_08:00 facility=F9 facility_type=sign plan_item=other planned=1 accepted=1 status=in_use status_from=2020-06-01
		`, want{"0", "", Fail, 0, 2, nil}},
		{"P3-2", "no plan", 20190630, plan, want{"", NoData, None, 0, 0, nil}},
	})
}

// P3-4: facility-days in use / facility-days built (in use, idle, out of order), ≥ 90 %.
func TestFacilityUse(t *testing.T) {
	runExamples(t, []example{
		// A facility in use since 2019 and to this day: 366 of 366 days of the leap year = 100 %.
		{"P3-4", "over New Year", year20, `
			facility squad-1 2019-05-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2019-05-01
		`, want{"100", "", Pass, 366, 366, nil}},
		// To 10 January. F1: in use to 8 January, the 9th and 10th broken: 8 of 10. F2: in use from the 1st to the 10th,
		// its idle time ended with 2019: 10 of 10. F3 is being built, F4 was removed on 31 Dec 2019. 18 / 20 = 90 %.
		{"P3-4", "ten days", 20200110, `
			facility squad-1 2019-05-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2019-05-01 status_to=2020-01-09
			facility squad-1 2020-01-09_08:00 facility=F1 facility_type=camera status=broken status_from=2020-01-09
			facility squad-1 2019-11-01_08:00 facility=F2 facility_type=camera status=idle status_from=2019-11-01 status_to=2020-01-01
			facility squad-1 2020-01-01_00:30 facility=F2 facility_type=camera status=in_use status_from=2020-01-01
			facility squad-1 2020-01-01_00:30 facility=F3 facility_type=camera status=building status_from=2020-01-01
			facility squad-1 2019-01-01_00:30 facility=F4 facility_type=camera status=in_use status_from=2019-01-01 status_to=2019-12-31
			facility squad-1 2019-12-31_23:59 facility=F4 facility_type=camera status=removed status_from=2019-12-31
		`, want{"90", "", Pass, 18, 20, nil}},
		// In use from 31 December only: 1 day of 1; 1 January 2021 is not in the window.
		{"P3-4", "the last day", year20, `
			facility squad-1 2020-12-31_23:59 facility=F1 facility_type=camera status=in_use status_from=2020-12-31
			facility squad-1 2021-01-01_00:30 facility=F2 facility_type=camera status=broken status_from=2021-01-01
		`, want{"100", "", Pass, 1, 1, nil}},
		{"P3-4", "all gone before", year20, `
			facility squad-1 2019-01-01_00:30 facility=F4 facility_type=camera status=in_use status_from=2019-01-01 status_to=2019-12-31
		`, want{"", NoData, None, 0, 0, nil}},
	})
}

// P4-1: Σ over shifts of the length patrolled / (3 shifts a day × Σ of each day's length), ≥ 90 %.
func TestPatrolCoverage(t *testing.T) {
	patrol := func(unit, segment, shift, day, from, to string) string {
		return "\npatrol " + unit + " " + from + " segment=" + segment + " shift=" + shift + " shift_day=" + day + " start_at=" + from + " end_at=" + to
	}
	const roads = `
		segment hq 2019-01-05_08:00 segment=S1 km=6 from_day=2019-01-01
		segment hq 2019-01-05_08:00 segment=S2 km=4 from_day=2019-01-01
	`
	two := roads +
		patrol("squad-1", "S1", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00") +
		patrol("squad-1", "S2", "early", "2020-01-01", "2020-01-01_09:00", "2020-01-01_10:00") +
		patrol("squad-2", "S1", "middle", "2020-01-01", "2020-01-01_15:00", "2020-01-01_16:00")
	runExamples(t, []example{
		// One day: 3 shifts × (6 + 4) km = 30 000 m. Early both (10 000), middle S1 (6 000): 16 / 30 = 53.3333… %.
		{"P4-1", "one day", 20200101, two, want{"53.3333", "", Fail, 16_000, 30_000, nil}},
		// Two units on S1 in a shift count once; so does a unit twice: the same 16 / 30.
		{"P4-1", "two on one segment", 20200101, two +
			patrol("squad-2", "S1", "early", "2020-01-01", "2020-01-01_08:30", "2020-01-01_09:30") +
			patrol("squad-1", "S1", "early", "2020-01-01", "2020-01-01_11:00", "2020-01-01_11:30"),
			want{"53.3333", "", Fail, 16_000, 30_000, nil}},
		// The night shift of 31 Dec runs into 2021 and belongs to 2020: 10 000 of 366 days × 30 000 = 10 980 000. The
		// night shift of 31 Dec 2019, patrolled on 1 Jan 2020 00:30, belongs to 2019. 10 000 / 10 980 000 = 0.0911 %.
		{"P4-1", "night shifts", year20, roads +
			patrol("squad-1", "S1", "night", "2020-12-31", "2021-01-01_00:30", "2021-01-01_01:30") +
			patrol("squad-1", "S2", "night", "2020-12-31", "2020-12-31_23:00", "2021-01-01_00:10") +
			patrol("squad-1", "S2", "night", "2019-12-31", "2020-01-01_00:30", "2020-01-01_01:30"),
			want{"0.0911", "", Fail, 10_000, 10_980_000, nil}},
		// S1 grows from 6 to 8 km on 3 January (a new row of the ledger), S2 ends before 2 January. Lengths: 1 Jan 10,
		// 2 Jan 6, 3 Jan 8: 24 km × 3 shifts = 72 000 m. S1 is patrolled in every shift of the three days: 3 × (6 + 6 +
		// 8) = 60 000; S2 on the 1st (4 000) and on the 2nd (nothing left). 64 / 72 = 88.8888… %.
		{"P4-1", "roads change", 20200103, `
			segment hq 2019-01-05_08:00 segment=S1 km=6 from_day=2019-01-01
			segment hq 2020-01-05_08:00 segment=S1 km=8 from_day=2020-01-03
			segment hq 2019-01-05_08:00 segment=S2 km=4 from_day=2019-01-01 to_day=2020-01-02
			segment hq 2019-01-05_08:00 segment=S3 km=99 from_day=2020-01-04` +
			everyShift("S1", "01", "02", "03") +
			patrol("squad-1", "S2", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00") +
			patrol("squad-1", "S2", "early", "2020-01-02", "2020-01-02_08:00", "2020-01-02_09:00"),
			want{"88.8889", "", Fail, 64_000, 72_000, nil}},
		// Closed on the day on which the next row begins: the next row holds. 2 days × 3 × 5 km; patrolled once a day,
		// early: 5 + 5 = 10 of 30.
		{"P4-1", "closed and renewed", 20200102, `
			segment hq 2019-01-05_08:00 segment=S1 km=5 from_day=2019-01-01 to_day=2020-01-02
			segment hq 2019-01-05_08:00 segment=S1 km=5 from_day=2020-01-02` +
			patrol("squad-1", "S1", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00") +
			patrol("squad-1", "S1", "early", "2020-01-02", "2020-01-02_08:00", "2020-01-02_09:00"),
			want{"33.3333", "", Fail, 10_000, 30_000, nil}},
		// 30 km of road-shifts; only S2 (3 km) is left out in the middle shift: 27 / 30 = 90 %.
		{"P4-1", "exactly ninety", 20200101, `
			segment hq 2019-01-05_08:00 segment=S1 km=7 from_day=2019-01-01
			segment hq 2019-01-05_08:00 segment=S2 km=3 from_day=2019-01-01` +
			everyShift("S1", "01") +
			patrol("squad-1", "S2", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00") +
			patrol("squad-1", "S2", "night", "2020-01-01", "2020-01-01_23:00", "2020-01-02_01:00"),
			want{"90", "", Pass, 27_000, 30_000, nil}},
		// A road outside the ledger has no length: 0 of 30.
		{"P4-1", "unknown road", 20200101, roads + patrol("squad-1", "S9", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00"),
			want{"0", "", Fail, 0, 30_000, nil}},
		{"P4-1", "no roads", 20200101, patrol("squad-1", "S1", "early", "2020-01-01", "2020-01-01_08:00", "2020-01-01_09:00"),
			want{"", NoData, None, 0, 0, nil}},
	})
}

// everyShift patrols a segment in the three shifts of days of January 2020.
func everyShift(segment string, days ...string) (script string) {
	for _, d := range days {
		for _, shift := range []string{"early", "middle", "night"} {
			script += "\npatrol squad-1 2020-01-" + d + "_08:00 segment=" + segment + " shift=" + shift + " shift_day=2020-01-" + d +
				" start_at=2020-01-" + d + "_08:00 end_at=2020-01-" + d + "_09:00"
		}
	}
	return script + "\n"
}
