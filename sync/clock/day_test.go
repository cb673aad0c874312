package clock

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayOfShanghai(t *testing.T) {
	for at, want := range map[string]Day{
		"2020-12-31T23:59:59+08:00": 20201231,
		"2020-12-31T16:00:00Z":      20210101,
		"2020-12-31T15:59:59Z":      20201231,
		"2021-01-01T00:30:00+08:00": 20210101,
		"1970-01-01T00:00:00Z":      19700101,
		"1969-12-31T15:59:59Z":      19691231,
		"2020-02-29T12:00:00+08:00": 20200229,
		"1988-07-01T00:30:00+08:00": 19880701, // summer time was kept then; the system has none
	} {
		if got := DayOf(ms(t, at)); got != want {
			t.Errorf("%s is in %v, want %v", at, got, want)
		}
	}
}

func TestDayRange(t *testing.T) {
	from, to := Day(20201231).Range()
	if from != ms(t, "2020-12-31T00:00:00+08:00") || to != ms(t, "2021-01-01T00:00:00+08:00") {
		t.Errorf("%d to %d", from, to)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, MaxMs).Draw(t, "ms")
		day := DayOf(at)
		if from, to := day.Range(); at < from || at >= to || to-from != 86_400_000 || DayOf(to) != day.AddDays(1) {
			t.Fatalf("%d in %v: %d to %d", at, day, from, to)
		}
		if back, err := ParseDay(day.String()); err != nil || back != day || !day.Valid() {
			t.Fatal(back, err)
		}
	})
}

func TestDayParts(t *testing.T) {
	d := Day(20201105)
	if d.Year() != 2020 || d.Month() != time.November || d.DayOfMonth() != 5 || d.String() != "2020-11-05" ||
		d.YearStart() != 20200101 || d.AddDays(26) != 20201201 || d.AddDays(-5) != 20201031 {
		t.Errorf("%v: %d %d %d", d, d.Year(), d.Month(), d.DayOfMonth())
	}
	for _, bad := range []string{"", "2020-02-30", "2021-02-29", "20201231", "2020-1-1", "2020-12-31T00:00:00Z"} {
		if d, err := ParseDay(bad); err == nil {
			t.Errorf("%q read as %v", bad, d)
		}
	}
	for _, bad := range []Day{0, -1, 20200230, 20210229, 20201301, 20200100} {
		if bad.Valid() {
			t.Errorf("%d is no day", bad)
		}
	}
}

func TestYearOnYear(t *testing.T) {
	for _, c := range []struct {
		day  Day
		n    int
		want Day
	}{
		{20201231, -1, 20191231}, {20200229, -1, 20190228}, {20200229, -4, 20160229}, {20200229, 1, 20210228},
		{20200301, -1, 20190301}, {20210228, -1, 20200228}, {20200229, -120, 19000228},
	} {
		if got := c.day.AddYears(c.n); got != c.want {
			t.Errorf("%v %+d years = %v, want %v", c.day, c.n, got, c.want)
		}
	}
	for _, c := range []struct{ in, want Window }{
		{Window{20200101, 20200331}, Window{20190101, 20190331}},
		{Window{20200101, 20200229}, Window{20190101, 20190228}},
		{Window{20210101, 20210228}, Window{20200101, 20200229}}, // to the end of February
		{Window{20210101, 20210227}, Window{20200101, 20200227}},
		{Window{20200101, 20200228}, Window{20190101, 20190228}},
	} {
		if got := c.in.AddYears(-1); got != c.want {
			t.Errorf("%v a year before: %v, want %v", c.in, got, c.want)
		}
	}
}

func TestWindow(t *testing.T) {
	w := YearToDate(20200302)
	if w != (Window{20200101, 20200302}) || !w.Contains(20200101) || !w.Contains(20200302) || w.Contains(20200303) ||
		w.Contains(20191231) {
		t.Error(w)
	}
	got := slices.Collect(Window{20200228, 20200301}.Days())
	if !slices.Equal(got, []Day{20200228, 20200229, 20200301}) {
		t.Error(got)
	}
	if empty := slices.Collect(Window{20200302, 20200301}.Days()); len(empty) != 0 {
		t.Error(empty)
	}
	for d := range w.Days() { // stopped early
		if d == 20200102 {
			break
		}
	}
}

// String writes every day as fmt would, invalid days too.
func TestDayString(t *testing.T) {
	for _, d := range []Day{0, 1, 101, 20200301, 20201231, 9999_12_31, 9999_99_99, 10000_01_01, -20200301} {
		if got, want := d.String(), fmt.Sprintf("%04d-%02d-%02d", int(d/10000), int(d/100%100), int(d%100)); got != want {
			t.Errorf("%d is written %q, want %q", int32(d), got, want)
		}
	}
}
