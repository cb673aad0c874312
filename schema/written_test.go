package schema

import (
	"strings"
	"testing"
	"time"
)

// presentAt is a known present in Shanghai.
func presentAt(t *testing.T, text string) Present {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return Present{Ms: at.UnixMilli()}
}

// Times as people write them: typed at a desk, by a thumb, by an input method, copied from a sheet or a chat.
func TestWrittenTimes(t *testing.T) {
	const noon, night, newYear = "2020-12-15 12:00", "2020-12-16 00:20", "2021-01-02 08:00"
	for _, tt := range []struct{ now, text, want string }{
		{"", "2020-12-15 09:50", "2020-12-15 09:50"},
		{"", "2020-12-15 9:50:30", "2020-12-15 09:50:30"},
		{"", "2020/12/15 9:50", "2020-12-15 09:50"},
		{"", "2020.12.15 9:50", "2020-12-15 09:50"},
		{"", "２０２０－１２－１５　０９：５０", "2020-12-15 09:50"},
		{"", "2020。12。15 9：50", "2020-12-15 09:50"},
		{"", "2020年12月15日 9时50分", "2020-12-15 09:50"},
		{"", "2020年12月15日9时50分20秒", "2020-12-15 09:50:20"},
		{"", "2020 年 12 月 15 日 9 点 50 分", "2020-12-15 09:50"},
		{"", "2020年12月15号9点半", "2020-12-15 09:30"},
		{"", "2020年12月15日9点一刻", "2020-12-15 09:15"},
		{"", "2020年12月15日九点整", "2020-12-15 09:00"},
		{"", "20年12月15日 9:50", "2020-12-15 09:50"},
		{"", "二〇二〇年十二月十五日下午三点二十", "2020-12-15 15:20"},
		{"", "2020-12-15下午3点20", "2020-12-15 15:20"},
		{"", "2020-12-15 下午 15:20", "2020-12-15 15:20"},
		{"", "2020-12-15 上午9:50", "2020-12-15 09:50"},
		{"", "2020-12-15 中午12点", "2020-12-15 12:00"},
		{"", "2020-12-15 中午1点", "2020-12-15 13:00"},
		{"", "2020-12-15 晚上10点10分", "2020-12-15 22:10"},
		{"", "2020-12-15 凌晨2点", "2020-12-15 02:00"},
		{"", "2020-12-15 3:20 PM", "2020-12-15 15:20"},
		{"", "2020-12-15 12:30pm", "2020-12-15 12:30"},
		{"", "2020-12-15 0950", "2020-12-15 09:50"},
		{"", "20201215 0950", "2020-12-15 09:50"},
		{"", "202012150950", "2020-12-15 09:50"},
		{"", "20201215095030", "2020-12-15 09:50:30"},
		{"", "2020-12-15 9.50", "2020-12-15 09:50"},
		{"", "2020-12-15T09:50", "2020-12-15 09:50"},
		{"", "2020-12-15T01:50:00Z", "2020-12-15 09:50"},
		{"", "2020-2-29 0:00", "2020-02-29 00:00"},

		{noon, "09:50", "2020-12-15 09:50"},
		{noon, "9：50", "2020-12-15 09:50"},
		{noon, "九点五十", "2020-12-15 09:50"},
		{noon, "上午9点", "2020-12-15 09:00"},
		{noon, "12:04", "2020-12-15 12:04"}, // a watch runs ahead
		{noon, "今天 9:50", "2020-12-15 09:50"},
		{noon, "今早8点", "2020-12-15 08:00"},
		{noon, "昨天 22:10", "2020-12-14 22:10"},
		{noon, "昨晚10点", "2020-12-14 22:00"},
		{noon, "前天下午3点", "2020-12-13 15:00"},
		{noon, "yesterday 9:50 pm", "2020-12-14 21:50"},
		{noon, "11-30 09:30", "2020-11-30 09:30"},
		{noon, "11/30 09:30", "2020-11-30 09:30"},
		{noon, "11月30日 9:30", "2020-11-30 09:30"},
		{noon, "11.30 9:30", "2020-11-30 09:30"},
		{noon, "5-1 08:00", "2020-05-01 08:00"},
		{noon, "12-15 11:59", "2020-12-15 11:59"},
		{night, "23:50", "2020-12-15 23:50"}, // after midnight the officer speaks of the evening before
		{night, "0:10", "2020-12-16 00:10"},
		{night, "昨天 23:50", "2020-12-15 23:50"},
		{newYear, "12-31 23:00", "2020-12-31 23:00"},
		{newYear, "1-1 01:00", "2021-01-01 01:00"},
	} {
		present := Present{}
		if tt.now != "" {
			present = presentAt(t, tt.now)
		}
		v, wrong := kindOf(t, "plate").ParseAt(present, "occurred_at", tt.text)
		got := time.UnixMilli(v.I).In(shanghai).Format("2006-01-02 15:04:05")
		if want := (tt.want + ":00")[:len(got)]; wrong != nil || got != want {
			t.Errorf("at %q %s is %s, %v; want %s", tt.now, tt.text, got, wrong, want)
		}
	}
}

