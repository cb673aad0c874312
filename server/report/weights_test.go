package report

import (
	"errors"
	"strings"
	"testing"

	"roadbook/sync/wire"
)

func TestDefaultWeightsAre10_50_30_10(t *testing.T) {
	cat, _ := newYear(t)
	w := DefaultWeights()
	for _, p := range cat.Projects {
		s, err := w.forProject(p)
		if err != nil {
			t.Fatal(err)
		}
		if s.execution.FloatString(2) != "10.00" {
			t.Errorf("%s: execution %v", p.Code, s.execution)
		}
		for i, want := range []string{"25.00", "25.00", "15.00", "15.00", "10.00"} {
			if got := s.rows[p.Rows[i].ID].FloatString(2); got != want {
				t.Errorf("%s: %s", p.Rows[i].ID, got)
			}
		}
	}
}

// 50 points over three rows: 16.67, 16.67, 16.66.
func TestPointsThatDoNotDivide(t *testing.T) {
	var got []string
	for _, p := range splitEvenly(decimal("50"), 3) {
		got = append(got, p.FloatString(2))
	}
	if strings.Join(got, " ") != "16.67 16.67 16.66" {
		t.Error(got)
	}
}

const project3Code = "451-0401-YXN-B3W8"

// Each fault of the entries has its sentence in both languages.
func TestFaultsOfEntries(t *testing.T) {
	own := func(weights string) string {
		return "weights: {projects: {" + project3Code + ": {execution: 10, rows: {" + weights + "}}}}"
	}
	about := func(entry string) string { return "projects: {" + project3Code + ": {" + entry + "}}" }
	tests := []struct{ name, text, zh, en string }{
		{"sum below", own("P3-1: 25, P3-2: 25, P3-3: 15, P3-4: 15, P3-5: 9.5"), "分值合计为 99.5，应为 100", "add up to 99.5, not to 100"},
		{"sum above", own("P3-1: 25, P3-2: 25, P3-3: 15, P3-4: 15, P3-5: 10.01"), "分值合计为 100.01", "add up to 100.01"},
		{"row without", own("P3-1: 25, P3-2: 25, P3-3: 15, P3-4: 25"), "“P3-5”没有分值", "“P3-5” has no points"},
		{"unknown row", own("P3-1: 25, P3-2: 25, P3-3: 15, P3-4: 15, P3-5: 10, P9-9: 0"), "没有指标 P9-9", "has no row P9-9"},
		{"not a number", own("P3-1: many, P3-2: 25, P3-3: 15, P3-4: 15, P3-5: 10"), "“many”应为 0 到 100", "“many”, are a number from 0 to 100"},
		{"negative", own("P3-1: -5, P3-2: 55, P3-3: 15, P3-4: 15, P3-5: 10"), "“-5”应为", "“-5”, are"},
		{"three decimals", own("P3-1: 24.999, P3-2: 25.001, P3-3: 15, P3-4: 15, P3-5: 10"), "至多两位小数", "at most two decimals"},
		{"a fraction", own("P3-1: 50/2, P3-2: 25, P3-3: 15, P3-4: 15, P3-5: 10"), "“50/2”应为", "“50/2”, are"},
		{"execution changed alone", "weights: {execution: 20}", "分值合计为 110", "add up to 110"},
		{"level without", "weights: {levels: {产出指标: 60, 效果指标: 30}}", "“满意度指标”没有分值", "“满意度指标” has no points"},
		{"unknown key", "points: {}", "填报文件有误", "the file of entries is wrong"},
		{"not YAML", "projects: [", "填报文件有误", "the file of entries is wrong"},
		{"deviation of no row", about("deviations: {P1-1: x}"), "没有指标 P1-1", "has no row P1-1"},
		{"choice of no row", about("choices: {P1-1: {use: literal}}"), "没有指标 P1-1", "has no row P1-1"},
		{"choice of nothing", about("choices: {P3-1: {use: best}}"), "应为 literal 或 advisory", "is literal or advisory"},
		{"too long", about("achieved: " + strings.Repeat("好", 4001)), "超过 4000 字", "longer than 4000 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := project3(t)
			var err error
			if in.Entries, err = ParseEntries([]byte(tt.text)); err == nil {
				_, err = SelfEvaluation(in)
			}
			refusal, ok := errors.AsType[*wire.Error](err)
			if !ok || refusal.Code != wire.CodeBadRequest || !strings.Contains(refusal.Message.ZH, tt.zh) || !strings.Contains(refusal.Message.EN, tt.en) {
				t.Errorf("%v: %+v", err, refusal)
			}
		})
	}
}

func TestOwnWeightsMoveTheScores(t *testing.T) {
	in := project3(t)
	var err error
	in.Entries, err = ParseEntries([]byte("weights: {projects: {" + project3Code + ": {execution: 20, rows: {P3-1: 20, P3-2: 20, P3-3: 20, P3-4: 10, P3-5: 10}}}}"))
	if err != nil {
		t.Fatal(err)
	}
	f := workbook(t, sheet(t, in))
	// 20 × 0.771604… = 15.43; 20 × 0.825 = 16.5; 20 × 29.1666…/30 = 19.444…; all 20
	for at, want := range map[string]string{"J6": "15.43", "H13": "16.50", "H14": "19.44", "H15": "20.00", "H16": "未评", "G16": "10", "H6": "20"} {
		if got, err := f.GetCellValue(tab, at); err != nil || got != want {
			t.Errorf("%s: %s, by hand %s, %v", at, got, want, err)
		}
	}
}
