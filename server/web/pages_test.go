package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadbook/server/web/browsertest"
)

// The values were worked out by hand in browsertest/year.go.
func TestFiguresByHand(t *testing.T) {
	b, _ := newYear(t)
	day := b.page("/overview?year=2020&at=2020-12-31")
	june := b.page("/overview?year=2020&at=2020-06-30")
	for _, tt := range []struct {
		name, page, row string
		want            []string
	}{
		{"mean of 10, 20 and 60 minutes", day, "P1-2", []string{"≤0.5小时", "0.5 小时", "1.5 小时 / 3", "达标", "绿", "口径未确认"}},
		{"one in ten fewer accidents", day, "P3-3", []string{"≤10%", "10 %", "1 起 / 10", "达标", "绿", "口径疑点"}},
		{"seven of ten on site", day, "D-1", []string{"70 %", "7 起 / 10", "达标", "绿"}},
		{"half the deaths, no operator", day, "D-2", []string{"50 %", "1 人 / 2", "不判定", "灰"}},
		{"four plates of three thousand", day, "P5-1", []string{"≥3000副", "4 副", "未达标", "红"}},
		{"a fifth fewer violations", day, "P5-4", []string{"20 %", "2 起 / 10", "未达标", "红"}},
		{"nine of ten satisfied, of thirty", day, "P5-5", []string{"90 %", "9 份 / 10", "样本不足", "不判定", "灰"}},
		{"a camera in use since 2018", day, "P3-4", []string{"100 % 截至 2018-06-30 的记录", "达标", "绿"}},
		{"the last count is of the year before", day, "P5-2", []string{"无数据", "截至 2020-02-01 的记录", "不判定", "灰"}},
		{"no case is no zero", day, "P1-1", []string{"无数据", "不判定", "灰"}},
		{"by June: half the year's accidents, fewer than the base", june, "P3-3", []string{"40 %", "4 起 / 10", "未达标", "红"}},
		{"by June no plate", june, "P5-1", []string{"0 副", "未达标", "红"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := rowOf(t, tt.page, tt.row)
			for _, want := range tt.want {
				if !strings.Contains(row, want) {
					t.Errorf("%s lacks %q: %s", tt.row, want, row)
				}
			}
		})
	}
	for lang, want := range map[string]string{"zh": "全大队口径", "en": "Whole brigade only"} {
		one := "?year=2020&at=2020-12-31&unit=check-1&lang=" + lang
		if row := rowOf(t, b.page("/overview"+one), "D-1"); !strings.Contains(row, want) || strings.Contains(row, "100 %") {
			t.Errorf("D-1 of one unit: %s", row)
		}
		page := b.page("/indicators/D-1" + one)
		if !strings.Contains(textOf(page), want) || !strings.Contains(page, `<a href="/indicators/D-1?at=2020-12-31&amp;year=2020">`) {
			t.Errorf("D-1 of one unit does not lead to all: %s", textOf(page))
		}
	}
	if row := rowOf(t, day, "P1-1"); strings.Contains(row, "0 %") {
		t.Errorf("a figure that is not there is shown as 0: %s", row)
	}
}

