package catalogue

import (
	"strings"
	"testing"

	"roadbook/schema"
)

// The formula of a row or companion as a person reads it.
func TestExplain(t *testing.T) {
	c := shunping(t)
	for id, want := range map[string]schema.Text{
		"P1-1": {
			ZH: "当年立案并侦破的逃逸案件 ÷ 逃逸案件 × 100%；1月1日至截止日，按侦破时间、立案时间",
			EN: "hit-and-run cases opened and solved in the year ÷ hit-and-run cases × 100%; 1 January to the day, by Solved at and Opened at",
		},
		"P1-2": {
			ZH: "接报到调度用时 ÷ 已调度突发事件 ÷ 3600000（毫秒折合小时）；1月1日至截止日，按发生时间",
			EN: "time from report to dispatch ÷ incidents dispatched ÷ 3600000 (milliseconds to hours); 1 January to the day, by Occurred at",
		},
		"P1-4": {
			ZH: "验收销号隐患 ÷ （发现隐患 + 上年末累计发现隐患 − 上年末累计验收销号隐患） × 100%；1月1日至截止日，按验收时间、发现时间",
			EN: "hazards verified as eliminated ÷ (hazards found + hazards found before the year − hazards verified as eliminated before the year) × 100%; 1 January to the day, by Verified at and Found at",
		},
		"P2-1": {
			ZH: "已完成的到期任务（项目2） ÷ 到期任务（项目2） × 100%；1月1日至截止日，按应完成日期与完成时间中较晚者",
			EN: "due tasks done (project 2) ÷ tasks due (project 2) × 100%; 1 January to the day, by the later of Due on and Done at",
		},
		"P3-1": {
			ZH: "占比 = 拥堵路段里程时长（轻度、中度、重度） ÷ 监测路段里程时长；（上年同期占比 − 本期占比）÷ 上年同期占比 × 100%；1月1日至截止日与上年同期相比，按发生时间；不足 30 公里·小时不作判定",
			EN: "share = congested road (light, moderate, severe) ÷ road monitored; (share a year before − share) ÷ share a year before × 100%; 1 January to the day, against the same days a year before, by Occurred at; no verdict under 30 km·h",
		},
		"P4-1": {
			ZH: "各班次巡逻过的辖区路段里程之和 ÷（每日 3 班 × 各日辖区路段里程之和） × 100%（里程以当日为准，同一班次同一路段只计一次）；1月1日至截止日，按班次日期、生效日",
			EN: "road segments patrolled, over all shifts ÷ (3 shifts a day × road segments of each day) × 100% (each as long as it was that day, and once a shift); 1 January to the day, by Shift day and From",
		},
		"P5-1.licences": {
			ZH: "发放证书（行驶证）；1月1日至截止日，按发生时间",
			EN: "certificates issued (vehicle licence); 1 January to the day, by Occurred at",
		},
		"P5-2": {
			ZH: "各单位最近一次应登记未登记、应检未检机动车 ÷ 各单位最近一次应登记应检机动车 × 100%；1月1日至截止日，按发生时间",
			EN: "each unit's latest vehicles that missed it ÷ each unit's latest vehicles due for registration or inspection × 100%; 1 January to the day, by Occurred at",
		},
		"D-1": {
			ZH: "现场执法 ÷ （现场执法 + 非现场执法） × 100%；1月1日至截止日，按发生时间、期间止；须有非现场执法",
			EN: "on-site enforcement ÷ (on-site enforcement + off-site enforcement) × 100%; 1 January to the day, by Occurred at and Period to; needs off-site enforcement",
		},
	} {
		var got schema.Text
		if i, ok := c.Indicator(id); ok {
			got = i.Explain(c)
		} else if co, ok := c.Companion(id); ok {
			got = co.Explain(c)
		}
		if got != want {
			t.Errorf("%s:\n%s\n%s", id, got.ZH, got.EN)
		}
	}
	if w := (&Indicator{}).Explain(c); w != (schema.Text{}) {
		t.Errorf("a row without a formula says %q", w.EN)
	}
}

// Every row has an explanation, and no name of a measure appears in it.
func TestEveryRowIsExplained(t *testing.T) {
	c := shunping(t)
	for _, i := range c.Indicators() {
		words := []schema.Text{i.Explain(c)}
		for _, co := range i.Companions {
			words = append(words, co.Explain(c))
		}
		for _, w := range words {
			if w.ZH == "" || w.EN == "" || strings.Contains(w.EN, "_") || strings.ContainsAny(w.ZH, "_:") {
				t.Errorf("%s: %+v", i.ID, w)
			}
		}
	}
}
