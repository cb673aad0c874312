package web_test

import (
	"strings"
	"testing"

	"roadbook/server/auth"
)

// Every page of a year marks what was carried over, in both languages; only HQ is told the command.
func TestCarriedOverIsMarkedOnEveryPage(t *testing.T) {
	b, _ := newYear(t)
	b.w.CarryOver(2021, "P1-1", "451-0401-YZN-RX4L")
	hq := newBrowser(t, b.w).signedInAs(auth.RoleHQ)
	const year, project = "?year=2021&at=2021-01-06", "/projects/451-0501-YXN-0V4M"
	const count, command = "待核定 本年度尚有26 项指标值、4 个项目的预算和计划、部门年度目标沿用以前年度，核定前不判定、不亮灯、不评分。", "server catalogue revise 2021 编号"
	for _, path := range []string{"/overview", project, "/indicators/P5-1", "/budgets", "/targets", "/reports"} {
		page := textOf(b.page(path + year))
		if !strings.Contains(page, count) || strings.Contains(page, "server catalogue") {
			t.Errorf("%s: a viewer reads %s", path, page)
		}
		if path != "/reports" && !strings.Contains(strings.ReplaceAll(page, count, ""), "待核定 沿用自 2020") {
			t.Errorf("%s has no mark: %s", path, page)
		}
		if text := textOf(hq.page(path + year)); !strings.Contains(text, command) {
			t.Errorf("%s: HQ reads %s", path, text)
		}
		english := textOf(hq.page(path + year + "&lang=en"))
		if !strings.Contains(english, "Still from an earlier year: 26 targets, 4 projects with budget and plan, the department's goals. No verdict") || !strings.Contains(english, "server catalogue revise 2021 Row") {
			t.Errorf("%s in English: %s", path, english)
		}
		hq.page(path + year + "&lang=zh")
	}
	overview := b.page("/overview" + year)
	if row := rowOf(t, overview, "P5-1"); !strings.Contains(row, "≥3000副 待核定 沿用自 2020") || !strings.Contains(row, "不判定") || !strings.Contains(row, "灰") || strings.Count(row, "待核定") != 4 {
		t.Errorf("P5-1: %s", row) // the row and three of its companions have targets
	}
	if row := rowOf(t, overview, "P1-1"); strings.Contains(row, "待核定") {
		t.Errorf("P1-1 is revised: %s", row)
	}
	text := textOf(overview)
	if strings.Contains(text, "绿 1") || !strings.Contains(text, "年初预算数 468.7600 万元 待核定 沿用自 2020") || !strings.Contains(text, "年初预算数 15.0000 万元 执行数") {
		t.Errorf("the budgets: %s", text)
	}
	if text := textOf(b.page("/budgets" + year)); !strings.Contains(text, "合计 733.7600 待核定 待核定 无数据 待核定") {
		t.Errorf("the sum of the budgets: %s", text)
	}
	if text := textOf(b.page("/overview?year=2020")); strings.Contains(text, "待核定") {
		t.Errorf("2020's own: %s", text)
	}
	sheet := hq.page(project + "/sheet" + year)
	if text := textOf(sheet); !strings.Contains(text, "项沿用以前年度、待核定，核定前不评分，不得上报") || !strings.Contains(text, "≥3000副 （沿用2020年，待核定）") || !strings.Contains(text, "未完成") {
		t.Errorf("the sheet: %s", text)
	}
}
