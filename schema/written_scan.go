package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Forms of dates at the begin of a text: year, month, day.
var (
	dateFull  = regexp.MustCompile(`^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?: ?[日号])?`)
	dateSolid = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})`)
	dateShort = regexp.MustCompile(`^(\d{2}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]`)
	dateMonth = regexp.MustCompile(`^()(\d{1,2}) ?[-/.月] ?(\d{1,2})(?: ?[日号])?`)
	dateTimes = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(\d{4}|\d{6})$`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2}|\d{4})((?:\D.*)?)$`)
)

// Forms of a time of day, after its part of the day.
var (
	clockColon = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2}))?分? ?(am|pm)?$`)
	clockWords = regexp.MustCompile(`^(\d{1,2}) ?[点點时](?:钟|整|(半)|(\d)刻| ?(\d{1,2}) ?分?(?: ?(\d{1,2}) ?秒)?)?$`)
	clockSolid = regexp.MustCompile(`^(\d{2})(\d{2})(\d{2})?$`)
	clockPoint = regexp.MustCompile(`^(\d{1,2})\.(\d{2})()$`)
)

// dayWords are words for a day; rest is the part of the day that the word holds.
var dayWords = []struct {
	word string
	ago  int
	rest string
}{
	{"今天", 0, ""}, {"今日", 0, ""}, {"昨天", 1, ""}, {"昨日", 1, ""}, {"前天", 2, ""}, {"today", 0, ""}, {"yesterday", 1, ""},
	{"今早", 0, "早"}, {"今晨", 0, "早"}, {"今晚", 0, "晚"}, {"昨晚", 1, "晚"},
}

// scanWritten takes a written time, or day, apart.
func scanWritten(text string, day bool) (written, *Text) {
	if len(text) > maxWritten {
		w := written{text: truncate(text)}
		return w, w.refuseForm()
	}
	s := strings.Join(strings.Fields(CleanName(text)), " ")
	w := written{text: truncate(s)}
	if s == "" {
		return w, w.refuseForm()
	}
	s = digitsOf(strings.ReplaceAll(strings.ToLower(s), "。", "."))
	if m := clockPoint.FindStringSubmatch(s); m != nil && !day {
		return w, w.refusePoint(m[1], m[2])
	}
	rest, wrong := w.scanDate(s)
	if rest = strings.TrimSpace(rest); wrong != nil || rest == "" {
		return w, wrong
	}
	w.clock = true
	return w, w.scanClock(rest)
}

// scanDate reads the date at the begin of s, if there is one.
func (w *written) scanDate(s string) (rest string, _ *Text) {
	for _, d := range dayWords {
		if after, ok := strings.CutPrefix(s, d.word); ok {
			w.word, w.ago = true, d.ago
			return d.rest + after, nil
		}
	}
	if m := dateTimes.FindStringSubmatch(s); m != nil {
		w.setDate(m)
		return m[4], nil
	}
	if m := yearLast.FindStringSubmatch(s); m != nil {
		return "", w.refuseYearLast(m[1:])
	}
	for _, form := range []*regexp.Regexp{dateFull, dateSolid, dateShort, dateMonth} {
		if m, rest := cutDate(form, s); m != nil {
			w.setDate(m)
			if form == dateShort {
				w.year += 2000
			}
			_, none := w.on(cmp.Or(w.year, leapYear), w.month, w.day)
			if none != nil && w.year == 0 {
				none = w.refuseForm() // 9-50 is no date
			}
			return rest, none
		}
	}
	return s, nil
}

// leapYear has every day of the calendar.
const leapYear = 2020

// cutDate cuts a date of the form off the begin of s. A date without 日 ends before a digit or a separator at the
// latest: 2020-12-155 and 2020-12-15-9 hold no date.
func cutDate(form *regexp.Regexp, s string) (parts []string, rest string) {
	m := form.FindStringSubmatch(s)
	if m == nil {
		return nil, s
	}
	rest = s[len(m[0]):]
	if m[0][len(m[0])-1] < utf8.RuneSelf && rest != "" && strings.ContainsRune("0123456789-/.:", rune(rest[0])) {
		return nil, s
	}
	return m, strings.TrimPrefix(rest, "t")
}

