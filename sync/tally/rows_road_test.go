package tally

import "testing"

// P1-1: cases opened and solved in the year / cases opened, ≥ 90 %.
func TestHitAndRun(t *testing.T) {
	runExamples(t, []example{
		// 9 of 10 opened in 2020 solved in 2020: 9 / 10 = 90 %, and ≥ 90 passes. The last is solved on 31 Dec 23:59.
		{"P1-1", "nine of ten", year20, `
			8* hit_and_run squad-1 2020-03-01_08:00 case_number=a# opened_at=2020-03-01_08:00 solved_at=2020-04-01_08:00
			hit_and_run squad-1 2020-01-01_00:30 case_number=b opened_at=2020-01-01_00:30 solved_at=2020-12-31_23:59
			hit_and_run squad-1 2020-03-01_08:00 case_number=c opened_at=2020-03-01_08:00
		`, want{"90", "", Pass, 9, 10, nil}},
		// Opened in 2019 and solved in 2020: neither year's success. Opened 31 Dec 23:59, solved 1 Jan 2021 00:30: the same.
		// 0 / 1 = 0 %.
		{"P1-1", "solved in another year", year20, `
			hit_and_run squad-1 2019-06-01_08:00 case_number=a opened_at=2019-06-01_08:00 solved_at=2020-02-01_08:00
			hit_and_run squad-1 2020-12-31_23:59 case_number=b opened_at=2020-12-31_23:59 solved_at=2021-01-01_00:30
		`, want{"0", "", Fail, 0, 1, nil}},
		// To 31 March: two opened, the first solved by then, the second on 1 April: 1 / 2 = 50 %.
		{"P1-1", "at the first checkpoint", 20200331, `
			hit_and_run squad-1 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00 solved_at=2020-03-31_23:59
			hit_and_run squad-1 2020-01-05_08:00 case_number=b opened_at=2020-01-05_08:00 solved_at=2020-04-01_00:00
		`, want{"50", "", Fail, 1, 2, nil}},
		// A case recorded twice is a single case: 1 / 1.
		{"P1-1", "recorded by two", year20, `
			hit_and_run squad-1 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00 solved_at=2020-01-06_08:00
			hit_and_run squad-2 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00
		`, want{"100", "", Pass, 1, 1, nil}},
		// The second officer solves the case in a record of his own, under the same number. Three cases: a is solved there,
		// b only in 2021, c nowhere. Of d both records name a day: the first record's own, 2021, stands. 1 / 4 = 25 %.
		{"P1-1", "solved in another record", year20, `
			hit_and_run squad-1 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00
			hit_and_run squad-2 2020-01-05_09:00 case_number=a opened_at=2020-01-05_09:00 solved_at=2020-01-06_08:00
			hit_and_run squad-1 2020-12-05_08:00 case_number=b opened_at=2020-12-05_08:00
			hit_and_run squad-2 2020-12-05_08:00 case_number=b opened_at=2020-12-05_08:00 solved_at=2021-01-01_00:00
			hit_and_run squad-1 2020-02-05_08:00 case_number=c opened_at=2020-02-05_08:00
			hit_and_run squad-2 2020-02-05_08:00 case_number=c opened_at=2020-02-05_08:00
			hit_and_run squad-1 2020-03-05_08:00 case_number=d opened_at=2020-03-05_08:00 solved_at=2021-03-06_08:00
			hit_and_run squad-2 2020-03-05_08:00 case_number=d opened_at=2020-03-05_08:00 solved_at=2020-03-06_08:00
		`, want{"25", "", Fail, 1, 4, nil}},
		// Of two solving days the earliest counts: by 31 March the case is solved. 1 / 1.
		{"P1-1", "solved in two other records", 20200331, `
			hit_and_run squad-1 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00
			hit_and_run squad-2 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00 solved_at=2020-04-06_08:00
			hit_and_run squad-3 2020-01-05_08:00 case_number=a opened_at=2020-01-05_08:00 solved_at=2020-03-06_08:00
		`, want{"100", "", Pass, 1, 1, nil}},
		// 27 cases, 21 solved in the record that counts and one in another: 22 / 27 = 81.4815 %.
		{"P1-1", "twenty-two of twenty-seven", year20, `
			21* hit_and_run squad-1 2020-01-05_08:00 case_number=a# opened_at=2020-01-05_08:00 solved_at=2020-02-06_08:00
			6* hit_and_run squad-1 2020-01-05_08:00 case_number=b# opened_at=2020-01-05_08:00
			hit_and_run squad-2 2020-01-05_08:00 case_number=b3 opened_at=2020-01-05_08:00 solved_at=2020-02-06_08:00
		`, want{"81.4815", "", Fail, 22, 27, nil}},
		{"P1-1", "no case", year20, ``, want{"", NoData, None, 0, 0, nil}},
	})
}