// Times and days that nobody can be sure of, with a form that works.
func TestUnsureTimesAreRefused(t *testing.T) {
	const morning, noon, night, newYear, spring = "2020-12-15 09:00", "2020-12-15 12:00", "2020-12-16 00:20", "2021-01-02 08:00", "2021-03-01 12:00"
	for _, tt := range []struct{ now, field, text, zh, en string }{
		{"", "occurred_at", "09:50", "没有写明是哪一天，这里不能推算；请写全，例如 2020-12-15 09:50", "does not say the day"},
		{"", "occurred_at", "今天 9:50", "请写全，例如 2020-12-15 09:50", "write all of it"},
		{"", "occurred_at", "11-30 09:30", "没有写年份，这里不能推算；请写全，例如 2020-11-30 09:30", "has no year"},
		{"", "occurred_at", "2020-12-15", "没有写几点几分，请写成例如 2020-12-15 09:50", "has no time of day"},
		{noon, "occurred_at", "12月3日", "没有写几点几分，请写成例如 2020-12-03 09:50", "has no time of day"},
		{noon, "occurred_at", "3/4/2020 9:50", "分不清年月日，请写成 2020-03-04 9:50 或 2020-04-03 9:50", "may be more than one day; write 2020-03-04 9:50 or 2020-04-03 9:50"},
		{noon, "occurred_at", "15/12/2020 9:50", "请写成 2020-12-15", "write 2020-12-15"},
		{noon, "occurred_at", "20-12-15 9:50", "请写成 2020-12-15 9:50 或 2015-12-20 9:50", "more than one day"},
		{noon, "occurred_at", "11.30", "时刻请写成 11:30，日期请写成 11月30日", "write a time as 11:30, a date as 11-30"},
		{noon, "occurred_at", "2020-02-30 10:00", "没有 2020 年 2 月 30 日", "a day 2020-2-30 that is not in the calendar"},
		{noon, "occurred_at", "2020-12-15 24:00", "24:00 请写成第二天的 00:00", "00:00 of the next day"},
		{noon, "occurred_at", "2020-12-15 25:00", "看不懂 2020-12-15 25:00", "can't read"},
		{noon, "occurred_at", "2020-12-15 晚上12点", "分不清是几点，请按 24 小时写，例如 00:00 或 12:00", "write it by 24 hours"},
		{noon, "occurred_at", "2020-12-15 上午12:30", "例如 00:30 或 12:30", "such as 00:30 or 12:30"},
		{noon, "occurred_at", "昨晚1点", "例如 01:00 或 13:00", "more than one hour"},
		{noon, "occurred_at", "2020-12-15 下午9:50 pm", "看不懂", "can't read"},
		{noon, "occurred_at", "1215", "看不懂 1215", "can't read"},
		{noon, "occurred_at", "9-50", "看不懂 9-50", "can't read"},
		{noon, "occurred_at", "2020-12-155 9:50", "看不懂", "can't read"},
		{noon, "occurred_at", "刚才", "看不懂 刚才，请写成例如 2020-12-15 09:50", "can't read"},
		{noon, "occurred_at", strings.Repeat("9", 1000), "看不懂", "can't read"},
		{noon, "occurred_at", "2020-12-15" + strings.Repeat("\u3000", 300) + "9:50", "看不懂 2020-12-15", "can't read"},
		{morning, "occurred_at", "09:50", "还没有到（现在是 2020-12-15 09:00）；请写全，例如 2020-12-14 09:50 或 2020-12-15 09:50", "still to come"},
		{night, "occurred_at", "今天 23:50", "请写全，例如 2020-12-15 23:50 或 2020-12-16 23:50", "still to come (it is 2020-12-16 00:20 now)"},
		{noon, "occurred_at", "12-20 09:50", "还没有到（现在是 2020-12-15 12:00）；请写全，例如 2020-12-20 09:50 或 2019-12-20 09:50", "still to come"},
		{newYear, "occurred_at", "5-1 09:50", "请写全，例如 2021-05-01 09:50 或 2020-05-01 09:50", "2021-05-01 09:50 or 2020-05-01 09:50"},
		{spring, "occurred_at", "2-29 09:50", "没有 2021 年 2 月 29 日", "not in the calendar"},
		{"", "day", "今天", "没有写明是哪一天", "does not say the day"},
		{"", "day", "12-15", "没有写年份，这里不能推算；请写全，例如 2020-12-15", "such as 2020-12-15"},
		{noon, "day", "2020-12-15 09:50", "含有时刻，这里只写日期", "write the date alone"},
		{noon, "day", "12-20", "请写全，例如 2020-12-20 或 2019-12-20", "write all of it"},
		{noon, "day", "4/3/20", "请写成 2004-03-20 或 2020-04-03 或 2020-03-04", "more than one day"},
		{noon, "day", "2021-02-29", "没有 2021 年 2 月 29 日", "not in the calendar"},
		{noon, "day", "15日", "看不懂 15日", "can't read"},
	} {
		present := Present{}
		if tt.now != "" {
			present = presentAt(t, tt.now)
		}
		code := map[string]string{"occurred_at": FaultTime, "day": FaultDay}[tt.field]
		v, wrong := kindOf(t, "nil").ParseAt(present, tt.field, tt.text)
		if wrong == nil || wrong.Code != code || !strings.Contains(wrong.Message.ZH, tt.zh) || !strings.Contains(wrong.Message.EN, tt.en) {
			t.Errorf("at %q %s is %v, %+v; want %s … %s", tt.now, tt.text, v, wrong, tt.zh, tt.en)
		} else if len(wrong.Message.ZH) > 500 {
			t.Errorf("%s: a message of %d bytes", tt.text, len(wrong.Message.ZH))
		}
	}
}

