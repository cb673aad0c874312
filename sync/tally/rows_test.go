package tally

import (
	"testing"
	"time"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

const (
	year20 = clock.Day(20201231)
	year21 = clock.Day(20211231)
)

// P1-2, P2-2, P4-2: mean of (dispatched − reported) in hours over the year to the day, target ≤ 0.5.
func TestEmergencyTimeliness(t *testing.T) {
	const ms = time.Millisecond
	for name, x := range map[string]struct {
		say  func(b *recordStore)
		at   clock.Day
		want want
	}{
		// 41 min + 19 min = 60 min = 3 600 000 ms; / 2 = 30 min = 0.5 h; 0.5 ≤ 0.5 passes. The second was reported on
		// 31 Dec 23:40 and dispatched at 23:59: 2020.
		"exactly half an hour": {func(b *recordStore) {
			b.incident(moment("2020-03-01 10:00", 0), moment("2020-03-01 10:41", 0))
			b.incident(moment("2020-12-31 23:40", 0), moment("2020-12-31 23:59", 0))
		}, year20, want{"0.5", "", Pass, 3_600_000, 2, map[string]int64{"incident_undispatched": 0}}},
		// 3 600 001 ms / 2 / 3 600 000 = 0.50000013… h: shown as 0.5, and yet more than 0.5.
		"a millisecond more": {func(b *recordStore) {
			b.incident(moment("2020-03-01 10:00", 0), moment("2020-03-01 10:41", ms))
			b.incident(moment("2020-12-31 23:40", 0), moment("2020-12-31 23:59", 0))
		}, year20, want{"0.5", "", Fail, 3_600_001, 2, nil}},
		// 10 min / 1 = 600 000 ms = 1/6 h = 0.16666… → 0.1667; the undispatched incident is shown beside.
		"one is not dispatched": {func(b *recordStore) {
			b.incident(moment("2020-06-01 08:00", 0), moment("2020-06-01 08:10", 0))
			b.incident(moment("2020-06-02 08:00", 0), "")
		}, year20, want{"0.1667", "", Pass, 600_000, 1, map[string]int64{"incident_undispatched": 1}}},
		"none is dispatched": {func(b *recordStore) {
			b.incident(moment("2020-06-02 08:00", 0), "")
		}, year20, want{"", NoData, None, 0, 0, map[string]int64{"incident_undispatched": 1}}},
		"nothing happened": {func(*recordStore) {}, year20, want{"", NoData, None, 0, 0, nil}},
		// Reported 1 Jan 2021 00:00 +08:00 and at 00:30 (still 2020 in UTC): not 2020's.
		"after midnight of Shanghai": {func(b *recordStore) {
			b.incident(moment("2021-01-01 00:30", 0), moment("2021-01-01 01:30", 0))
		}, year20, want{"", NoData, None, 0, 0, nil}},
		// The incident belongs to 2021: 60 min = 1 h; 1 ≤ 0.5 fails.
		"after midnight, next year": {func(b *recordStore) {
			b.incident(moment("2021-01-01 00:30", 0), moment("2021-01-01 01:30", 0))
		}, year21, want{"1", "", Fail, 3_600_000, 1, nil}},
		// To 31 Mar: only the incident of 31 Mar 23:59 (6 min = 360 000 ms = 0.1 h), not the incident of 1 Apr 00:00.
		"first checkpoint": {func(b *recordStore) {
			b.incident(moment("2020-03-31 23:59", 0), moment("2020-04-01 00:05", 0))
			b.incident(moment("2020-04-01 00:00", 0), moment("2020-04-01 09:00", 0))
		}, 20200331, want{"0.1", "", Pass, 360_000, 1, nil}},
		"void": {func(b *recordStore) {
			b.void(b.incident(moment("2020-03-31 23:00", 0), moment("2020-03-31 23:59", 0)), "incident")
		}, year20, want{"", NoData, None, 0, 0, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRecordStore(t)
			x.say(b)
			for _, id := range []string{"P1-2", "P2-2", "P4-2"} {
				checkFigure(t, Evaluate(row(t, id), x.at, b.totals()), x.want)
			}
		})
	}
}

// P3-3: drop of accidents against the same window a year earlier, literal target ≤ 10 %.
func TestAccidentReduction(t *testing.T) {
	many := func(b *recordStore, n int, at string) {
		for range n {
			b.accident(at)
		}
	}
	for name, x := range map[string]struct {
		say  func(b *recordStore)
		at   clock.Day
		want want
	}{
		// (10 − 9) / 10 = 10 %: ≤ 10 passes.
		"exactly ten per cent": {func(b *recordStore) {
			many(b, 10, "2019-05-01 08:00")
			many(b, 9, "2020-05-01 08:00")
		}, year20, want{"10", "", Pass, 1, 10, nil}},
		// (10 − 8) / 10 = 20 %: better, and literally a fail.
		"twenty per cent": {func(b *recordStore) {
			many(b, 10, "2019-05-01 08:00")
			many(b, 8, "2020-05-01 08:00")
		}, year20, want{"20", "", Fail, 2, 10, nil}},
		// (3 − 4) / 3 = −33.33…: a rise, and literally a pass.
		"a rise": {func(b *recordStore) {
			many(b, 3, "2019-05-01 08:00")
			many(b, 4, "2020-05-01 08:00")
		}, year20, want{"-33.3333", "", Pass, -1, 3, nil}},
		"no base": {func(b *recordStore) {
			many(b, 4, "2020-05-01 08:00")
		}, year20, want{"", NotComputable, None, -4, 0, nil}},
		"nothing at all": {func(*recordStore) {}, year20, want{"", NotComputable, None, 0, 0, nil}},
		// (2 − 0) / 2 = 100 %.
		"none this year": {func(b *recordStore) {
			many(b, 2, "2019-05-01 08:00")
		}, year20, want{"100", "", Fail, 2, 2, nil}},
		// 自行协商 does not count: 2019 has 2, 2020 has 1 → 50 %.
		"settled among themselves": {func(b *recordStore) {
			many(b, 2, "2019-05-01 08:00")
			b.accident("2019-06-01 08:00", "procedure", "self")
			b.accident("2020-06-01 08:00", "procedure", "self")
			b.accident("2020-06-01 08:00")
		}, year20, want{"50", "", Fail, 1, 2, nil}},
		// 31 Dec 2019 23:59 and 1 Jan 2019 00:30 belong to the base, 1 Jan 2020 00:30 and 31 Dec 2020 23:59 to this
		// year, 1 Jan 2021 00:30 to neither: (2 − 2) / 2 = 0 %.
		"the ends of the year": {func(b *recordStore) {
			for _, at := range []string{"2019-01-01 00:30", "2019-12-31 23:59", "2020-01-01 00:30", "2020-12-31 23:59", "2021-01-01 00:30", "2018-12-31 23:59"} {
				b.accident(at)
			}
		}, year20, want{"0", "", Pass, 0, 2, nil}},
		// To 29 Feb 2020 against 28 Feb 2019: 1 Mar 2019 is not in the base. (2 − 1) / 2 = 50 %.
		"to 29 February": {func(b *recordStore) {
			many(b, 2, "2019-02-28 23:59")
			b.accident("2019-03-01 00:00")
			b.accident("2020-02-29 12:00")
		}, 20200229, want{"50", "", Fail, 1, 2, nil}},
		// To the end of February 2021 against the end of February 2020, the 29th included: (2 − 1) / 2 = 50 %.
		"the year after a leap year": {func(b *recordStore) {
			b.accident("2020-02-28 12:00")
			b.accident("2020-02-29 12:00")
			b.accident("2020-03-01 00:00")
			b.accident("2021-02-28 12:00")
		}, 20210228, want{"50", "", Fail, 1, 2, nil}},
		// Two officers record one accident under its number on the platform, from the checkpoint and next morning from the
		// office: one. Two accidents without a number, or of one 122 number, are two. (4 − 3) / 4 = 25 %.
		"the number of the platform": {func(b *recordStore) {
			many(b, 4, "2019-05-01 08:00")
			b.accident("2020-05-01 23:50", "platform_number", "1306362020000123", "case_number", "122-1")
			b.accident("2020-05-02 08:00", "platform_number", "1306362020000123", "unit", "squad-2")
			b.accident("2020-05-01 23:50", "case_number", "122-1")
			b.accident("2020-05-01 23:50")
		}, year20, want{"25", "", Fail, 1, 4, nil}},
		// Void and incomplete accidents do not count: 1 and 1 remain.
		"void and incomplete": {func(b *recordStore) {
			b.accident("2019-05-01 08:00")
			b.void(b.accident("2019-05-01 08:00"), "accident")
			b.accident("2019-05-01 08:00", "severity", "")                   // required
			b.accident("2019-05-01 08:00", "severity", "fatal", "dead", "1") // a fatal accident by the simple procedure
			b.accident("2020-05-01 08:00")
		}, year20, want{"0", "", Pass, 0, 1, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRecordStore(t)
			x.say(b)
			checkFigure(t, Evaluate(row(t, "P3-3"), x.at, b.totals()), x.want)
		})
	}
}

// P5-1: Σ sets of plates issued on registration, target ≥ 3000.
func TestPlatesIssued(t *testing.T) {
	for name, x := range map[string]struct {
		say  func(b *recordStore)
		want want
	}{
		// 2999 + 1 = 3000; ≥ 3000 passes. Without a number of sets an issue has 1 set.
		"exactly three thousand": {func(b *recordStore) {
			b.plate("冀F8K2M6", "2020-12-31 23:59", "sets", "2999")
			b.plate("冀F8K2M7", "2020-01-01 00:30")
		}, want{"3000", "", Pass, 3000, 1, nil}},
		"one too few": {func(b *recordStore) {
			b.plate("冀F8K2M6", "2020-12-31 23:59", "sets", "2999")
			b.plate("冀F8K2M7", "2021-01-01 00:30")
			b.plate("冀F8K2M8", "2019-12-31 23:59")
		}, want{"2999", "", Fail, 2999, 1, nil}},
		// Replaced, renewed, spoiled and voided plates are left out: 5 remain. "spoiled: no" equals no value.
		"what is left out": {func(b *recordStore) {
			b.plate("冀F8K2M1", "2020-05-01 08:00", "business", "replace")
			b.plate("冀F8K2M2", "2020-05-01 08:00", "business", "renew")
			b.plate("冀F8K2M3", "2020-05-01 08:00", "spoiled", "true")
			b.void(b.plate("冀F8K2M4", "2020-05-01 08:00"), "plate")
			b.plate("冀F8K2M5", "2020-05-01 08:00", "sets", "0")
			b.plate("冀F8K2M6", "2020-05-01 08:00", "sets", "5", "spoiled", "false")
		}, want{"5", "", Fail, 5, 1, nil}},
		// The same event recorded by two clerks counts once, by the first record (3 sets); on another day it is another
		// event (4).
		"recorded twice": {func(b *recordStore) {
			b.plate("冀F8K2M6", "2020-05-01 08:00", "sets", "3")
			b.plate("冀F8K2M6", "2020-05-01 17:00", "sets", "30")
			b.plate("冀F8K2M6", "2020-05-02 08:00", "sets", "4")
		}, want{"7", "", Fail, 7, 1, nil}},
		// The first record is voided: the second counts (30).
		"recorded twice, the first void": {func(b *recordStore) {
			b.void(b.plate("冀F8K2M6", "2020-05-01 08:00", "sets", "3"), "plate")
			b.plate("冀F8K2M6", "2020-05-01 17:00", "sets", "30")
		}, want{"30", "", Fail, 30, 1, nil}},
		// The first number does not fit its plate type (a new-energy number on 02): incomplete, so the second counts.
		"a number that does not fit": {func(b *recordStore) {
			b.plate("冀FD12345", "2020-05-01 08:00", "sets", "9")
			b.plate("冀F8K2M6", "2020-05-01 08:00", "sets", "2")
		}, want{"2", "", Fail, 2, 1, nil}},
		// Without numbers there is no event: both count.
		"no numbers": {func(b *recordStore) {
			b.plate("-", "2020-05-01 08:00", "sets", "2")
			b.plate("-", "2020-05-01 08:00", "sets", "2")
		}, want{"4", "", Fail, 4, 1, nil}},
		"nothing": {func(*recordStore) {}, want{"0", "", Fail, 0, 1, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRecordStore(t)
			x.say(b)
			checkFigure(t, Evaluate(row(t, "P5-1"), year20, b.totals()), x.want)
		})
	}
}

// D-2: drop of deaths within 7 days of the accident, on the accident's date. The target has no operator.
func TestDeaths(t *testing.T) {
	for name, x := range map[string]struct {
		say  func(b *recordStore)
		want want
	}{
		// 2019: 2 at the scene + 1 exactly 7 days (604 800 000 ms) later = 3; 1 ms later still is not counted.
		// 2020: 1 at the scene + 1 at the very moment of the accident = 2. (3 − 2) / 3 = 33.33… %.
		"seven days": {func(b *recordStore) {
			a := b.fatal("2019-12-31 23:59", "2")
			b.casualty(a, moment("2020-01-07 23:59", 0))
			b.casualty(a, moment("2020-01-07 23:59", time.Millisecond))
			c := b.fatal("2020-01-01 00:30", "1")
			b.casualty(c, moment("2020-01-01 00:30", 0))
		}, want{"33.3333", "", None, 1, 3, map[string]int64{"accident_dead_unknown": 0}}},
		// A death before the accident cannot belong to it: 2019 has 1, 2020 has 0. 100 %.
		"before the accident": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "1")
			b.casualty(b.accident("2020-05-01 08:00", "severity", "injury"), moment("2020-05-01 08:00", -time.Millisecond))
		}, want{"100", "", None, 1, 1, nil}},
		// Nobody died at the scene, 1 person in hospital: an injury accident with a death. (2 − 1) / 2 = 50 %.
		"only in hospital": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			b.casualty(b.accident("2020-05-01 08:00", "severity", "injury"), moment("2020-05-03 08:00", 0))
		}, want{"50", "", None, 1, 2, nil}},
		// Unknown is never 0: the accident is shown beside, its casualty counts. (1 − 1) / 1 = 0 %.
		"dead at the scene not known": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "1")
			b.casualty(b.accident("2020-05-01 08:00", "severity", "unknown", "dead", "", "procedure", ""), moment("2020-05-03 08:00", 0))
		}, want{"0", "", None, 0, 1, map[string]int64{"accident_dead_unknown": 1}}},
		// A casualty without its unit is incomplete and does not count: 1 against 1. 0 %.
		"a casualty that is incomplete": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "1")
			a := b.fatal("2020-05-01 08:00", "1")
			died := moment("2020-05-02 08:00", 0)
			b.add(a.String(), wire.Create, "casualty", map[string]string{"occurred_at": died, "died_at": died})
		}, want{"0", "", None, 0, 1, nil}},
		"no base": {func(b *recordStore) {
			b.fatal("2020-05-01 08:00", "1")
		}, want{"", NotComputable, None, -1, 0, nil}},
		// Two officers record the same accident and HQ links the records: 1 at the scene (not 2), the casualties of
		// both: 1 + 1 + 1 = 3; base 2. (2 − 3) / 2 = −50 %: a rise.
		"two records of one accident": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			one, two := b.fatal("2020-05-01 08:00", "1"), b.fatal("2020-05-01 08:05", "1")
			b.casualty(one, moment("2020-05-02 08:00", 0))
			b.casualty(two, moment("2020-05-03 08:00", 0))
			b.link("g", one, two)
		}, want{"-50", "", None, -1, 2, nil}},
		// The winning record is voided, and its casualty with it: 1 at the scene and the other's casualty. (2 − 2) / 2 = 0 %.
		"the counting one void": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			one, two := b.fatal("2020-05-01 08:00", "1"), b.fatal("2020-05-01 08:05", "1")
			b.casualty(one, moment("2020-05-02 08:00", 0))
			b.casualty(two, moment("2020-05-03 08:00", 0))
			b.link("g", one, two)
			b.void(one, "accident")
		}, want{"0", "", None, 0, 2, nil}},
		// Two officers record one accident and its one casualty each; HQ links both records and voids the second: one
		// person died. (2 − 1) / 2 = 50 %.
		"one casualty recorded by both": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			one, two := b.accident("2020-05-01 08:00", "severity", "injury"), b.accident("2020-05-01 08:05", "severity", "injury")
			b.casualty(one, moment("2020-05-02 08:00", 0))
			b.casualty(two, moment("2020-05-02 08:00", 0))
			b.link("g", one, two)
			b.void(two, "accident")
		}, want{"50", "", None, 1, 2, nil}},
		// The same by the number of the platform, without any act of HQ: 1 at the scene, the casualties of both: 3; base 2.
		"two records of one number": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			for _, died := range []string{"2020-05-02 08:00", "2020-05-03 08:00"} {
				a := b.accident("2020-05-01 08:00", "severity", "fatal", "procedure", "general", "dead", "1", "platform_number", "1306362020000123")
				b.casualty(a, moment(died, 0))
			}
		}, want{"-50", "", None, -1, 2, nil}},
		// The record with the casualty lacks its severity. It is incomplete, not void: the casualty counts.
		// 1 at the scene and 1: (2 − 2) / 2 = 0 %.
		"the other record incomplete": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			one, two := b.fatal("2020-05-01 08:00", "1"), b.accident("2020-05-01 08:05", "severity", "")
			b.casualty(two, moment("2020-05-02 08:00", 0))
			b.link("g", one, two)
		}, want{"0", "", None, 0, 2, nil}},
		// Alone and void: nothing counts. (2 − 0) / 2 = 100 %.
		"void": {func(b *recordStore) {
			b.fatal("2019-05-01 08:00", "2")
			a := b.fatal("2020-05-01 08:00", "1")
			b.casualty(a, moment("2020-05-02 08:00", 0))
			b.void(a, "accident")
		}, want{"100", "", None, 2, 2, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRecordStore(t)
			x.say(b)
			checkFigure(t, Evaluate(row(t, "D-2"), year20, b.totals()), x.want)
		})
	}
}