func (w *written) setDate(parts []string) {
	w.year, w.month, w.day = number(parts[1]), number(parts[2]), number(parts[3])
}

// number is the value of at most four digits, 0 for none.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// scanClock reads a time of day.
func (w *written) scanClock(s string) *Text {
	part, s := cutPart(s)
	if m := clockColon.FindStringSubmatch(s); m != nil {
		if m[4] != "" && part != nil {
			return w.refuseForm()
		}
		if p, _ := cutPart(m[4]); p != nil {
			part = p
		}
		return w.setClock(part, m[1], m[2], m[3])
	}
	if m := clockWords.FindStringSubmatch(s); m != nil {
		switch {
		case m[2] != "":
			m[4] = "30"
		case m[3] != "":
			m[4] = strconv.Itoa(15 * number(m[3]))
		}
		return w.setClock(part, m[1], m[4], m[5])
	}
	dated := w.month != 0 || w.word
	for _, form := range []*regexp.Regexp{clockSolid, clockPoint} {
		if m := form.FindStringSubmatch(s); m != nil && dated {
			return w.setClock(part, m[1], m[2], m[3])
		}
	}
	return w.refuseForm()
}

func (w *written) setClock(part *dayPart, hour, minute, second string) *Text {
	w.hour, w.minute, w.second = number(hour), number(minute), number(second)
	if w.hour == 24 && w.minute == 0 && w.second == 0 {
		return &Text{w.text + "：24:00 请写成第二天的 00:00", w.text + ": write 24:00 as 00:00 of the next day"}
	}
	if w.hour > 23 || w.minute > 59 || w.second > 59 {
		return w.refuseForm()
	}
	if part == nil {
		return nil
	}
	h, ok := part.on24(w.hour)
	if !ok {
		return &Text{fmt.Sprintf("%s 分不清是几点，请按 24 小时写，例如 %02d:%02d 或 %02d:%02d", w.text, w.hour%12, w.minute, w.hour%12+12, w.minute),
			fmt.Sprintf("%s may be more than one hour; write it by 24 hours, such as %02d:%02d or %02d:%02d", w.text, w.hour%12, w.minute, w.hour%12+12, w.minute)}
	}
	w.hour = h
	return nil
}

func (w *written) refuseForm() *Text {
	return &Text{"看不懂 " + w.text + "，请写成例如 2020-12-15 09:50（只要日期的写 2020-12-15）",
		"can't read " + w.text + "; write it such as 2020-12-15 09:50 (where a date is asked for: 2020-12-15)"}
}

// refuseYearLast names the readings of a date with the year at its end: 3/4/2020 is in March or in April.
func (w *written) refuseYearLast(parts []string) *Text {
	a, b, y := number(parts[0]), number(parts[1]), number(parts[2])
	readings := [][3]int{{y, a, b}, {y, b, a}}
	if len(parts[2]) == 2 {
		readings = [][3]int{{2000 + a, b, y}, {2000 + y, a, b}, {2000 + y, b, a}}
	}
	var forms []string
	for _, r := range readings {
		t, none := (&written{}).on(r[0], r[1], r[2])
		if form := t.Format(time.DateOnly) + parts[3]; none == nil && !strings.Contains(strings.Join(forms, " "), form) {
			forms = append(forms, form)
		}
	}
	if len(forms) == 0 {
		return w.refuseForm()
	}
	return &Text{w.text + " 分不清年月日，请写成 " + strings.Join(forms, " 或 "),
		w.text + " may be more than one day; write " + strings.Join(forms, " or ")}
}

// refusePoint: 11.30 is half past eleven or a day in November.
func (w *written) refusePoint(one, two string) *Text {
	return &Text{w.text + " 分不清是时刻还是日期，时刻请写成 " + one + ":" + two + "，日期请写成 " + one + "月" + two + "日",
		w.text + " may be a time of day or a date; write a time as " + one + ":" + two + ", a date as " + one + "-" + two}
}
