package tally

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/clock"
)

// P3-4 of version 2: days of facilities in use / days of facilities in use, idle or out of order, ≥ 90 %. A facility is in one
// state a day. 2020 has 366 days.
func TestStatesOfFacilities(t *testing.T) {
	const f1 = "\nfacility squad-1 %s_08:00 facility=F1 facility_type=camera status=%s status_from=%s"
	said := func(status, from, until string) string {
		line := fmt.Sprintf(f1, from, status, from)
		if until != "" {
			line += " status_to=" + until
		}
		return line
	}
	runExamples(t, []example{
		// In use from 1 January and broken from 2 January, neither ended: 1 day in use, 365 broken. 1 / 366 = 0.27322… %.
		{"P3-4@2", "in use, then broken", year20, said("in_use", "2020-01-01", "") + said("broken", "2020-01-02", ""), want{"0.2732", "", Fail, 1, 366, nil}},
		// Of another unit, and recorded first: the same.
		{"P3-4@2", "broken, recorded by another unit", year20, replace(said("broken", "2020-01-02", ""), "squad-1", "squad-2") + said("in_use", "2020-01-01", ""), want{"0.2732", "", Fail, 1, 366, nil}},
		// All on one day: removed holds, so nothing is built; without it broken, without that idle.
		{"P3-4@2", "removed before broken", year20, said("building", "2020-01-01", "") + said("in_use", "2020-01-01", "") + said("idle", "2020-01-01", "") + said("broken", "2020-01-01", "") + said("removed", "2020-01-01", ""),
			want{"", NoData, None, 0, 0, nil}},
		{"P3-4@2", "broken before idle", year20, said("building", "2020-01-01", "") + said("in_use", "2020-01-01", "2020-07-01") + said("idle", "2020-01-01", "2020-01-03") + said("broken", "2020-01-01", "2020-01-02"),
			want{"98.9011", "", Pass, 180, 182, nil}}, // 1 January broken, the 2nd idle, in use to 30 June (180 days), then being built
		// Broken from 2 March to the 5th (exclusive), in use before: in use again from the 5th. 366 − 3 = 363 of 366.
		{"P3-4@2", "repaired", year20, said("in_use", "2018-06-30", "") + said("broken", "2020-03-02", "2020-03-05"), want{"99.1803", "", Pass, 363, 366, nil}},
		// Idle to 1 January, broken over New Year to 11 January, and only then in use, to the 20th: 10 broken + 10 in use by the 20th.
		{"P3-4@2", "over New Year", 20200120, said("idle", "2019-01-01", "2020-01-01") + said("broken", "2019-12-20", "2020-01-11") + said("in_use", "2020-01-11", ""), want{"50", "", Fail, 10, 20, nil}},
		// Broken and repaired while a longer time out of use goes on, which began before and ends later: the later begin holds
		// while it lasts. To 31 January: 1 to 4 in use, 5 to 9 idle, 10 to 14 in use, 15 to 19 idle, 20 to 31 in use: 21 of 31.
		{"P3-4@2", "one within the other", 20200131, said("in_use", "2020-01-01", "") + said("idle", "2020-01-05", "2020-01-20") + said("in_use", "2020-01-10", "2020-01-15"),
			want{"67.7419", "", Fail, 21, 31, nil}},
		{"P3-4@2", "removed", 20200110, said("in_use", "2019-01-01", "") + said("removed", "2020-01-06", ""), want{"100", "", Pass, 5, 5, nil}},
		{"P3-4@2", "all gone before", year20, said("in_use", "2019-01-01", "2019-12-31"), want{"", NoData, None, 0, 0, nil}},
		// A name with a colon, and another facility: 366 and 366 − 1 of 732.
		{"P3-4@2", "two facilities", year20, replace(said("in_use", "2020-01-01", "")+said("broken", "2020-12-31", ""), "F1", "F:1") + said("in_use", "2020-01-01", ""),
			want{"99.8634", "", Pass, 731, 732, nil}},
	})
}

// The first version counts such a facility twice, and goes on doing so: what was published does not change.
func TestStatesOfTheFirstVersion(t *testing.T) {
	runExamples(t, []example{{"P3-4", "in use, then broken", year20, `
		facility squad-1 2020-01-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2020-01-01
		facility squad-1 2020-01-02_08:00 facility=F1 facility_type=camera status=broken status_from=2020-01-02
	`, want{"50.0684", "", Fail, 366, 731, nil}}})
}

// The terms of the figure lead to the records of every state, and the days of all states are terms too.
func TestTermsOfStates(t *testing.T) {
	b := newRecordStore(t)
	b.addScript("facility squad-1 2020-01-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2020-01-01\n" +
		"facility squad-1 2020-01-01_08:00 facility=F1 facility_type=camera status=removed status_from=2020-01-11")
	ind, _ := second(t).Indicator("P3-4")
	f := Evaluate(ind, 20200131, b.totals())
	want := []Term{
		{"facility_state:in_use", 0, 20200131, 10, RoleNumerator},
		{"facility_state:in_use", 0, 20200131, 10, RoleDenominator}, {"facility_state:idle", 0, 20200131, 0, RoleDenominator}, {"facility_state:broken", 0, 20200131, 0, RoleDenominator},
		{"facility_state:removed", 0, 20200131, 21, RoleBeside}, {"facility_state:building", 0, 20200131, 0, RoleBeside},
	}
	if !slices.Equal(f.Terms, want) || f.AsOf != 20200111 {
		t.Errorf("%+v as of %s", f.Terms, f.AsOf)
	}
}