func TestWhatPagesSay(t *testing.T) {
	b, y := newYear(t)
	for _, tt := range []struct {
		path       string
		want, lack []string
	}{
		{"/overview?at=2020-12-31", []string{
			"顺平县公安局交通管理大队", "2020 年绩效总览", "数据截止时间 2021-01-06 10:00", "3 / 24 已上报", "未上报设备 1 台", "shunping-2020@2",
			"暂定", "民警现场执法达到总执法量的70%以上", "防事故、保畅通、促和谐、保稳定", "城市交通治理科学化", "30.0000 万元",
			"执行数 15.0000 万元", "执行率 46.875 %", "计划进度 100.00 % 亮灯 红", "城关中队 check-1",
			"接报到到场平均时间 0.5 小时 接报到处置完毕平均时间 1.5 小时", "台账无计划",
		}, []string{"演示数据"}},
		{"/overview?at=2020-06-30&unit=office-1", []string{"单位 office-1", "计划进度 60.00 % 亮灯 黄"}, nil}, // 46.875 ÷ 60 = 78 %
		{"/budgets?at=2020年12月31日", []string{"年初预算数 全年预算数", "30.0000 32.0000 2.0000 15.0000 46.875 % 100.00 % 红", "733.7600", "735.7600"}, nil},
		{"/projects/451-0401-YZN-Y5U1?at=2020-12-31", []string{
			"P1-2 突发事件处置及时性（小时） ≤0.5小时", "用于维护全县良好的道路交通秩序", "《中华人民共和国道路交通安全法》", "30.00 60.00 90.00 100.00",
		}, nil},
		{"/indicators/P3-3?at=2020-12-31", []string{"(10 − 9) ÷ 10 × 100 % = 10 %", "上年同期", "2019-01-01 — 2019-12-31", "2020-01-01 — 2020-12-31", "OP_INVERTED"}, nil},
		{"/indicators/P5-5?at=2020-12-31", []string{"90 % 样本不足", "有效样本 10 份 判定至少须 30 份", "不足 30 份不作判定", "9 ÷ 10 × 100 % = 90 %"}, []string{"达标"}},
		{"/indicators/P3-3?at=2020-12-31", nil, []string{"有效样本"}},
		{"/indicators/P3-4?at=2020-12-31", []string{"100 % 截至 2018-06-30 的记录"}, []string{"最早一家"}},
		{"/indicators/P5-2?at=2020-12-31", []string{"无数据", "台账应登记应检车辆 400 辆 截至 2020-02-01 的记录；最早一家 2018-05-31"}, []string{"5 %", "按原文 达标"}},
		{"/indicators/P5-2?at=2020-12-31&lang=en", []string{"as of 2020-02-01 on record; the oldest unit’s: 2018-05-31"}, nil},
		{"/indicators/P3-3?at=2020-12-31&lang=en", []string{"0 In the baseline of 城关中队 2019-06-01 — 2019-06-30 · not added: 1"}, nil},
		{"/indicators/P5-1?at=2020-12-31&lang=zh", []string{"4 副"}, []string{"2020-12-15 的记录"}},
		{"/indicators/P1-2?at=2020-12-31", []string{"1.5 小时 ÷ 3 = 0.5 小时", "本页小计"}, nil},
		{"/reports?at=2020-12-31", []string{"城关中队 check-1", "突发事件", "每月", "2 / 12", "1 / 12", "2020-12-31"}, nil},
		{"/targets", []string{"以习近平新时代中国特色社会主义思想为指导", "“微信+”", "交管12123", "由指标衡量", "文字说明"}, nil},
		{"/records/" + y.Conflict, []string{"数量（副） 3", "未采用", "冀F00001", "王", "李", "隔离中的登记", "计入的数量"}, nil},
		{"/records/" + y.Skewed, []string{"填报的发生时间 2020-12-15 15:20:00", "校正后时间 2020-12-15 13:40:00 (−1 小时 40 分)", "设备填写，已精确校正"}, nil},
		{"/records/" + y.Fatal, []string{"伤亡更新", "死亡时间 2020-05-18 08:00:00", "冀F***** 已脱敏", "人工填写，不校正"}, []string{"冀F8K2M6"}},
		{"/records/" + y.Late, []string{"1 起 已含在基数内： 城关中队 2019-06-01 — 2019-06-30 · 不另计"}, nil},
		{"/records/" + y.Void, []string{"已作废", "录入错误", "没有更正内容", "原因 未写明原因", "本记录没有计入任何统计项"}, nil},
	} {
		t.Run(tt.path, func(t *testing.T) {
			text := textOf(b.page(tt.path))
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q: %s", want, text)
				}
			}
			for _, lack := range tt.lack {
				if strings.Contains(text, lack) {
					t.Errorf("shows %q", lack)
				}
			}
		})
	}
}