// P1-4, P2-4, P4-4: verified in the year / (found in the year + carried over), ≥ 90 %.
func TestHazards(t *testing.T) {
	for _, row := range []string{"P1-4", "P2-4", "P4-4"} {
		runExamples(t, []example{
			// 2019: 3 found, 1 verified in 2019: 2 carried over. 2020: 8 found. Verified in 2020: the 2 and 7 of the 8 = 9.
			// 9 / (8 + 3 − 1) = 9 / 10 = 90 %. Found on 31 Dec 2019 23:59 is 2019's, on 1 Jan 2020 00:30 2020's.
			{row, "carried over", year20, `
				hazard squad-1 2019-05-01_08:00 category=signal found_at=2019-05-01_08:00 fixed_at=2019-06-01_08:00 verified_at=2019-06-02_08:00
				hazard squad-1 2019-12-31_23:59 category=signal found_at=2019-12-31_23:59 fixed_at=2020-01-02_08:00 verified_at=2020-01-03_08:00
				hazard squad-1 2019-05-01_08:00 category=signal found_at=2019-05-01_08:00 verified_at=2020-12-31_23:59
				hazard squad-1 2020-01-01_00:30 category=signal found_at=2020-01-01_00:30 verified_at=2020-02-01_08:00
				6* hazard squad-1 2020-03-01_08:00 category=signal found_at=2020-03-01_08:00 verified_at=2020-03-02_08:00
				hazard squad-1 2020-03-01_08:00 category=signal found_at=2020-03-01_08:00 fixed_at=2020-03-02_08:00
			`, want{"90", "", Pass, 9, 10, nil}},
			// Verified on 1 Jan 2021 00:30: not of 2020. 0 / 1.
			{row, "verified after the year", year20, `
				hazard squad-1 2020-12-31_23:59 category=signal found_at=2020-12-31_23:59 verified_at=2021-01-01_00:30
			`, want{"0", "", Fail, 0, 1, nil}},
			// In 2021 the hazard is carried over and verified: 1 / (0 + 1 − 0) = 100 %.
			{row, "and then of the next", year21, `
				hazard squad-1 2020-12-31_23:59 category=signal found_at=2020-12-31_23:59 verified_at=2021-01-01_00:30
			`, want{"100", "", Pass, 1, 1, nil}},
			// All hazards of 2019 were verified in 2019: nothing is left to do, 0 / (0 + 1 − 1).
			{row, "nothing to eliminate", year20, `
				hazard squad-1 2019-05-01_08:00 category=signal found_at=2019-05-01_08:00 verified_at=2019-06-02_08:00
			`, want{"", NoData, None, 0, 0, nil}},
		})
	}
}

