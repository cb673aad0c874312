package imports

import (
	"slices"
	"strings"
	"time"

	"roadbook/schema"
)

// timeFormat is a format of times or days: in a mapping's notation, and in package time's.
type timeFormat struct {
	text    string
	layouts []string // the first fitting one is taken
	zoned   bool     // the text itself names the offset
	padded  int      // a run of so many digits lacks the zero of its hour: 935 is 0935
}

// formatParts of a written form, longest first. M, D, H and h read one or two digits, MM and DD two.
var formatParts = []struct{ word, layout string }{
	{"YYYY", "2006"}, {"MMM", "Jan"}, {"MM", "01"}, {"DD", "02"}, {"HH", "15"}, {"hh", "15"}, {"mm", "04"}, {"ss", "05"}, {"SSS", "000"},
	{"ZZ", zoneMark}, {"AM", "PM"}, {"YY", "06"}, {"M", "1"}, {"D", "2"}, {"H", "15"}, {"h", "15"},
}

// zoneMark stands for each of zoneLayouts, the forms of ISO 8601: Z, +08:00, +0800, +08.
const zoneMark = "\x00"

var zoneLayouts = []string{"Z07:00", "Z0700", "Z07"}

// parseTimeFormat reads a format such as "YYYY-MM-DD HH:mm:ss", "YYYY年M月D日", "MM/DD/YYYY hh:mm AM" or "YYYYMMDD Hmm".
// H is the clock of 24 hours; h is too, and of 12 hours beside AM, as in spreadsheet programs. Every other letter of
// the Latin alphabet but T is refused as a likely mistake, and so is H beside AM.
func parseTimeFormat(text string) (timeFormat, bool) {
	out := timeFormat{text: text}
	if text == written {
		return out, true
	}
	twelve := strings.Contains(text, "AM")
	year, day, layout := false, false, ""
	for rest := text; rest != ""; {
		word, lay := nextFormatPart(rest)
		if word == "" {
			c := rest[0]
			if c >= 'A' && c <= 'Z' && c != 'T' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				return out, false
			}
			layout += rest[:1]
			rest = rest[1:]
			continue
		}
		rest = rest[len(word):]
		switch word[0] {
		case 'Y':
			year = true
		case 'D':
			day = true
		case 'Z':
			out.zoned = true
		case 'H', 'h':
			if lay = hourLayout(word, twelve); lay == "" {
				return out, false
			}
			out.padded = padding(word, rest)
		}
		layout += lay
	}
	out.layouts = []string{layout}
	if out.zoned {
		out.layouts = nil
		for _, zone := range zoneLayouts {
			out.layouts = append(out.layouts, strings.ReplaceAll(layout, zoneMark, zone))
		}
	}
	return out, year && day
}

// hourLayout is an hour's layout, "" for an hour of 24 beside AM.
func hourLayout(word string, twelve bool) string {
	switch {
	case !twelve:
		return "15"
	case word[0] == 'H':
		return ""
	case word == "h":
		return "3"
	}
	return "03"
}

// padding is the number of digits of an hour of one digit and all that follows without a mark: Hmm, Hmmss.
func padding(word, rest string) int {
	switch {
	case len(word) == 2 || !strings.HasPrefix(rest, "mm"):
		return 0
	case strings.HasPrefix(rest, "mmss"):
		return 5
	}
	return 3
}

// pad adds the zero of an hour to the last run of n digits.
func pad(text string, n int) string {
	end := len(text)
	for i := len(text) - 1; i >= -1; i-- {
		if i >= 0 && text[i] >= '0' && text[i] <= '9' {
			continue
		}
		if end-i-1 == n && n > 0 {
			return text[:i+1] + "0" + text[i+1:]
		}
		end = i
	}
	return text
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
		for i := range formats {
			if at, ok := formats[i].parse(form); ok {
				return at, !formats[i].zoned, nil, true
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

// parse reads a text by the layouts; capitals of AM and Z do not matter.
func (l *timeFormat) parse(text string) (at time.Time, ok bool) {
	text = pad(strings.ToUpper(strings.ReplaceAll(text, "−", "-")), l.padded)
	for _, layout := range l.layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return at, false
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
