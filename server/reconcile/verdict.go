package reconcile

import (
	"fmt"
	"strings"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// A pair of one key has fullScore. From leastScore on a row and a record are likely one thing.
const (
	fullScore  = 100
	leastScore = 50
)

// verdict is a score with its grounds, each in words.
type verdict struct {
	score  int
	quiet  bool // the score alone is wanted
	zh, en []string
}

// take notes a ground, and its cost in points.
func (v *verdict) take(cost int, zh, en string) {
	v.score -= cost
	if zh != "" && !v.quiet {
		v.zh, v.en = append(v.zh, zh), append(v.en, en)
	}
}

// words are the grounds and the score on one line: "同一号牌，晚 1 天登记：90 分".
func (v *verdict) words() schema.Text {
	return schema.Text{
		ZH: fmt.Sprintf("%s：%d 分", strings.Join(v.zh, "，"), v.score),
		EN: fmt.Sprintf("%s: %d points", strings.Join(v.en, ", "), v.score),
	}
}

// takef is take with a number in the words.
func (v *verdict) takef(cost int, zh, en string, n int64) {
	if v.quiet {
		v.score -= cost
		return
	}
	v.take(cost, fmt.Sprintf(zh, n), fmt.Sprintf(en, n))
}

// foldNumber is a number without the letters that people type for digits, and without punctuation.
func foldNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'O' || r == 'o':
			return '0'
		case r == 'I' || r == 'i' || r == 'l':
			return '1'
		case strings.ContainsRune(" -_/.·（）()[]〔〕", r):
			return -1
		}
		return r
	}, strings.ToUpper(schema.CleanName(s)))
}

// Bounds of a suffix behind a number: its length, and of the number before.
const (
	mostSuffix = 4
	leastStem  = 8
)

// likeness of two numbers.
type likeness int

const (
	unknown likeness = iota // one side or both have no number
	same
	spelling  // but for O and 0, I and 1, or punctuation
	suffixed  // one is the begin of the other
	different // two numbers
)

// compareNumbers compares a number of two entries.
func compareNumbers(there, here *Entry, field string) likeness {
	a, b := there.field(field), here.field(field)
	switch {
	case a == "" || b == "" || a == schema.NoPlate || b == schema.NoPlate:
		return unknown
	case a == b:
		return same
	}
	a, b = there.fold(field), here.fold(field)
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case a == b:
		return spelling
	case len(a) >= leastStem && len(b)-len(a) <= mostSuffix && strings.HasPrefix(b, a):
		return suffixed
	}
	return different
}

// number takes the likeness of two numbers, by the costs of each but same; a cost of 0 says nothing.
func (v *verdict) number(l likeness, zh, en string, costs map[likeness]int) {
	if v.quiet {
		v.score -= costs[l]
		return
	}
	ways := map[likeness][2]string{
		same: {"相同", "is the same"}, spelling: {"仅 O/0、I/1 或标点之别", "differs by O/0, I/1 or punctuation alone"}, suffixed: {"一边多出后缀", "has a suffix on one side"},
		unknown: {"有一边没有", "is missing on one side"}, different: {"不同", "differs"},
	}
	v.take(costs[l], zh+ways[l][0], en+" "+ways[l][1])
}

// noon is half a day in minutes: a moment of the afternoon typed as one of the morning.
const noon = 12 * 60

// isHalfDay reports whether minutes are half a day, give or take five minutes.
func isHalfDay(minutes int64) bool { return noon-5 <= minutes && minutes <= noon+5 }

// timeCosts are the points for minutes apart up to a bound; half a day has a cost of its own, more than all bounds the last one.
type timeCosts struct {
	upTo    []int64
	points  []int
	halfDay int
	more    int
	aDay    int // a day apart, where an hour is unknown
}

// time takes the time between two entries.
func (v *verdict) time(there, here *Entry, c *timeCosts) {
	minutes, known := minutesApart(there, here)
	if !known {
		v.days(there, here, c)
		return
	}
	zh, en, n := "相差 %d 分钟", "%d minutes apart", minutes
	if minutes >= 2*24*60 {
		zh, en, n = "相差 %d 天", "%d days apart", minutes/24/60
	}
	for i, most := range c.upTo {
		switch {
		case minutes == 0:
			v.take(c.points[i], "同一时刻", "the same moment")
			return
		case minutes <= most:
			v.takef(c.points[i], zh, en, n)
			return
		}
	}
	if isHalfDay(minutes) {
		v.take(c.halfDay, "相差 12 小时，似上午下午之误", "12 hours apart, as a.m. for p.m.")
		return
	}
	v.takef(c.more, zh, en, n)
}

func (v *verdict) days(there, here *Entry, c *timeCosts) {
	n := daysApart(there, here)
	switch {
	case there.Day == 0 || here.Day == 0 || n > maxDays || n < -maxDays:
		v.take(c.more, "日期相差很远", "the days are far apart")
	case n == 0:
		v.take(c.points[1], "同日", "the same day")
	default:
		v.take(min(c.aDay*max(n, -n), c.more), laterZH(n), laterEN(n))
	}
}

// maxDays bounds the days that words name.
const maxDays = 400

func laterZH(days int) string {
	if days < 0 {
		return fmt.Sprintf("此处早 %d 天登记", -days)
	}
	return fmt.Sprintf("晚 %d 天登记", days)
}

func laterEN(days int) string {
	unit := "days"
	if days == 1 || days == -1 {
		unit = "day"
	}
	if days < 0 {
		return fmt.Sprintf("recorded %d %s earlier here", -days, unit)
	}
	return fmt.Sprintf("recorded %d %s later", days, unit)
}

// yearOf is a year's first and last day.
func yearOf(year int) (from, to clock.Day) { return clock.Date(year, 1, 1), clock.Date(year, 12, 31) }
