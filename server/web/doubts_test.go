package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// A record's page says its doubts in words, and how many deaths of an accident count.
func TestDoubtsOnTheRecordsPage(t *testing.T) {
	b, y := newYear(t)
	for path, want := range map[string][]string{
		"/records/" + y.Late:               {"存疑 1 有未计入 “2019”年还没有发布指标", "存疑不改变任何数字"},
		"/records/" + y.Late + "?lang=en":  {"Doubts 1 not all counted no targets for 2019 yet"},
		"/records/" + y.Fatal + "?lang=zh": {"7日内死亡 1"},
	} {
		text := textOf(b.page(path))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q: %s", path, w, text)
			}
		}
	}
	if page := b.page("/records/" + y.Fatal + "?lang=zh"); strings.Contains(page, `id="doubts"`) {
		t.Errorf("the accident in order is in doubt: %s", textOf(page))
	}
}

// newDoubts is newYear with the doubts of World.RecordDoubts.
func newDoubts(t *testing.T) (b *browser, y browsertest.Year, near string) {
	t.Helper()
	b, y = newYear(t)
	return b, y, b.w.RecordDoubts()
}

// The numbers of the overview are those of the unit, without what HQ has looked at, and lead to the records behind them.
func TestDoubtsOnTheOverview(t *testing.T) {
	b, _, _ := newDoubts(t)
	for _, tt := range []struct {
		path       string
		want, lack []string
	}{
		{"/overview?at=2020-12-31", []string{"未处理的存疑", "未计入 3 当年无指标 2 重复登记 1", "请核对 2 被重复登记 1 几天内同一号牌 1"}, []string{"路段不在台账"}},
		{"/overview?at=2020-12-31&unit=check-1", []string{"不含下级单位", "未计入 1 当年无指标 1"}, []string{"请核对", "重复登记"}},
		{"/overview?at=2020-12-31&unit=车管所", []string{"未计入 2 当年无指标 1 重复登记 1", "请核对 2"}, nil},
		{"/overview?at=2020-12-31&unit=check-2", nil, []string{"未处理的存疑", "未计入", "请核对"}},
		{"/overview?at=2020-12-31&lang=en", []string{"Open doubts", "Not counted 3 no targets that year 2 repeated record 1", "To check 2 repeated by another 1 same plate within days 1"}, nil},
	} {
		b.says(tt.path, tt.want, tt.lack)
	}
	page := b.page("/overview?at=2020-12-31&unit=office-1&lang=zh")
	to := `href="/doubts?at=2020-12-31&amp;code=duplicate&amp;open=1&amp;unit=office-1&amp;year=2020"`
	if !strings.Contains(page, to) {
		t.Errorf("the overview lacks %s", to)
	}
}

// says fails if a page lacks a text, or shows one that it must not.
func (b *browser) says(path string, want, lack []string) {
	b.t.Helper()
	text := textOf(b.page(path))
	for _, w := range want {
		if !strings.Contains(text, w) {
			b.t.Errorf("%s lacks %q: %s", path, w, text)
		}
	}
	for _, l := range lack {
		if strings.Contains(text, l) {
			b.t.Errorf("%s shows %q: %s", path, l, text)
		}
	}
}

// mainOf is a page from its second heading on: without the numbers, the choices and the frame of all pages.
func mainOf(page string) string {
	_, list, _ := strings.Cut(page, `<section class="block" aria-labelledby="list">`)
	list, _, _ = strings.Cut(list, "</table>")
	return textOf(list)
}

func TestListOfDoubts(t *testing.T) {
	b, y, near := newDoubts(t)
	for _, tt := range []struct {
		path       string
		rows       int
		want, lack []string
	}{
		{"/doubts", 6, []string{
			"“2019”年还没有发布指标：记录已保存，发布后自动计入", "2019-06-12", "城关中队", "未计入：与一条登记重复（ 车管所", "）：两条都计入，请核对是否同一件事", "两次都属实<b>", "未看", "车管所",
			"号牌种类 小型汽车，号牌号码 冀F8K2M7", "事故后果 财产损失，处理程序 简易",
		}, nil},
		{"/doubts?open=1", 5, []string{"由登记单位更正或作废"}, []string{"两次都属实", "未看"}},
		{"/doubts?code=near", 2, []string{"几天内同一号牌", "两次都属实<b>", "未看"}, []string{"重复登记"}},
		{"/doubts?code=near&open=1", 1, nil, []string{"两次都属实"}},
		{"/doubts?unit=城关中队", 1, []string{"“2019”年"}, []string{"号牌"}},
		{"/doubts?unit=check-2&open=1", 0, []string{"没有符合所选条件的存疑记录。 查看全部存疑记录"}, nil},
		{"/doubts?code=far_past", 0, []string{"时间过早", "没有符合所选条件的存疑记录。"}, nil},
		{"/doubts?year=2019&unit=check-1", 1, []string{"“2019”年"}, nil}, // no catalogue: the doubt is about just that
		{"/doubts?code=duplicate&lang=en", 1, []string{"repeated record", "not counted: it repeats another record ( 车管所", "not yet"}, nil},
	} {
		page := b.page(tt.path)
		list := mainOf(page)
		if n := strings.Count(page, `<tr role="row"><th role="rowheader"`); n != tt.rows {
			t.Errorf("%s has %d rows, want %d: %s", tt.path, n, tt.rows, list)
		}
		for _, want := range tt.want {
			if !strings.Contains(list, want) {
				t.Errorf("%s lacks %q: %s", tt.path, want, list)
			}
		}
		for _, lack := range tt.lack {
			if strings.Contains(list, lack) {
				t.Errorf("%s shows %q: %s", tt.path, lack, list)
			}
		}
	}
	page := b.page("/doubts?lang=zh")
	for _, id := range []string{near, y.Late} {
		if !strings.Contains(page, `href="/records/`+id) {
			t.Errorf("no link to %s", id)
		}
	}
	if !strings.Contains(page, `href="/overview?`) || strings.Contains(page, "<b>\"") {
		t.Error("no way back to the overview")
	}
}

