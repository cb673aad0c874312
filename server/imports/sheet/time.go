package sheet

import (
	"math"
	"strconv"
	"time"
)

// Days of a workbook are counted from 30 December 1899, so that 1 March 1900 is day 61 (a day 29 February 1900 was
// believed in), or from 1 January 1904.
var (
	dayZero     = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	dayZero1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

const (
	firstDay = 61      // 1 March 1900; the days before have other numbers in other programs
	endDay   = 2958466 // the day after 31 December 9999
	noise    = 1e-9    // of a day: sums of days and times miss the whole day by less
)

// Time is the moment of a serial number of days, cut to whole seconds, as wall time in UTC. Below 1 the number is a time of
// day alone. Nothing is rounded over a day: 23:59:59.7 is 23:59:59. ok is false outside the years 1900 to 9999.
func (b *Book) Time(decimal string) (at time.Time, ok bool) {
	n, err := strconv.ParseFloat(decimal, 64)
	if err != nil || n < 0 || n >= endDay || n >= 1 && n < firstDay && !b.Date1904 {
		return at, false
	}
	day := math.Floor(n)
	part := n - day
	if 1-part < noise && day > 0 {
		day, part = day+1, 0
	}
	ms := min(math.Round(part*86400_000), 86400_000-1)
	zero := dayZero
	if b.Date1904 {
		zero = dayZero1904
	}
	at = zero.AddDate(0, 0, int(day)).Add(time.Duration(ms) * time.Millisecond).Truncate(time.Second)
	return at, at.Year() <= 9999
}
