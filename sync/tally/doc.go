// Package tally turns records into contributions, contributions into sums, and sums into indicator
// values and verdicts. Everything is exact: integers for what is added, rationals for what is divided.
package tally

import "roadbook/sync/clock"

// Contribution is what one record adds to one measure on one day of the unit it belongs to.
type Contribution struct {
	Day     clock.Day
	Measure string
	Amount  int64
}

// Sum is the total of a measure for one unit and day.
type Sum struct {
	Unit    string
	Day     clock.Day
	Measure string
	Amount  int64
}
