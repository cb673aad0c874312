package schema

import (
	"regexp"
	"strconv"
	"strings"
)

// dayPart is a part of the day: its first and last hour by a clock of 24 hours.
type dayPart struct {
	words       []string
	first, last int
}

var dayParts = []*dayPart{
	{[]string{"凌晨"}, 0, 6},
	{[]string{"上午", "早上", "早晨", "清晨", "早", "am"}, 0, 11},
	{[]string{"中午"}, 11, 14},
	{[]string{"下午"}, 12, 19},
	{[]string{"晚上", "傍晚", "晚"}, 17, 23},
	{[]string{"pm"}, 12, 23},
}

// on24 is the hour by a clock of 24 hours. An hour outside of its part of the day is ambiguous: 12 or 1 at night may lie
// on the next day.
func (p *dayPart) on24(hour int) (_ int, ok bool) {
	for _, h := range []int{hour, hour + 12} {
		if h >= p.first && h <= p.last && (h == hour || hour > 0) {
			return h, true
		}
	}
	return 0, false
}

// cutPart cuts the word for a part of the day off the begin of s; nil: there is none.
func cutPart(s string) (*dayPart, string) {
	for _, p := range dayParts {
		for _, word := range p.words {
			if rest, ok := strings.CutPrefix(s, word); ok {
				return p, strings.TrimSpace(rest)
			}
		}
	}
	return nil, s
}

var numerals = regexp.MustCompile(`[〇零一二两三四五六七八九十]+`)

// digitsOf writes Chinese numerals up to 99, and years digit by digit, in digits: 二〇二〇年十二月 is 2020年12月.
func digitsOf(s string) string { return numerals.ReplaceAllStringFunc(s, digitsOfRun) }

func digitsOfRun(run string) string {
	tens, ones, isTens := strings.Cut(run, "十")
	if !isTens {
		return digitByDigit(run)
	}
	n := 10
	if tens != "" {
		n = 10 * number(digitByDigit(tens))
	}
	one := digitByDigit(ones)
	if n < 10 || n > 90 || len(one) > 1 {
		return run
	}
	return strconv.Itoa(n + number(one))
}

func digitByDigit(run string) string {
	return strings.NewReplacer("〇", "0", "零", "0", "一", "1", "二", "2", "两", "2", "三", "3", "四", "4", "五", "5", "六", "6",
		"七", "7", "八", "8", "九", "9").Replace(run)
}
