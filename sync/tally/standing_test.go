package tally

import (
	"testing"

	"roadbook/sync/clock"
)

// The dates of values that stand, by hand, and of values that do not.
func TestDatesOfWhatStands(t *testing.T) {
	const facilities = `
		facility squad-1 2018-06-30_08:00 facility=F1 facility_type=camera status=in_use status_from=2018-06-30
		facility squad-2 2017-03-01_08:00 facility=F2 facility_type=camera status=in_use status_from=2017-03-01
		facility squad-2 2021-02-01_08:00 facility=F3 facility_type=camera status=idle status_from=2021-02-01
	`
	const gone = "facility squad-1 2018-06-30_08:00 facility=F1 facility_type=camera status=in_use status_from=2018-06-30 status_to=2019-06-30"
	const plan = `
		facility_plan hq 2018-01-05_08:00 plan_item=lamps facility_type=signal planned=20 from_day=2018-01-01
		facility squad-1 2018-06-01_08:00 facility=F1 facility_type=signal plan_item=lamps planned=20 accepted=20 status=in_use status_from=2018-06-01
	`
	const due = `
		vehicles_due office-1 2018-06-30_08:00 due=90
		vehicles_due office-1 2020-02-01_08:00 due=310
		vehicles_due office-2 2019-05-01_08:00 due=100
		vehicles_due office-3 2019-12-01_08:00 due=7
	`
	const asset = "asset hq 2019-05-01_08:00 asset=a project=451-0401-YZN-RX4L bought_on=2019-05-01 in_service_on="
	const counted = "compliance office-1 2020-01-31_08:00 due=100 missed=50"
	const points = `count hq 2021-01-05_08:00 what=~service_points period_from=2018-04-01 period_to=2018-06-30 number=6 source_system=s ` +
		"file_digest=0000000000000000000000000000000000000000000000000000000000000000"
	for _, x := range []struct {
		row          string
		at           clock.Day
		script       string
		value        string
		asOf, oldest clock.Day
	}{
		{"P3-4", year20, facilities, "100", 20180630, 0},
		{"P3-4", year21, facilities, "68.609", 20210201, 0}, // 2 × 365 / (2 × 365 + 334) = 730 / 1064 = 68.60902…
		{"P3-4", 20160101, facilities, "", 0, 0},
		{"P3-4", year20, gone, "", 0, 0}, // no value, so nothing to date
		{"P3-2", 20260630, plan, "100", 20180601, 0},
		{"P2-3.assets", year20, asset + "2019-06-01", "100", 20190601, 0},
		{"P2-3.assets", year20, asset + "2021-06-01", "0", 20190501, 0}, // what is to come is no record of today
		{"P5-2.ledger", year20, due, "417", 20200201, 20190501},
		{"P5-2.ledger", 20181231, due, "90", 20180630, 0},
		{"P5-2.ledger", 20171231, due, "0", 0, 0},
		{"P5-5.service_points", 20260630, points, "6", 20180630, 0},
		{"P5-2", year20, counted, "50", 0, 0},
		{"P5-1", year20, "plate office-1 2020-05-01_08:00 plate_type=02 plate_number=冀F8K2M6 business=register", "1", 0, 0},
	} {
		b := newRecordStore(t)
		b.addScript(x.script)
		var f Figure
		if co, ok := shunping(t).Companion(x.row); ok {
			f = Compute(co.Formula, x.at, b.totals())
		} else {
			f = Evaluate(row(t, x.row), x.at, b.totals())
		}
		if f.Text() != x.value || f.AsOf != x.asOf || f.Oldest != x.oldest {
			t.Errorf("%s at %d is %s as of %d, the oldest %d; want %s, %d, %d", x.row, x.at, f.Text(), f.AsOf, f.Oldest, x.value, x.asOf, x.oldest)
		}
	}
}
