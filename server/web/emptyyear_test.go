package web_test

import (
	"strings"
	"testing"

	"roadbook/server/auth"
)

// questionPages are the addresses of all pages about a year.
var questionPages = []string{
	"/overview", "/budgets", "/reports", "/targets", "/projects/451-0501-YXN-0V4M", "/indicators/P5-1", "/projects/451-0501-YXN-0V4M/sheet",
}

// The year before a catalogue: every page says so in words, with what HQ runs and the years that there are; a viewer reads no
// command. It is 6 January 2021, and the program has 2020's.
func TestAYearWithoutACatalogueIsSaidInWords(t *testing.T) {
	b, y := newYear(t)
	hq := newBrowser(t, b.w).signedInAs(auth.RoleHQ)
	const kept, command = "2021 年尚无指标目录 设备登记的该年数据照常保存，发布目录后自动计入", "server catalogue adopt 2020 2021"
	for _, path := range questionPages {
		text := textOf(b.page(path + "?year=2021"))
		if !strings.Contains(text, kept) || strings.Contains(text, "server catalogue") || strings.Contains(text, "记录编号") ||
			!strings.Contains(text, "请联系机关发布该年度的目录") {
			t.Errorf("%s: a viewer reads %s", path, text)
		}
		if text := textOf(hq.page(path + "?year=2021&at=2021-01-05")); !strings.Contains(text, command) || strings.Count(text, "2021 年尚无指标目录") != 2 {
			t.Errorf("%s: HQ reads %s", path, text)
		}
		english := hq.page(path + "?year=2021&lang=en")
		if text := textOf(english); !strings.Contains(text, "2021 has no catalogue yet") || !strings.Contains(text, command) {
			t.Errorf("%s in English: %s", path, text)
		}
		if !strings.Contains(english, `href="/overview?year=2020"`) || !strings.Contains(english, "data-live=") {
			t.Errorf("%s leads to no year, or does not follow", path)
		}
		hq.page("/overview?lang=zh")
	}
	for _, path := range []string{"/overview", "/records/" + y.Fatal} { // of 2020: a word about the present year, on every page
		if text := textOf(b.page(path)); !strings.Contains(text, "2021 年尚无指标目录 设备登记的该年数据照常保存") {
			t.Errorf("%s says nothing of the present year: %s", path, text)
		}
	}
	if text := textOf(b.page("/records/" + y.Fatal + "?year=2021&at=2021-01-05")); !strings.Contains(text, "全部登记") {
		t.Errorf("a record is not shown for the year in its address: %s", text)
	}
	if text := textOf(hq.page("/overview?year=1999")); !strings.Contains(text, "1999 年没有指标目录") || strings.Contains(text, "adopt") {
		t.Errorf("a year long ago: %s", text)
	}
}

// The page tells how much waits for the year; once the year is published the words go away and the records count.
func TestTheWordsGoWithThePublication(t *testing.T) {
	b, _ := newYear(t)
	issue := b.w.NewPlateClerk()
	issue("冀F00001", 1) // in 2020
	if text := textOf(b.page("/overview?year=2021")); strings.Contains(text, "已收到") {
		t.Errorf("nothing waits: %s", text)
	}
	b.w.Plate("2021-01-02 10:00", "冀F00002")
	b.w.Plate("2021-01-01 00:00", "冀F00003")
	b.w.Plate("2020-12-31 23:59", "冀F00004")
	if text := textOf(b.page("/overview?year=2021")); !strings.Contains(text, "已收到该年的登记 2 条。") {
		t.Errorf("two wait: %s", text)
	}
	b.w.CarryOver(2021)
	page := b.page("/overview?year=2021")
	if text := textOf(page); strings.Contains(text, "尚无指标目录") || !strings.Contains(rowOf(t, page, "P5-1"), "2 副") {
		t.Errorf("published: %s", text)
	}
	if text := textOf(b.page("/overview?year=2020")); strings.Contains(text, "尚无指标目录") {
		t.Errorf("2020's page still says so: %s", text)
	}
}

// The form sends year and day: the changed one of the two decides. An address by hand that contradicts itself is refused.
func TestYearOrDayDecides(t *testing.T) {
	b, _ := newYear(t)
	b.w.CarryOver(2021)
	for query, want := range map[string]string{
		"year=2021&at=2020-12-31&was=2020": "2021-01-06", // another year chosen: its day is today
		"year=2020&at=2021-01-05&was=2021": "2020-12-31",
		"year=2020&at=2021-01-05&was=2020": "2021-01-05", // another day chosen
		"year=2020&at=2020-06-30&was=2020": "2020-06-30",
		"at=2020-06-30":                    "2020-06-30",
		"":                                 "2021-01-06",
	} {
		if page := b.page("/overview?" + query); !strings.Contains(page, `name="at" value="`+want+`"`) || !strings.Contains(page, `name="was" value="`+want[:4]+`"`) {
			t.Errorf("%s is not of %s: %s", query, want, textOf(page)[:200])
		}
	}
	if r := b.get("/overview?year=2020&at=2021-01-05"); r.status != 400 || !strings.Contains(textOf(r.body), "at 不在 2020 年内") {
		t.Errorf("%d %s", r.status, textOf(r.body))
	}
}
