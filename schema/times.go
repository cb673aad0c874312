package schema

import (
	"fmt"
	"time"
)

// shanghai is the offset of Asia/Shanghai, which has no daylight saving. Times are written and typed in this zone.
var shanghai = time.FixedZone("+08:00", int(shanghaiOffset/time.Second))

const shanghaiOffset = 8 * time.Hour

// Times lie in the years 1 to 9999 of Asia/Shanghai, in Unix milliseconds.
var (
	minTime = time.Date(1, 1, 1, 0, 0, 0, 0, shanghai).UnixMilli()
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 999e6, shanghai).UnixMilli()
)

// parseTime reads RFC 3339 with an offset into Unix milliseconds; digits beyond milliseconds are cut off.
func parseTime(b []byte) (ms int64, ok bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	year, month, day := parseDigits(b[0:4]), parseDigits(b[5:7]), parseDigits(b[8:10])
	hour, minute, second := parseDigits(b[11:13]), parseDigits(b[14:16]), parseDigits(b[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	milli, rest, ok := parseFraction(b[19:])
	if !ok {
		return 0, false
	}
	offset, ok := parseZone(rest)
	if !ok {
		return 0, false
	}
	s := int64(daysSinceEpoch(year, month, day))*86400 + int64(hour*3600+minute*60+second) - int64(offset)*60
	ms = s*1000 + int64(milli)
	return ms, ms >= minTime && ms <= maxTime
}

// parseDay reads "2006-01-02" into yyyymmdd.
func parseDay(b []byte) (day int64, ok bool) {
	if len(b) != len("2006-01-02") || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	y, m, d := parseDigits(b[0:4]), parseDigits(b[5:7]), parseDigits(b[8:10])
	if y < 1 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, false
	}
	return int64(y*10000 + m*100 + d), true
}

// appendDay writes yyyymmdd as "2006-01-02".
func appendDay(b []byte, day int64) []byte {
	return fmt.Appendf(b, "%04d-%02d-%02d", day/10000, day/100%100, day%100)
}

// parseDigits reads decimal digits, -1 for any other text.
func parseDigits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// parseFraction reads ".123…" if present: at most nine digits, of which three count.
func parseFraction(b []byte) (milli int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	scale, i := 100, 1
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		milli += int(b[i]-'0') * scale
		scale /= 10
	}
	return milli, b[i:], i > 1 && i <= 10
}

// parseZone reads "Z" or "+08:00" in minutes.
func parseZone(b []byte) (minutes int, ok bool) {
	if len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if len(b) != 6 || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	h, m := parseDigits(b[1:3]), parseDigits(b[4:6])
	if h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	minutes = h*60 + m
	if b[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSinceEpoch counts days from 1970-01-01 in the proleptic Gregorian calendar
// (days_from_civil, H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func daysSinceEpoch(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	era := (y + 400) / 400 // y ≥ -1: an era is added so that the division truncates downwards
	yoe := y + 400 - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return (era-1)*146097 + doe - 719468
}

// appendTime writes RFC 3339 at +08:00, with milliseconds only if not 0.
func appendTime(b []byte, ms int64) []byte {
	t := time.UnixMilli(ms).In(shanghai)
	if ms%1000 == 0 {
		return t.AppendFormat(b, "2006-01-02T15:04:05-07:00")
	}
	return t.AppendFormat(b, "2006-01-02T15:04:05.000-07:00")
}
