package imports

import (
	"strings"
	"time"

	"roadbook/schema"
)

// timeFormat is a format of times or days: in a mapping's notation, and in package time's.
type timeFormat struct {
	text     string
	goLayout string
	zoned    bool // the text itself names the offset
}

// formatParts of a written form, longest first. M, D and h read one or two digits, MM and DD two.
var formatParts = []struct{ word, layout string }{
	{"YYYY", "2006"}, {"MMM", "Jan"}, {"MM", "01"}, {"DD", "02"}, {"hh", "15"}, {"HH", "03"}, {"mm", "04"}, {"ss", "05"}, {"SSS", "000"},
	{"ZZ", "Z07:00"}, {"AM", "PM"}, {"YY", "06"}, {"M", "1"}, {"D", "2"}, {"h", "15"}, {"H", "3"},
}

// parseTimeFormat reads a format such as "YYYY-MM-DD hh:mm:ss", "YYYY年M月D日" or "MM/DD/YYYY HH:mm AM". It refuses
// every other letter of the Latin alphabet but T, as a likely mistake.
func parseTimeFormat(text string) (timeFormat, bool) {
	out := timeFormat{text: text}
	year, day := false, false
	for rest := text; rest != ""; {
		word, lay := nextFormatPart(rest)
		if word == "" {
			c := rest[0]
			if c >= 'A' && c <= 'Z' && c != 'T' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				return out, false
			}
			out.goLayout += rest[:1]
			rest = rest[1:]
			continue
		}
		year = year || word[0] == 'Y'
		day = day || word[0] == 'D'
		out.zoned = out.zoned || word == "ZZ"
		out.goLayout += lay
		rest = rest[len(word):]
	}
	return out, year && day
}

func nextFormatPart(s string) (word, lay string) {
	for _, p := range formatParts {
		if strings.HasPrefix(s, p.word) {
			return p.word, p.layout
		}
	}
	return "", ""
}

// defaultTimeFormats are the formats of a time or a day without formats in the mapping. No text fits two of them with
// different meanings.
func defaultTimeFormats(t schema.Type) (out []timeFormat) {
	forms := []string{"YYYY-M-D", "YYYY/M/D", "YYYY年M月D日", "YYYYMMDD"}
	if t == schema.TypeTime {
		forms = []string{
			"YYYY-MM-DDThh:mm:ssZZ", "YYYY-M-D h:mm:ss", "YYYY-M-D h:mm", "YYYY/M/D h:mm:ss", "YYYY/M/D h:mm", "YYYY-MM-DDThh:mm:ss",
			"YYYY年M月D日 h:mm", "YYYY年M月D日h时mm分",
		}
	}
	for _, form := range forms {
		if l, ok := parseTimeFormat(form); ok {
			out = append(out, l)
		}
	}
	return out
}

// parseTime parses the text by the first fitting format, or else the clean text. local is false if the text names its
// own offset.
func parseTime(formats []timeFormat, text string) (t time.Time, local, ok bool) {
	for _, l := range formats {
		if t, err := time.Parse(l.goLayout, text); err == nil {
			return t, !l.zoned, true
		}
	}
	if clean := schema.CleanName(text); clean != text {
		return parseTime(formats, clean)
	}
	return time.Time{}, false, false
}

// instantsShowing are the instants at which clocks in the zone showed the wall time (given as if it were UTC),
// earliest first: usually a single instant, none if the clock was put forward, two if it was put back. before is the
// instant by the offset in force the day before.
func instantsShowing(wall time.Time, zone *time.Location) (at []time.Time, before time.Time) {
	const day = 24 * time.Hour
	var offsets [2]int
	_, offsets[0] = wall.Add(-day).In(zone).Zone()
	_, offsets[1] = wall.Add(day).In(zone).Zone()
	for i, offset := range offsets {
		t := wall.Add(-time.Duration(offset) * time.Second)
		if i == 0 {
			before = t
		}
		_, there := t.In(zone).Zone()
		if there == offset && (len(at) == 0 || !at[0].Equal(t)) {
			at = append(at, t)
		}
	}
	if len(at) == 2 && at[1].Before(at[0]) {
		at[0], at[1] = at[1], at[0]
	}
	return at, before
}
