package imports

import (
	"slices"
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
	if text == written {
		return out, true
	}
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

// written is the format of a mapping for times and days as people write them: schema.ReadTime. Other formats come first.
const written = "written"

// parseTime parses the text, or else the clean text, by the first fitting format. local is false if the text names its own
// offset. wrong says why the text is no written time, if the formats hold that one.
func parseTime(formats []timeFormat, t schema.Type, text string) (at time.Time, local bool, wrong *schema.Text, ok bool) {
	for _, form := range []string{text, schema.CleanName(text)} {
		for _, l := range formats {
			if at, err := time.Parse(l.goLayout, form); err == nil && l.text != written {
				return at, !l.zoned, nil, true
			}
		}
	}
	if !slices.ContainsFunc(formats, func(l timeFormat) bool { return l.text == written }) {
		return at, false, nil, false
	}
	present := schema.Present{Why: schema.Text{ZH: "表格里不能推算", EN: "a table does not say when it was filled in"}}
	if t == schema.TypeDay {
		day, wrong := schema.ReadDay(text, present)
		return time.Date(int(day/10000), time.Month(day/100%100), int(day%100), 0, 0, 0, 0, time.UTC), true, wrong, wrong == nil
	}
	at, local, wrong = schema.ReadTime(text, present)
	return at, local, wrong, wrong == nil
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
