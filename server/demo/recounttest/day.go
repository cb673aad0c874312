package recounttest

import (
	"time"

	"roadbook/server/demo/truth"
)

func yearOf(d truth.Day) int { return int(d) / 10000 }

// january is the first day of the year of d.
func january(d truth.Day) truth.Day { return truth.Day(yearOf(d)*10000 + 101) }

// between reports whether d lies in [from, to].
func between(d, from, to truth.Day) bool { return from <= d && d <= to }

// lastYear is the same day of the year before, 28 February for the 29th.
func lastYear(d truth.Day) truth.Day {
	if int(d)%10000 == 229 {
		d--
	}
	return d - 10000
}

// thisYear reports whether a moment lies between 1 January of at's year and the end of at.
func thisYear(t time.Time, at truth.Day) bool {
	return !t.IsZero() && between(truth.DayOf(t), january(at), at)
}
