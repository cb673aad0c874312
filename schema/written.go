package schema

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Present is the moment at which a person types, for times without a year or a day. The zero Present is unknown.
type Present struct {
	Ms  int64 // Unix; 0: unknown
	Why Text  // reason for an unknown present, as a sentence
}

const (
	maxWritten  = 200                  // bytes of a written time
	ahead       = 5 * time.Minute      // a person's watch may run ahead of the present
	nearestYear = 183 * 24 * time.Hour // a day without a year lies at most half a year back, across a New Year
	nearestDay  = 12 * time.Hour       // a time without a day lies at most half a day back, across a midnight
)

// ReadTime reads a time as people write it (schema/DOMAIN.md#times-as-people-write-them). A time without an offset is
// the wall time, given as UTC; local is then true. A time without a year or a day needs the present. wrong says what
// can't be read, with a form that works.
func ReadTime(text string, present Present) (t time.Time, local bool, wrong *Text) {
	w, wrong := scanWritten(text, false)
	if len(text) <= maxWritten {
		if ms, ok := parseTime([]byte(strings.ToUpper(CleanName(text)))); ok {
			return time.UnixMilli(ms), false, nil
		}
	}
	if wrong != nil {
		return t, true, wrong
	}
	if !w.clock {
		return t, true, w.refuseNoClock()
	}
	t, wrong = w.resolve(present)
	return t, true, wrong
}

// ReadDay reads a day as people write it, into yyyymmdd, by the rules of ReadTime.
func ReadDay(text string, present Present) (day int64, wrong *Text) {
	w, wrong := scanWritten(text, true)
	switch {
	case wrong != nil:
		return 0, wrong
	case w.clock:
		return 0, &Text{w.text + " 含有时刻，这里只写日期，例如 2020-06-30", w.text + " has a time of day; write the date alone, such as 2020-06-30"}
	}
	t, wrong := w.resolve(present)
	return int64(t.Year()*10000 + int(t.Month())*100 + t.Day()), wrong
}

// written is a time or day, taken apart. Parts that nobody wrote are 0.
type written struct {
	text             string
	year, month, day int
	word             bool // the day is a word: today, yesterday
	ago              int  // of a word: days before today
	clock            bool // the time of day is written
	hour, minute     int
	second           int
}

// resolve finds the wall time, as UTC. A year or a day that nobody wrote is the nearest one in the past; a reading in
// the future is refused, because the person may have meant another day or mistyped.
func (w *written) resolve(present Present) (time.Time, *Text) {
	if w.year != 0 {
		return w.on(w.year, w.month, w.day)
	}
	if present.Ms == 0 {
		return time.Time{}, w.refuseRelative(present.Why)
	}
	now := time.UnixMilli(present.Ms).In(shanghai)
	now = time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), now.Second(), 0, time.UTC)
	if w.month != 0 {
		return w.inNearestYear(now)
	}
	t, wrong := w.at(now, w.ago)
	if wrong != nil || !t.After(now.Add(ahead)) {
		return t, wrong
	}
	yesterday := t.AddDate(0, 0, -1)
	if !w.word && now.Sub(yesterday) <= nearestDay {
		return yesterday, nil
	}
	return t, w.refuseFuture(now, yesterday, t)
}

func (w *written) inNearestYear(now time.Time) (time.Time, *Text) {
	this, none := w.on(now.Year(), w.month, w.day)
	if none == nil && !this.After(now.Add(ahead)) {
		return this, nil
	}
	last, noneLast := w.on(now.Year()-1, w.month, w.day)
	switch {
	case noneLast == nil && now.Sub(last) <= nearestYear:
		return last, nil
	case none != nil:
		return this, none
	case noneLast != nil:
		last = this
	}
	return this, w.refuseFuture(now, this, last)
}

// at is the written time of day, so many days before the present.
func (w *written) at(now time.Time, ago int) (time.Time, *Text) {
	day := now.AddDate(0, 0, -ago)
	return w.on(day.Year(), int(day.Month()), day.Day())
}

// on is the written time of day on a date of the calendar.
func (w *written) on(year, month, day int) (time.Time, *Text) {
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, &Text{
			fmt.Sprintf("%s 写的日子不存在：没有 %d 年 %d 月 %d 日", w.text, year, month, day),
			fmt.Sprintf("%s names a day %d-%d-%d that is not in the calendar", w.text, year, month, day)}
	}
	return time.Date(year, time.Month(month), day, w.hour, w.minute, w.second, 0, time.UTC), nil
}

// shown writes a wall time as a form that works: for a day without a time of day, the day alone.
func (w *written) shown(t time.Time) string {
	if w.clock {
		return t.Format(minuteForm)
	}
	return t.Format(time.DateOnly)
}

const minuteForm = "2006-01-02 15:04"

func (w *written) refuseNoClock() *Text {
	form := "2020-12-15 09:50"
	if t, none := w.on(cmp.Or(w.year, leapYear), w.month, w.day); none == nil {
		form = t.Format(time.DateOnly) + " 09:50"
	}
	return &Text{w.text + " 没有写几点几分，请写成例如 " + form, w.text + " has no time of day; write it such as " + form}
}

func (w *written) refuseRelative(why Text) *Text {
	if why == (Text{}) {
		why = Text{"这里不能推算", "it can't be worked out here"}
	}
	example := time.Date(2020, time.December, 15, w.hour, w.minute, w.second, 0, time.UTC)
	lacks := Text{"没有写明是哪一天", "does not say the day"}
	if w.month != 0 {
		lacks = Text{"没有写年份", "has no year"}
		if t, none := w.on(leapYear, w.month, w.day); none == nil {
			example = t
		}
	}
	form := w.shown(example)
	return &Text{w.text + " " + lacks.ZH + "，" + why.ZH + "；请写全，例如 " + form,
		w.text + " " + lacks.EN + ", and " + why.EN + "; write all of it, such as " + form}
}

// refuseFuture names both days that the person may mean.
func (w *written) refuseFuture(now, one, other time.Time) *Text {
	forms, or := w.shown(one), w.shown(other)
	zh, en := forms, forms
	if or != forms {
		zh, en = forms+" 或 "+or, forms+" or "+or
	}
	is := now.Format(minuteForm)
	return &Text{w.text + " 还没有到（现在是 " + is + "）；请写全，例如 " + zh,
		w.text + " is still to come (it is " + is + " now); write all of it, such as " + en}
}