// A squadron stands below the branch until May and below HQ from June: what began there counts for the branch until its end,
// though that day lies in a month in which the squadron is HQ's. In use 1 March to 31 July: 31 + 30 + 31 + 30 + 31 = 153 days.
func TestAnEndCountsWhereItsBeginDoes(t *testing.T) {
	tree := NewTree([]Branch{{"squad-1", "branch", 20190101}, {"squad-1", "hq", 20200601}})
	b := newRecordStore(t)
	b.addScript("facility squad-1 2020-03-01_08:00 facility=F1 facility_type=camera status=in_use status_from=2020-03-01 status_to=2020-08-01")
	ind, _ := second(t).Indicator("P3-4")
	for unit, want := range map[string]int64{"branch": 153, "check-1": 0, "": 153} {
		if f := Evaluate(ind, 20201231, plainTotals{b.sums(), Scope{Tree: tree, Unit: unit}}); f.Numerator != want || f.Denominator != want {
			t.Errorf("P3-4 of %q: %d of %d days, want %d", unit, f.Numerator, f.Denominator, want)
		}
	}
	segments := segmentPeriods([]Sum{{"squad-1", 20200301, "l:S1", 900}, {"squad-2", 20200301, "l:S2", 100}},
		[]Sum{{"squad-2", 20200401, "e:S1:20200301", 1}, {"squad-1", 20200501, "e:S1:20200301", 1}})
	if s1, s2 := segments["S1"], segments["S2"]; len(s1) != 1 || s1[0].until != 20200501 || len(s2) != 1 || s2[0].until != 0 {
		t.Errorf("S1 %+v, S2 %+v", s1, s2)
	}
}

// HQ may keep two records of one state and day apart: while one goes on, the state does, and the later end stands.
func TestStatesKeptApart(t *testing.T) {
	began := []Sum{{"squad-1", 20200101, "s:in_use:F1", 2}}
	one := []Sum{{"squad-1", 20200301, "e:in_use:20200101:F1", 1}}
	both := append(slices.Clone(one), Sum{"squad-1", 20200201, "e:in_use:20200101:F1", 1})
	for name, tt := range map[string]struct {
		ended []Sum
		until clock.Day
	}{"none ended": {nil, 0}, "one ended": {one, 0}, "both ended": {both, 20200301}} {
		got := periodsByThing(stateNames, began, tt.ended)
		if want := []period{{3, 20200101, tt.until}}; len(got) != 1 || !slices.Equal(got["F1"], want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// drawnState is a record of one of three facilities.
type drawnState struct {
	facility, state int
	from, until     int // days; until 0: not ended
}

var (
	stateNames  = []string{"removed", "broken", "idle", "in_use", "building"} // the first of one day holds
	drawnStates = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) drawnState {
		d := drawnState{facility: rapid.IntRange(0, 2).Draw(t, "facility"), state: rapid.IntRange(0, 4).Draw(t, "state"), from: rapid.IntRange(20, 40).Draw(t, "from")}
		if rapid.Bool().Draw(t, "ended") {
			d.until = d.from + rapid.IntRange(1, 30).Draw(t, "days")
		}
		return d
	}), 0, 9, func(d drawnState) [3]int { return [3]int{d.facility, d.state, d.from} }) // the key of a facility's record
)

// A second implementation looks at each day and each record: no periods, no order, no stack.
func TestStatesAreARecountByDays(t *testing.T) {
	ind, _ := second(t).Indicator("P3-4")
	rapid.Check(t, func(rt *rapid.T) {
		all, last := drawnStates.Draw(rt, "states"), rapid.IntRange(newYear, horizon).Draw(rt, "last")
		b := newRecordStore(t)
		for i, d := range all {
			line := fmt.Sprintf("facility squad-%d %s_08:00 facility=F%d facility_type=camera status=~%s status_from=%s", i%2, text(d.from), d.facility, stateNames[d.state], text(d.from))
			if d.until > 0 {
				line += " status_to=" + text(d.until)
			}
			b.addScript(line)
		}
		var used, built int64
		for day := newYear; day <= last; day++ {
			for facility := range 3 {
				switch stateOn(all, facility, day) {
				case "in_use":
					used++
					built++
				case "idle", "broken":
					built++
				}
			}
		}
		f := Evaluate(ind, dayOn(last), b.totals())
		if f.Numerator != used || f.Denominator != built || f.Text() != ratio(used, built) {
			rt.Errorf("%d / %d = %q, recounted %d / %d for %+v", f.Numerator, f.Denominator, f.Text(), used, built, all)
		}
	})
}

// stateOn is a facility's state on a day, "" for none: of the records that hold, none begins later, and of one day none comes
// first in the order.
func stateOn(all []drawnState, facility, day int) string {
	holds := func(d drawnState) bool {
		return d.facility == facility && d.from <= day && (d.until == 0 || day < d.until)
	}
	for _, d := range all {
		beaten := slices.ContainsFunc(all, func(o drawnState) bool {
			return holds(o) && (o.from > d.from || o.from == d.from && o.state < d.state)
		})
		if holds(d) && !beaten {
			return stateNames[d.state]
		}
	}
	return ""
}

// A facility with very many records costs about as much as as many facilities with one each.
func TestStatesCostIsBounded(t *testing.T) {
	const n = 200_000
	all := make([]period, n)
	for i := range all {
		all[i] = period{state: i % 5, from: clock.Day(20200101).AddDays(i % 366), until: clock.Day(20210101).AddDays(i % 700)}
	}
	counts := make([]int64, 5)
	countDays(all, clock.YearToDate(20201231), counts)
	var days int64
	for _, c := range counts {
		days += c
	}
	if days != 366 {
		t.Errorf("%d days in all states, a year has 366", days)
	}
}
