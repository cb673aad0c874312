package web

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// grouped inserts thousands separators: "1234567.5" becomes "1,234,567.5". Text other than a number is returned
// unchanged.
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

// trimmed writes a fraction with at most places decimals, without trailing zeros.
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

// amount writes a sum in a readable unit of measure: 5400000 毫秒 is 1.5 小时.
func amount(lang string, n int64, unit string) string {
	s := catalogue.ScaleOf(unit)
	return withUnit(grouped(trimmed(big.NewRat(n, s.Per), 4)), inLanguage(lang, s.Name))
}

func amountText(lang, n, unit string) string {
	i, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return withUnit(grouped(n), measureUnit(lang, unit))
	}
	return amount(lang, i, unit)
}

func measureUnit(lang, unit string) string { return inLanguage(lang, catalogue.UnitName(unit)) }

// inLanguage is a unit of measure in a language: some have no word in English.
func inLanguage(lang string, t schema.Text) string {
	if lang == langEN {
		return t.EN
	}
	return t.ZH
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

// moment writes a time in RFC 3339 as Shanghai's local time, with the layout toMinute or toSecond.
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

// share returns a percentage, limited to 0 to 100, for the width of a bar.
func share(percent string) float64 {
	r, ok := new(big.Rat).SetString(percent)
	if !ok {
		return 0
	}
	f, _ := r.Float64()
	return min(max(f, 0), 100)
}

// shortID shortens an id for people: the device and the sequence.
func shortID(id string) string {
	parts := strings.Split(id, ".")
	if len(parts) < 3 {
		return id
	}
	return parts[0] + " #" + parts[2]
}