func TestWrittenDays(t *testing.T) {
	now := presentAt(t, "2020-12-15 12:00")
	for text, want := range map[string]int64{
		"2020-12-15": 20201215, "2020/12/15": 20201215, "2020.12.15": 20201215, "2020。12。15": 20201215, "20201215": 20201215,
		"2020年12月15日": 20201215, "20年6月3日": 20200603, "二〇二〇年六月三十日": 20200630, "今天": 20201215, "昨天": 20201214, "前天": 20201213,
		"12-15": 20201215, "12月3号": 20201203, "11.30": 20201130, "6/30": 20200630, "１２月１日": 20201201,
	} {
		v, wrong := kindOf(t, "nil").ParseAt(now, "day", text)
		if wrong != nil || v.I != want {
			t.Errorf("%s is %d, %v; want %d", text, v.I, wrong, want)
		}
	}
}

// A refusal without a present says why none is known.
func TestUnknownPresentSaysWhy(t *testing.T) {
	_, wrong := kindOf(t, "nil").ParseAt(Present{Why: Text{"本机没有对过时", "the clock is unsure"}}, "occurred_at", "9:50")
	if wrong == nil || !strings.Contains(wrong.Message.ZH, "没有写明是哪一天，本机没有对过时；请写全") || !strings.Contains(wrong.Message.EN, "and the clock is unsure; write") {
		t.Error(wrong)
	}
}

// Every form that a refusal recommends is accepted.
func TestRecommendedFormsWork(t *testing.T) {
	k := kindOf(t, "nil")
	for _, text := range []string{"3/4/2020", "20-12-15", "今天", "12-20", "x"} {
		_, wrong := k.ParseAt(presentAt(t, "2020-12-15 12:00"), "occurred_at", text)
		if wrong == nil {
			t.Fatal(text)
		}
		_, form, _ := strings.Cut(wrong.Message.ZH, "请写")
		form = strings.Trim(form, "成全，例如 ")
		form, _, _ = strings.Cut(form, "（")
		form, _, _ = strings.Cut(form, " 或")
		if _, _, wrong := ReadTime(form, Present{}); wrong != nil && !strings.Contains(wrong.ZH, "没有写几点几分") {
			t.Errorf("%s: %q is refused: %v", text, form, wrong)
		}
	}
}