// P3-1: (share a year before − share) / share a year before, share = congested / all metre·minutes, literally < 20 %.
// P5-3: smooth and mostly smooth / all, ≥ 60 %. Both take 30 km·h = 1 800 000 m·min for a verdict.
func TestCongestion(t *testing.T) {
	// 2019: 10 km × 60 min congested = 600 000 m·min of 600 000 + 40 km × 60 min = 2 400 000, together 3 000 000: 20 %.
	// 2020: 4.8 km × 100 min = 480 000 of 480 000 + 3.52 km × 1000 min = 3 520 000, together 4 000 000: 12 %.
	const year19 = `
		congestion squad-1 2019-12-31_23:59 segment=S1 km=10 minutes=60 level=severe
		congestion squad-1 2019-01-01_00:30 segment=S1 km=40 minutes=60 level=smooth
		congestion squad-1 2018-12-31_23:59 segment=S1 km=40 minutes=60 level=severe
	`
	const year20s = `
		congestion squad-1 2020-01-01_00:30 segment=S1 km=2.4 minutes=100 level=light
		congestion squad-1 2020-12-31_23:59 segment=S1 km=2.4 minutes=100 level=moderate
		congestion squad-1 2020-06-01_08:00 segment=S1 km=3.52 minutes=500 level=smooth
		congestion squad-1 2020-06-01_08:00 segment=S1 km=3.52 minutes=500 level=mostly_smooth
		congestion squad-1 2021-01-01_00:30 segment=S1 km=10 minutes=1000 level=severe
	`
	const both = year19 + year20s
	const shortBase = "congestion squad-1 2019-06-01_08:00 segment=S1 km=1.2 minutes=60 level=severe"
	runExamples(t, []example{
		// (20 % − 12 %) / 20 % = 40 %: a large relief, and literally a fail.
		{"P3-1", "relief", year20, both, want{"40", "", Fail, 480_000, 4_000_000, nil}},
		// The same table seen from 2019: 2018 was congested throughout. (100 % − 20 %) / 100 % = 80 %.
		{"P3-1", "a year earlier", 20191231, year19, want{"80", "", Fail, 600_000, 3_000_000, nil}},
		// (20 % − 16 %) / 20 % = 20 % exactly: < 20 fails. 288 / (288 + 1512) metres, 1000 minutes each: just 30 km·h.
		{"P3-1", "exactly twenty, exactly enough", year20, year19 + `
			congestion squad-1 2020-06-01_08:00 segment=S1 km=0.288 minutes=1000 level=light
			congestion squad-1 2020-06-01_08:00 segment=S1 km=1.512 minutes=1000 level=smooth
		`, want{"20", "", Fail, 288_000, 1_800_000, nil}},
		// A metre less: 1 − (288 / 1799) / 20 % = 19.9555… %, of too little road to say whether that passes.
		{"P3-1", "a metre too few", year20, year19 + `
			congestion squad-1 2020-06-01_08:00 segment=S1 km=0.288 minutes=1000 level=light
			congestion squad-1 2020-06-01_08:00 segment=S1 km=1.511 minutes=1000 level=smooth
		`, want{"19.9555", TooFew, None, 288_000, 1_799_000, nil}},
		// The base is 1.2 km for an hour, all of it congested: (100 % − 12 %) / 100 % = 88 %, of too little a year before.
		{"P3-1", "a short base", year20, shortBase + year20s, want{"88", TooFew, None, 480_000, 4_000_000, nil}},
		// (20 % − 25 %) / 20 % = −25 %: a rise passes, as written.
		{"P3-1", "a rise", year20, year19 + `
			congestion squad-1 2020-06-01_08:00 segment=S1 km=0.75 minutes=1000 level=light
			congestion squad-1 2020-06-01_08:00 segment=S1 km=2.25 minutes=1000 level=smooth
		`, want{"-25", "", Pass, 750_000, 3_000_000, nil}},
		{"P3-1", "no base", 20180630, both, want{"", NotComputable, None, 0, 0, nil}},
		{"P3-1", "no congestion a year before", year20, `
			congestion squad-1 2019-06-01_08:00 segment=S1 km=1 minutes=1 level=smooth
			congestion squad-1 2020-06-01_08:00 segment=S1 km=1 minutes=1 level=light
		`, want{"", NotComputable, None, 1000, 1000, nil}},
		{"P3-1", "nothing seen this year", year20, year19, want{"", NoData, None, 0, 0, nil}},
		// Imported bases of 2019: 600 000 of 3 000 000 in two months, then (20 − 12) / 20 = 40 %.
		{"P3-1", "an imported base", year20, `
			baseline hq 2020-01-05_08:00 measure=~congestion_congested period_from=2019-01-01 period_to=2019-01-31 number=600000
			baseline hq 2020-01-05_08:00 measure=~congestion_all period_from=2019-01-01 period_to=2019-01-31 number=200000
			baseline hq 2020-01-05_08:00 measure=~congestion_all period_from=2019-12-01 period_to=2019-12-31 number=2800000
			congestion squad-1 2020-06-01_08:00 segment=S1 km=0.36 minutes=1000 level=light
			congestion squad-1 2020-06-01_08:00 segment=S1 km=2.64 minutes=1000 level=smooth
		`, want{"40", "", Fail, 360_000, 3_000_000, nil}},
		// 3 520 000 / 4 000 000 = 88 %.
		{"P5-3", "smooth", year20, both, want{"88", "", Pass, 3_520_000, 4_000_000, nil}},
		// 2 400 000 / 3 000 000 = 80 %.
		{"P5-3", "the year before", 20191231, year19, want{"80", "", Pass, 2_400_000, 3_000_000, nil}},
		{"P5-3", "nothing seen", year20, year19, want{"", NoData, None, 0, 0, nil}},
		// 1.2 km for an hour, congested: 0 / 72 000 = 0 %, shown and not judged.
		{"P5-3", "an hour of one road", 20191231, shortBase, want{"0", TooFew, None, 0, 72_000, nil}},
	})
}

