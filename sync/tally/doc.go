// Package tally turns records into contributions, contributions into sums, and sums into indicator values and verdicts.
// All arithmetic is exact: integers for sums, rationals for quotients. For the formulas see
// schema/DOMAIN.md#indicators.
package tally

import "roadbook/sync/clock"

// Contribution is the amount that a record adds to a measure on a day of the record's unit.
type Contribution struct {
	Day     clock.Day
	Measure string
	Amount  int64
}

// Sum is the total of a measure for a unit and day.
type Sum struct {
	Unit    string
	Day     clock.Day
	Measure string
	Amount  int64
}