func TestSlipsInQuestionsAboutDoubts(t *testing.T) {
	b, _, _ := newDoubts(t)
	for path, want := range map[string]string{
		"/doubts?code=duplicat": "没有存疑代码 duplicat，是否指 duplicate？", "/doubts?open=x": "open 应为 1 或 0", "/doubts?after=x": "after 应为上一页的 next",
		"/doubts?unit=城关中对": "没有单位 城关中对", "/doubts?limit=1": "没有参数 limit", "/doubts?code=near&code=alike": "参数 code 重复出现",
	} {
		if r := b.get(path); r.status != http.StatusBadRequest || !strings.Contains(textOf(r.body), want) {
			t.Errorf("%s: %d %s", path, r.status, textOf(r.body))
		}
	}
}

// Who may see records may see their doubts, as by /v1/doubts; nobody else.
func TestDoubtsAreForThoseWhoMayView(t *testing.T) {
	b, _, _ := newDoubts(t)
	for _, role := range []string{auth.RoleHQ, auth.RoleAdmin} {
		newBrowser(t, b.w).signedInAs(role).says("/doubts", []string{"当年无指标"}, nil)
	}
	if r := newBrowser(t, b.w).get("/doubts?open=1"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin?next="+url.QueryEscape("/doubts?open=1") {
		t.Errorf("a stranger: %d %s", r.status, r.header.Get("Location"))
	}
	device := newBrowser(t, b.w)
	if r := device.get("/doubts", "Cookie", "roadbook_session="+b.w.DeviceToken("office-1", auth.RoleClerk)); r.status != http.StatusForbidden {
		t.Errorf("a device: %d", r.status)
	}
}

// Every record comes once, over all pages.
func TestPagesOfDoubts(t *testing.T) {
	w := browsertest.New(t)
	w.RecordYear()
	const plates = 61 // of one number on one day: 60 duplicates, and the one repeated
	for range plates {
		w.Plate("2020-12-10 10:00", "冀F8K2M7")
	}
	w.LookForDoubts()
	b := newBrowser(t, w).signedInAs(auth.RoleHQ)
	var rows []int
	seen := map[string]bool{}
	for path := "/doubts?code=duplicate&open=1"; path != "" && len(rows) < 9; {
		page := b.page(path)
		n := 0
		for _, part := range strings.Split(page, `<th role="rowheader" scope="row" class="c-id"><a href="/records/`)[1:] {
			id, _, _ := strings.Cut(part, "?")
			seen[id] = true
			n++
		}
		rows = append(rows, n)
		_, next, more := strings.Cut(page, `<a rel="next" href="`)
		if path, _, _ = strings.Cut(next, `"`); !more {
			path = ""
		}
		path, _, _ = strings.Cut(strings.ReplaceAll(path, "&amp;", "&"), "#")
	}
	if !slices.Equal(rows, []int{50, 10}) || len(seen) != 60 {
		t.Errorf("pages of %v rows, %d records", rows, len(seen))
	}
}

// Before anybody has looked the overview does not look as if nothing were in doubt.
func TestDoubtsNotLookedFor(t *testing.T) {
	b, _ := newYear(t)
	for _, path := range []string{"/overview?at=2020-12-31", "/doubts"} {
		b.says(path, []string{"尚未开始核对存疑"}, []string{"没有存疑记录"})
	}
	b.w.LookForDoubts()
	for _, path := range []string{"/overview?at=2020-12-31", "/doubts"} {
		b.says(path, nil, []string{"尚未", "核对到"})
	}
	looksAgain := func(path string) bool { return strings.Contains(b.page(path), `.doubts">`) }
	b.w.Plate("2020-12-11 10:00", "冀F8K2M7")
	b.says("/overview?at=2020-12-31&lang=zh", nil, []string{"核对到"})
	for _, path := range []string{"/overview", "/doubts"} {
		if !looksAgain(path) || looksAgain("/budgets") {
			t.Errorf("an open page %s does not wait for the doubts about a new record", path)
		}
	}
	b.w.Advance(20e9)
	b.says("/overview?at=2020-12-31", []string{"已核对到此时收到的登记： 2021-01-06 10:00"}, nil)
	b.w.Advance(60e9)
	if looksAgain("/overview") {
		t.Error("an open page asks for ever where nobody looks for doubts")
	}
	b.w.LookForDoubts()
	if looksAgain("/doubts") {
		t.Error("an open page looks again though nothing waits")
	}
}