func TestHostileTextIsText(t *testing.T) {
	b, y := newYear(t)
	page := b.page("/records/" + y.Hostile)
	if strings.Contains(withoutScript(page), "<script") || strings.Contains(page, "<img") || !strings.Contains(textOf(page), browsertest.HostileRemark) {
		t.Error("a remark is not shown as it was typed")
	}
	for _, path := range []string{`/overview?unit=%22%3E%3Cscript%3E`, `/overview?at=%3Cscript%3E`, `/records/%3Cscript%3E`, `/%3Cscript%3E`, `/overview?year=%3Cscript%3E`} {
		if r := b.get(path); r.status < 400 || strings.Contains(r.body, "<script") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

// A slip in an address is a page about the slip, not one about the whole county; the home address keeps the question.
func TestSlipsInAddresses(t *testing.T) {
	b, y := newYear(t)
	for _, tt := range []struct{ path, want string }{
		{"/overview?untit=check-1", "没有参数 untit，是否指 unit？"},
		{"/budgets?unit=check-1&unit=squad", "参数 unit 重复出现"},
		{"/indicators/P5-1?mesure=x", "是否指 measure？"},
		{"/overview?unit=城关中对", "没有单位 城关中对"},
		{"/assets/style.css?unit=check-1", "这里不带参数"},
		{"/projects/451-0401-YZN-Y5U1?sheet", "没有参数 sheet"},
		{"/reports?lang=en&unitt=check-1", "did you mean unit?"},
	} {
		if r := b.get(tt.path); r.status != http.StatusBadRequest || !strings.Contains(textOf(r.body), tt.want) {
			t.Errorf("%s: %d %s", tt.path, r.status, textOf(r.body))
		}
	}
	if page := b.page("/overview?lang=zh&unit=城关中队"); !strings.Contains(page, `<option value="check-1" selected>`) {
		t.Error("the unit's name does not choose the unit")
	}
	if page := b.page("/records/" + url.PathEscape(strings.Split(y.Void, ".")[0]+" #"+strings.Split(y.Void, ".")[2])); !strings.Contains(page, y.Void) {
		t.Error("an id as the pages write it does not lead to its record")
	}
	if r := b.get("/?unit=check-1"); r.header.Get("Location") != "/overview?unit=check-1" {
		t.Errorf("/?unit=check-1 leads to %s", r.header.Get("Location"))
	}
}

// What people wrote stands in a bdi, so that letters of another direction change nothing around them. A choice of a
// form is such by itself.
func TestOutsideTextIsIsolated(t *testing.T) {
	b, y := newYear(t)
	for _, tt := range []struct {
		path  string
		texts []string
	}{
		{"/records/" + y.Hostile, []string{"alert(1)", "01234", "check-1"}},
		{"/records/" + y.Void, []string{"录入错误", "冀F00003"}},
		{"/records/" + y.Conflict, []string{"王", "李", "office-1", "plate|02|冀F00001|register|20201215"}},
		{"/indicators/P1-2?at=2020-12-31", []string{"城关中队", "viewer"}},
		{"/indicators/P5-1?at=2020-12-31&unit=office-1", []string{"office-1", "冀F00001"}},
		{"/reports?at=2020-12-31&unit=check-1", []string{"城关中队", "check-1"}},
		{"/overview?at=2020-12-31&unit=check-1", []string{"check-1"}},
		{"/projects/451-0401-YZN-Y5U1?at=2020-12-31&unit=check-1", []string{"check-1"}},
		{"/doubts?unit=check-1", []string{"check-1"}},
	} {
		page := b.page(tt.path)
		for _, text := range tt.texts {
			at := regexp.MustCompile(`<(\w+)[^<>]*>[^<>]*`+regexp.QuoteMeta(text)+`[^<>]*<`).FindAllStringSubmatch(page, -1)
			if len(at) == 0 {
				t.Errorf("%s does not show %s", tt.path, text)
			}
			for _, m := range at {
				if m[1] != "bdi" && m[1] != "option" {
					t.Errorf("%s shows %s in %s", tt.path, text, m[0])
				}
			}
		}
	}
}

func TestUnitAskedInAnotherSpelling(t *testing.T) {
	b, _ := newYear(t)
	page := b.page("/overview?at=2020-12-31&unit=" + url.QueryEscape("ｃｈｅｃｋ——１\u200b"))
	if !strings.Contains(page, "<bdi>check-1</bdi>") || !strings.Contains(page, `<option value="check-1" selected>`) {
		t.Error(textOf(page))
	}
}

var ownScript = regexp.MustCompile(`<script src="/assets/live-[0-9a-f]{12}\.js" defer></script>`)

// withoutScript removes the page's own script.
func withoutScript(page string) string {
	if at := ownScript.FindStringIndex(page); at != nil {
		return page[:at[0]] + page[at[1]:]
	}
	return page
}

func TestEnglish(t *testing.T) {
	b, y := newYear(t)
	first := b.get("/overview?lang=en")
	if !strings.Contains(first.body, `<html lang="en">`) || first.header.Get("Content-Language") != "en" {
		t.Error("not in English")
	}
	han := regexp.MustCompile(`\p{Han}`)
	doubts := regexp.MustCompile(`(?s)<details class="lints">.*?</details>`)
	verbatim := regexp.MustCompile(`(?s)<title>.*?</title>|<(\w+)[^>]*\blang="zh-CN"[^>]*>.*?</\w+>`)
	for _, path := range []string{"/budgets", "/reports"} { // remembered
		text := textOf(verbatim.ReplaceAllString(doubts.ReplaceAllString(b.page(path), ""), "")) // doubts quote the source
		for _, name := range []string{"城关中队", "蒲阳中队", "车管所", "中文"} {                             // names of units are names
			text = strings.ReplaceAll(text, name, "")
		}
		if at := han.FindStringIndex(text); at != nil {
			t.Errorf("%s says in Chinese: …%s", path, text[max(0, at[0]-30):min(len(text), at[0]+60)])
		}
	}
	if text := textOf(b.page("/records/" + y.Fatal)); !strings.Contains(text, "masked") || !strings.Contains(text, "Casualty") {
		t.Error("the record is not in English")
	}
	if back := b.page("/overview?lang=zh"); !strings.Contains(back, `<html lang="zh-CN">`) || !strings.Contains(b.page("/budgets"), "预算执行") {
		t.Error("not back in Chinese")
	}
}

var (
	tags  = regexp.MustCompile(`<(/?)([a-zA-Z0-9]+)((?:[^>"]|"[^"]*")*)>`)
	voids = []string{"meta", "link", "input", "br", "img", "hr"}
	ids   = regexp.MustCompile(`\sid="([^"]*)"`)
	refs  = regexp.MustCompile(`(?:aria-labelledby|aria-describedby|\sfor)="([^"]*)"`)
)

// Elements are nested correctly, ids are unique, and every reference has a target.
func TestPagesAreWellFormed(t *testing.T) {
	b, y := newYear(t)
	pages := map[string]string{"/signin": b.page("/signin"), "404": b.get("/nowhere").body}
	for _, lang := range []string{"zh", "en"} {
		for _, path := range everyPage(y) {
			pages[path+"?at=2020-12-31&lang="+lang] = b.page(path + "?at=2020-12-31&lang=" + lang)
		}
	}
	for path, html := range pages {
		if !strings.HasPrefix(html, "<!doctype html>") || strings.Contains(html, "%!") || strings.Contains(html, "<no value>") ||
			strings.Contains(html, " style=") || strings.Contains(withoutScript(html), "<script") || strings.Contains(html, "ZgotmplZ") {
			t.Errorf("%s is not as pages are", path)
		}
		var open []string
		for _, m := range tags.FindAllStringSubmatch(html, -1) {
			switch {
			case slices.Contains(voids, m[2]) || strings.HasSuffix(m[3], "/"):
			case m[1] == "":
				open = append(open, m[2])
			case len(open) == 0 || open[len(open)-1] != m[2]:
				t.Fatalf("%s: </%s> where %v are open", path, m[2], open)
			default:
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s leaves open %v", path, open)
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(html, -1) {
			if seen[m[1]] {
				t.Errorf("%s has the id %s twice", path, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range refs.FindAllStringSubmatch(html, -1) {
			if !seen[m[1]] {
				t.Errorf("%s refers to %s", path, m[1])
			}
		}
	}
}

var localLinks = regexp.MustCompile(`(?:href|action)="([^"#]*)`)

// No link is dead or leads to another server.
func TestNoDeadLink(t *testing.T) {
	b, y := newYear(t)
	seen := map[string]bool{}
	for _, from := range everyPage(y)[:10] {
		for _, m := range localLinks.FindAllStringSubmatch(b.page(from), -1) {
			to := strings.ReplaceAll(m[1], "&amp;", "&")
			if to == "" || to == "/signout" || seen[to] {
				continue
			}
			seen[to] = true
			if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
				t.Errorf("%s leads away: %s", from, to)
				continue
			}
			if r := b.get(to); r.status != http.StatusOK && r.status != http.StatusSeeOther {
				t.Errorf("%s links to %s: %d", from, to, r.status)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d links were found", len(seen))
	}
}
