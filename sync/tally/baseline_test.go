package tally

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadbook/sync/clock"
)

// A baseline counts if it names an existing measure in the right form, and only then; it has sums of its own.
func TestBaselineSums(t *testing.T) {
	for measure, counts := range map[string]bool{
		"accident_counted": true, "tasks_due:p": true, "tasks_due": false, "accident_counted:x": false, "tasks_due:": false, "nothing": false,
	} {
		b := newRecordStore(t)
		b.addScript("baseline hq 2020-01-05_08:00 measure=~" + measure + " period_from=2019-05-01 period_to=2019-05-31 number=-7")
		want := []Sum{{"hq", 20190531, "baseline@20190501:" + measure, -7}, {"hq", 20190531, "baseline_given@20190501:" + measure, 1}}
		if got := b.sums(); counts != slices.Equal(got, want) || !counts && got != nil {
			t.Errorf("%s: %v", measure, got)
		}
	}
	// Of two baselines of one unit, measure and period the last counts, and a 0 is a number.
	b := newRecordStore(t)
	for _, number := range []string{"1", "2", "0"} {
		b.addScript("baseline hq 2020-01-05_08:00 measure=~accident_counted period_from=2019-05-01 period_to=2019-05-31 number=" + number)
	}
	if got := b.sums(); !slices.Equal(got, []Sum{{"hq", 20190531, "baseline_given@20190501:accident_counted", 1}}) {
		t.Errorf("recorded three times: %v", got)
	}
}

// monthly are the county's accidents of 2019 by month: 359. The squad has 30 a month but 29 in July.
func monthly2019(number func(month int) int, unit string) string {
	var b strings.Builder
	for month := 1; month <= 12; month++ {
		first := clock.Date(2019, 1, 1)
		for int(first.Month()) != month {
			first = first.AddDays(1)
		}
		fmt.Fprintf(&b, "baseline %s 2020-01-05_08:00 measure=~accident_counted period_from=%s period_to=%s number=%d\n", unit, first, monthEnd(first), number(month))
	}
	return b.String()
}

func squadsYear() string {
	return monthly2019(func(month int) int {
		if month == 7 {
			return 29
		}
		return 30
	}, "squad-1")
}

const countyJune = "baseline hq 2020-01-05_08:00 measure=~accident_counted period_from=2019-06-01 period_to=2019-06-30 number="

func accidentOn(unit, minute string) string {
	return "accident " + unit + " " + minute + " severity=property procedure=simple dead=0\n"
}

// Cases of a county: squad-1 with the camp below, and a checkpoint; HQ stands above all.
func TestBaselinesByHand(t *testing.T) {
	tree := NewTree([]Branch{
		{"hq", "", 20190101}, {"squad-1", "hq", 20190101}, {"check-1", "hq", 20190101}, {"camp-1", "squad-1", 20190101},
	})
	const mayOfCheck = "baseline check-1 2020-01-05_08:00 measure=~accident_counted period_from=2019-05-01 period_to=2019-05-31 number="
	for name, x := range map[string]struct {
		script string
		node   string
		to     clock.Day
		want   int64
	}{
		"the units' months":             {squadsYear(), "", 20191231, 359},
		"a late accident of 2019":       {squadsYear() + accidentOn("squad-1", "2019-06-12_08:00"), "", 20191231, 359}, // was 360
		"the county's on top":           {squadsYear() + countyJune + "31", "", 20191231, 359 - 30 + 31},               // was 390
		"the squad's own, though":       {squadsYear() + countyJune + "31", "squad-1", 20191231, 359},
		"a unit without":                {squadsYear() + accidentOn("check-1", "2019-06-12_08:00"), "", 20191231, 360},
		"the county's holds them all":   {squadsYear() + countyJune + "31\n" + accidentOn("check-1", "2019-06-12_08:00"), "", 20191231, 360},
		"the unit's holds those below":  {squadsYear() + accidentOn("camp-1", "2019-06-12_08:00"), "squad-1", 20191231, 359},
		"and the one below has its own": {squadsYear() + accidentOn("camp-1", "2019-06-12_08:00"), "camp-1", 20191231, 1},
		"no unit of the register":       {squadsYear() + countyJune + "31\n" + accidentOn("ghost", "2019-06-12_08:00"), "", 20191231, 360},
		"a ghost's own month":           {strings.ReplaceAll(mayOfCheck, "check-1", "ghost") + "4\n" + accidentOn("ghost", "2019-05-31_23:59"), "", 20191231, 4},
		// 0: the imported table says that nothing happened.
		"nothing happened":         {mayOfCheck + "0\n" + accidentOn("check-1", "2019-05-12_08:00"), "", 20191231, 0},
		"the county's nothing":     {squadsYear() + countyJune + "0", "", 20191231, 329},
		"recorded again":           {mayOfCheck + "9\n" + mayOfCheck + "8\n", "", 20191231, 8},
		"of another dimension":     {"baseline hq 2020-01-05_08:00 measure=~business_count:training period_from=2019-05-01 period_to=2019-05-31 number=9\n" + accidentOn("check-1", "2019-05-12_08:00"), "", 20191231, 1},
		"the day after the period": {mayOfCheck + "9\n" + accidentOn("check-1", "2019-06-01_00:00") + accidentOn("check-1", "2019-04-30_23:59"), "", 20191231, 11},
		// A window that ends within June does not hold June's number: of June there is what was observed until then.
		"to 15 June":              {squadsYear() + countyJune + "31\n" + accidentOn("squad-1", "2019-06-12_08:00"), "", 20190615, 150 + 1},
		"to 29 June":              {squadsYear() + countyJune + "31\n" + accidentOn("squad-1", "2019-06-30_08:00"), "", 20190629, 150},
		"to 30 June":              {squadsYear() + countyJune + "31\n" + accidentOn("squad-1", "2019-06-30_08:00"), "", 20190630, 150 + 31},
		"a quarter":               {squadsYear() + countyJune + "31", "", 20190331, 90},
		"parts of one month":      {strings.ReplaceAll(mayOfCheck, "05-31", "05-15") + "3\n" + accidentOn("check-1", "2019-05-15_23:59") + accidentOn("check-1", "2019-05-16_00:00"), "", 20191231, 4},
		"the longer stands":       {strings.ReplaceAll(mayOfCheck, "05-31", "05-15") + "3\n" + mayOfCheck + "7\n", "", 20191231, 7},
		"until it is reached":     {strings.ReplaceAll(mayOfCheck, "05-31", "05-15") + "3\n" + mayOfCheck + "7\n", "", 20190530, 3},
		"two halves":              {strings.ReplaceAll(mayOfCheck, "05-31", "05-15") + "3\n" + strings.ReplaceAll(mayOfCheck, "05-01", "05-16") + "4\n", "", 20191231, 7},
		"of equal ones the later": {strings.ReplaceAll(mayOfCheck, "05-31", "05-20") + "3\n" + strings.ReplaceAll(mayOfCheck, "05-01", "05-12") + "4\n" + accidentOn("check-1", "2019-05-11_08:00"), "", 20191231, 5},
		// The county's half leaves no half of the checkpoint's month; what was observed in the other half stands.
		"a month cannot be halved": {countyHalf + "5\n" + mayOfCheck + "9\n" + accidentOn("check-1", "2019-05-20_08:00"), "", 20191231, 6},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRecordStore(t)
			b.addScript(x.script)
			sums := slices.DeleteFunc(b.sums(), func(s Sum) bool {
				return !strings.HasSuffix(s.Measure, "accident_counted")
			})
			if got := nodeValue(sums, Scope{tree, x.node}, clock.Window{From: 20190101, To: x.to}); got != x.want {
				t.Errorf("%d, want %d", got, x.want)
			}
		})
	}
}

