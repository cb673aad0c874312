package clock

import (
	"fmt"
	"iter"
	"time"
)

const (
	dayMs    = 24 * 3600 * 1000
	offsetMs = 8 * 3600 * 1000 // Shanghai
)

// DayOf is the day of a moment, Unix ms.
func DayOf(ms int64) Day { return dayOf(time.UnixMilli(ms).In(Shanghai)) }

func dayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Date(y, m, d)
}

// Date makes a day of its parts without checking them.
func Date(year int, month time.Month, day int) Day {
	return Day(year*10000 + int(month)*100 + day)
}

// ParseDay reads "2020-12-31".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("clock: a day is written 2020-12-31: %w", err)
	}
	return dayOf(t), nil
}

// String writes the day as 2020-12-31. Usual days avoid fmt: an export writes several days per record.
func (d Day) String() string {
	if d < 0 || d > 9999_99_99 {
		return fmt.Sprintf("%04d-%02d-%02d", d.Year(), d.Month(), d.DayOfMonth())
	}
	text := []byte("2020-12-31")
	for at, rest := len(text)-1, d; at >= 0; at-- {
		if text[at] != '-' {
			text[at], rest = byte('0'+rest%10), rest/10
		}
	}
	return string(text)
}

// Year, Month and DayOfMonth are the parts of the day.
func (d Day) Year() int { return int(d / 10000) }

// Month is the day's month.
func (d Day) Month() time.Month { return time.Month(d / 100 % 100) }

// DayOfMonth is the day's number in its month, from 1.
func (d Day) DayOfMonth() int { return int(d % 100) }

// Valid reports whether the day is in the calendar.
func (d Day) Valid() bool { return d > 0 && dayOf(d.time()) == d }

// Start is the day's first millisecond, Unix.
func (d Day) Start() int64 { return d.time().UnixMilli() - offsetMs }

// Range is the day as moments, Unix ms: from inclusive, to exclusive.
func (d Day) Range() (from, to int64) { return d.Start(), d.Start() + dayMs }

// AddDays moves by n days.
func (d Day) AddDays(n int) Day { return dayOf(d.time().AddDate(0, 0, n)) }

// AddYears is the same day n years later; 29 February becomes 28 February in a year without a leap day.
func (d Day) AddYears(n int) Day {
	if moved := d + Day(n)*10000; moved.Valid() {
		return moved
	}
	return d - 1 + Day(n)*10000
}

// YearStart is 1 January of the day's year.
func (d Day) YearStart() Day { return Date(d.Year(), time.January, 1) }

// IsMonthEnd reports whether d is the last of its month.
func (d Day) IsMonthEnd() bool { return d.AddDays(1).DayOfMonth() == 1 }

func (d Day) time() time.Time {
	return time.Date(d.Year(), d.Month(), d.DayOfMonth(), 0, 0, 0, 0, time.UTC)
}

// Window is a run of days, both ends included; empty if To is before From.
type Window struct{ From, To Day }

// YearToDate is the window of a flow: 1 January to the day.
func YearToDate(d Day) Window { return Window{d.YearStart(), d} }

// Contains reports whether d is in the window.
func (w Window) Contains(d Day) bool { return w.From <= d && d <= w.To }

// Days are the days of the window in order.
func (w Window) Days() iter.Seq[Day] {
	return func(yield func(Day) bool) {
		for d := w.From; d <= w.To; d = d.AddDays(1) {
			if !yield(d) {
				return
			}
		}
	}
}

// AddYears is the same window n years later, for year-on-year comparison. A window up to the end of February ends at
// the end of February in the other year too, on the 28th or the 29th.
func (w Window) AddYears(n int) Window {
	moved := Window{w.From.AddYears(n), w.To.AddYears(n)}
	if w.To.Month() == time.February && w.To.IsMonthEnd() && !moved.To.IsMonthEnd() {
		moved.To++
	}
	return moved
}

// Since counts the days from e to d: 0 for the same day, negative if e is later.
func (d Day) Since(e Day) int { return int((d.Start() - e.Start()) / dayMs) }
