package tally

import (
	"slices"
	"testing"

	"roadbook/sync/clock"
)

func (b *recordStore) totalsOfUnit(unit string) Totals {
	all := slices.DeleteFunc(plainSums(b.sums()), func(s Sum) bool { return s.Unit != unit })
	return plainTotals{all, Alone(unit)}
}

// A year of two squads and of HQ, which alone has the roads, the plan and the cameras' counts.
const sharedYear = `
	segment hq 2019-01-05_08:00 segment=S1 km=6 from_day=2019-01-01
	patrol squad-1 2020-01-01_08:00 segment=S1 shift=early shift_day=2020-01-01 start_at=2020-01-01_08:00 end_at=2020-01-01_09:00
	patrol squad-2 2020-01-01_15:00 segment=S1 shift=middle shift_day=2020-01-01 start_at=2020-01-01_15:00 end_at=2020-01-01_16:00
	facility_plan hq 2020-01-01_08:00 plan_item=lamps facility_type=signal planned=20 from_day=2020-01-01
	facility squad-1 2020-01-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=in_use status_from=2020-01-01
	3* enforcement squad-1 2020-01-01_10:00 road_type=22 violation_code=1345 plate_number=- action=fine
	offsite hq 2020-01-01_08:00 period_from=2020-01-01 period_to=2020-01-01 road_type=22 number=1 source_system=tms file_digest=0000000000000000000000000000000000000000000000000000000000000000
	10* task hq 2020-01-01_08:00 project=451-0401-YZN-Y5U1 task=t# due_on=2020-01-01
	9* task squad-1 2020-01-01_09:00 project=451-0401-YZN-Y5U1 task=t# due_on=2020-01-01 done_at=2020-01-01_09:00
`

// P4-1, P3-2 and D-1 divide what units record by what HQ keeps: one unit has no value, HQ no 0 %. All others are as before.
func TestRowsOfOneUnit(t *testing.T) {
	const day = clock.Day(20200101)
	none := want{"", WholeBrigade, None, 0, 0, nil}
	b := newRecordStore(t)
	b.addScript(sharedYear)
	for _, tt := range []struct {
		row, unit string
		want      want
	}{
		{"P4-1", "", want{"66.6667", "", Fail, 12_000, 18_000, nil}}, // 2 of 3 shifts of 6 km
		{"P4-1", "hq", none},
		{"P4-1", "squad-1", none},
		{"P3-2", "", want{"100", "", Pass, 1, 1, nil}},
		{"P3-2", "hq", want{"", WholeBrigade, None, 0, 0, map[string]int64{"facility_planned:signal": 20}}},
		{"P3-2", "squad-1", want{"", WholeBrigade, None, 0, 0, map[string]int64{"facility_accepted:signal": 20}}},
		{"D-1", "", want{"75", "", Pass, 3, 4, nil}},
		{"D-1", "hq", none},
		{"D-1", "squad-1", none},
		{"D-1", "squad-9", none}, // no such unit
		// A task that a squad has done is the squad's, plan and deed; the tenth is still HQ's: 9 / 9 and 0 / 1.
		{"P1-3", "", want{"90", "", Pass, 9, 10, nil}},
		{"P1-3", "squad-1", want{"100", "", Pass, 9, 9, nil}},
		{"P1-3", "hq", want{"0", "", Fail, 0, 1, nil}},
		{"P3-4", "squad-1", want{"100", "", Pass, 1, 1, nil}},
	} {
		t.Run(tt.row+" "+tt.unit, func(t *testing.T) {
			totals := b.totals()
			if tt.unit != "" {
				totals = b.totalsOfUnit(tt.unit)
			}
			checkFigure(t, Evaluate(row(t, tt.row), day, totals), tt.want)
		})
	}
}

// The terms of such a row hold what the unit itself adds, so that its records can be found.
func TestTermsOfOneUnit(t *testing.T) {
	const day = clock.Day(20200101)
	b := newRecordStore(t)
	b.addScript(sharedYear)
	for _, tt := range []struct {
		row, unit string
		want      []Term
	}{
		{"P4-1", "squad-1", []Term{{"patrol_passes", day, day, 1, RoleNumerator}, {"segment_metres", 0, day, 0, RoleDenominator}}},
		{"P4-1", "hq", []Term{{"patrol_passes", day, day, 0, RoleNumerator}, {"segment_metres", 0, day, 6000, RoleDenominator}}},
		{"D-1", "squad-1", []Term{
			{"enforcement_on_site", day, day, 3, RoleNumerator}, {"enforcement_on_site", day, day, 3, RoleDenominator}, {"enforcement_off_site", day, day, 0, RoleDenominator},
		}},
	} {
		if got := Evaluate(row(t, tt.row), day, b.totalsOfUnit(tt.unit)).Terms; !slices.Equal(got, tt.want) {
			t.Errorf("%s of %s reads %+v, want %+v", tt.row, tt.unit, got, tt.want)
		}
	}
}