const countyHalf = "baseline hq 2020-01-05_08:00 measure=~accident_counted period_from=2019-05-01 period_to=2019-05-15 number="

// A void record of a baseline adds nothing: what was observed stands again.
func TestVoidBaseline(t *testing.T) {
	b := newRecordStore(t)
	b.addScript(countyJune + "31\n" + accidentOn("squad-1", "2019-06-12_08:00"))
	year := clock.Window{From: 20190101, To: 20191231}
	if got := b.totals().Sum("accident_counted", year.From, year.To); got != 31 {
		t.Errorf("with the baseline %d, want 31", got)
	}
	for record := range b.states {
		if b.states[record].Obs[0].Kind == "baseline" {
			b.void(b.states[record].Obs[0].ID, "baseline")
		}
	}
	if got := b.totals().Sum("accident_counted", year.From, year.To); got != 1 {
		t.Errorf("after the void %d, want 1", got)
	}
}

// Rings, late entries and a county within a prefecture.
func TestTrees(t *testing.T) {
	for name, x := range map[string]struct {
		branches []Branch
		unit     string
		day      clock.Day
		want     string
	}{
		"no register":           {nil, "check-1", 20190612, "check-1 hq"},
		"HQ itself":             {nil, "hq", 20190612, "hq"},
		"before the first":      {[]Branch{{"camp-1", "squad-1", 20200101}}, "camp-1", 20190612, "camp-1 squad-1 hq"},
		"moved within a month":  {[]Branch{{"camp-1", "squad-1", 20180101}, {"camp-1", "squad-2", 20190630}}, "camp-1", 20190601, "camp-1 squad-2 hq"},
		"moved the month after": {[]Branch{{"camp-1", "squad-1", 20180101}, {"camp-1", "squad-2", 20190701}}, "camp-1", 20190601, "camp-1 squad-1 hq"},
		"corrected":             {[]Branch{{"camp-1", "squad-1", 20180101}, {"camp-1", "squad-2", 20180101}}, "camp-1", 20190601, "camp-1 squad-2 hq"},
		"below itself":          {[]Branch{{"camp-1", "camp-1", 20180101}}, "camp-1", 20190601, "camp-1 hq"},
		"a ring":                {[]Branch{{"a", "b", 20180101}, {"b", "a", 20180101}, {"c", "a", 20180101}}, "c", 20190601, "c a hq"},
		"below the brigade":     {[]Branch{{"hq", "brigade", 20180101}, {"check-1", "brigade", 20180101}}, "check-1", 20190601, "check-1 brigade"},
		"HQ below the brigade":  {[]Branch{{"hq", "brigade", 20180101}}, "hq", 20190601, "hq brigade"},
		"December":              {[]Branch{{"camp-1", "squad-1", 20191231}, {"camp-1", "squad-2", 20200101}}, "camp-1", 20191201, "camp-1 squad-1 hq"},
	} {
		if got := strings.Join(NewTree(x.branches).chain(x.unit, x.day), " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}
