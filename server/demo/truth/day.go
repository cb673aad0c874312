package truth

import "time"

// Day is a day in China as the number yyyymmdd; numbers compare as days do.
type Day int

var china = time.FixedZone("UTC+8", 8*60*60)

// DayOf is the day of a moment in China.
func DayOf(t time.Time) Day {
	t = t.In(china)
	return Day(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

// Time is the first moment of the day.
func (d Day) Time() time.Time {
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, china)
}

// Next is the day n days later.
func (d Day) Next(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }
