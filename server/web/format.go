package web

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"roadbook/sync/clock"
)

// grouped sets thousands apart: "1234567.5" becomes "1,234,567.5". What is no number stays as it is.
func grouped(decimal string) string {
	sign, digits := "", decimal
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "−", rest
	}
	whole, fraction, has := strings.Cut(digits, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" {
		return decimal
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if has {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// wan writes 元 as 万元 with four decimals, as the budget's tables do: 4687600.00 is 468.7600.
func wan(yuan string) string {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return yuan
	}
	return grouped(r.Quo(r, big.NewRat(10_000, 1)).FloatString(4))
}

// trimmed is a fraction with at most places decimals, zeros at the end left out.
func trimmed(r *big.Rat, places int) string {
	s := r.FloatString(places)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// scale is how the sums of a measure's unit are shown: divided, under another unit.
type scale struct {
	by     int64
	zh, en string
}

// scales of the units in which measures add up exactly and people do not think.
var scales = map[string]scale{
	"毫秒":   {3_600_000, "小时", "h"},
	"分":    {100, "元", "yuan"},
	"米":    {1000, "公里", "km"},
	"米·分":  {60_000, "公里·小时", "km·h"},
	"米·天":  {1000, "公里·天", "km·days"},
	"米·班次": {1000, "公里·班次", "km·shifts"},
	"万分之一": {100, "%", "%"},
}

// units of measures in English; those that are not here are shown as the catalogue has them.
var measureUnitsEN = map[string]string{
	"起": "", "人": "persons", "副": "sets", "本": "", "个": "", "项": "", "份": "", "件": "", "条": "", "台": "",
	"小时": "h", "%": "%", "元": "yuan", "天": "days", "辆": "vehicles", "次": "", "处": "", "班次": "shifts", "处·天": "facility-days",
}

// amount writes a sum in the unit in which it is read: 5400000 毫秒 is 1.5 小时.
func amount(lang string, n int64, unit string) string {
	if s, ok := scales[unit]; ok {
		name := s.zh
		if lang == langEN {
			name = s.en
		}
		return withUnit(grouped(trimmed(big.NewRat(n, s.by), 4)), name)
	}
	return withUnit(grouped(strconv.FormatInt(n, 10)), measureUnit(lang, unit))
}

func amountText(lang, n, unit string) string {
	i, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return withUnit(grouped(n), measureUnit(lang, unit))
	}
	return amount(lang, i, unit)
}

func measureUnit(lang, unit string) string {
	if en, ok := measureUnitsEN[unit]; ok && lang == langEN {
		return en
	}
	return unit
}

func withUnit(number, unit string) string {
	switch unit {
	case "":
		return number
	case "%":
		return number + " %"
	}
	return number + " " + unit
}

// moment writes RFC 3339 as Shanghai's clock shows it, to the minute, or to the second where exact is said.
func moment(text, layout string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.In(clock.Shanghai).Format(layout)
}

const (
	toMinute = "2006-01-02 15:04"
	toSecond = "2006-01-02 15:04:05"
)

// share is a part of a whole in %, for the width of a bar: between 0 and 100.
func share(percent string) float64 {
	r, ok := new(big.Rat).SetString(percent)
	if !ok {
		return 0
	}
	f, _ := r.Float64()
	return min(max(f, 0), 100)
}

// shortID is an id for people: the device and the sequence.
func shortID(id string) string {
	parts := strings.Split(id, ".")
	if len(parts) < 3 {
		return id
	}
	return parts[0] + " #" + parts[2]
}