// P5-4: drop of violations on highways (10–19), on the road and by cameras, literally ≤ 10 %.
// D-1: on-site / (on-site + off-site), ≥ 70 %; not computable without off-site counts.
func TestEnforcement(t *testing.T) {
	const digest = " source_system=tms file_digest=0000000000000000000000000000000000000000000000000000000000000000"
	const fine = " violation_code=1345 plate_number=- action=fine"
	const mixed = `
		3* enforcement check-1 2019-12-31_23:59 road_type=11` + fine + `
		offsite hq 2020-01-05_08:00 period_from=2019-12-01 period_to=2019-12-31 road_type=10 number=97` + digest + `
		offsite hq 2020-01-05_08:00 period_from=2019-12-01 period_to=2019-12-31 road_type=22 number=5000` + digest + `
		7* enforcement check-1 2020-01-01_00:30 road_type=19` + fine + `
		14* enforcement check-2 2020-05-01_08:00 road_type=22` + fine + `
		offsite hq 2021-01-05_08:00 period_from=2020-12-01 period_to=2020-12-31 road_type=13 number=9` + digest
	runExamples(t, []example{
		// Highways: 3 + 97 = 100 in 2019, 7 + 9 = 16 in 2020: (100 − 16) / 100 = 84 %; streets (22) are left out.
		{"P5-4", "highways only", year20, mixed, want{"84", "", Fail, 84, 100, nil}},
		// 100 in 2019, 90 in 2020: exactly 10 %.
		{"P5-4", "exactly ten per cent", year20, `
			baseline hq 2020-01-05_08:00 measure=~violations_highway period_from=2019-05-01 period_to=2019-05-31 number=100
			90* enforcement check-1 2020-05-01_08:00 road_type=14` + fine, want{"10", "", Pass, 10, 100, nil}},
		{"P5-4", "no base", year20, `enforcement check-1 2020-05-01_08:00 road_type=14` + fine, want{"", NotComputable, None, -1, 0, nil}},
		// 21 on the road, 9 by cameras: 21 / 30 = 70 %, and ≥ 70 passes.
		{"D-1", "exactly seventy", year20, mixed, want{"70", "", Pass, 21, 30, nil}},
		// Without the counts of cameras the value would be 100 %: it is not computed.
		{"D-1", "no off-site counts", year20, `enforcement check-1 2020-05-01_08:00 road_type=14` + fine, want{"", NotComputable, None, 1, 1, nil}},
		// An import repeated with another number: the later number counts. 1 / (1 + 3) = 25 %.
		{"D-1", "imported again", year20, `
			enforcement check-1 2020-05-01_08:00 road_type=14` + fine + `
			offsite hq 2020-06-05_08:00 period_from=2020-05-01 period_to=2020-05-31 road_type=13 number=9` + digest + `
			offsite hq 2020-06-05_08:00 period_from=2020-05-01 period_to=2020-05-31 road_type=13 number=3` + digest,
			want{"25", "", Fail, 1, 4, nil}},
		{"D-1", "nothing at all", year20, ``, want{"", NoData, None, 0, 0, nil}},
	})
}
