package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
)

// The doubts about the county's targets, by hand: code, rows (or project), and for typing errors the words.
const doubts = `
OP_INVERTED P3-1 P3-3 P5-4
OP_STRICT P3-1
TARGET_WEAK P3-2 P5-2
NAME_DESC_MISMATCH P5-1 P5-3
COMPOSITE P5-1
SAME_NAME P1-3 P2-1
SAME_FIGURE P1-2 P2-2 P4-2
SAME_FIGURE P1-4 P2-4 P4-4
STOPS_EARLY P1-2 P2-2 P4-2
SAME_NAME P1-5 P2-5 P5-5
SAME_NAME P3-5 P4-5
SAME_NAME P2-3 P4-3
L2_MISCLASS P1-2 P2-2 P4-2 P2-1 P1-4 P2-4 P4-4 P5-4
NO_OPERATOR D-2 P5-1.licences P5-1.registrations P5-1.satisfaction
DENOM_EXTERNAL D-1 P3-3 P5-4
GOAL_CONFLICT D-1 P5-4
NOT_COMPUTABLE P2-3 P4-3
COUNT_OR_RATE P1-4 P2-4 P4-4
FOREIGN_DESC P4-3
TYPO P3-1 P4-1 451-0401-YXN-B3W8 451-0501-YXN-0V4M`

func TestDoubtsOfTheCounty(t *testing.T) {
	var want []string
	for line := range strings.Lines(strings.TrimSpace(doubts)) {
		f := strings.Fields(line)
		for _, row := range f[1:] {
			want = append(want, f[0]+" "+row)
		}
	}
	var got []string
	last := 0
	for _, f := range shunping(t).Lint() {
		where := f.Row
		if where == "" {
			where = f.Project
		}
		got = append(got, f.Code+" "+where)
		if f.Text.ZH == "" || f.Text.EN == "" || f.Name.ZH == "" || f.Name.EN == "" || strings.Contains(f.Text.ZH+f.Text.EN, subjectPlaceholder) {
			t.Errorf("%s of %s says %+v", f.Code, where, f.Text)
		}
		if f.Line < last || f.Line == 0 {
			t.Errorf("%s of %s stands in line %d, behind line %d", f.Code, where, f.Line, last)
		}
		last = f.Line
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Every typing error of the target document is kept, and the finding is placed on its line.
func TestTypingErrorsAreKept(t *testing.T) {
	lines := strings.Split(shunpingText(t), "\n")
	where := map[string]string{"施化": "451-0401-YXN-B3W8", "路段历程": "P3-1", "在冀": "P4-1", "公安部号部令": "451-0501-YXN-0V4M"}
	for _, f := range shunping(t).Lint() {
		if f.Code != "TYPO" {
			continue
		}
		if f.Row != where[f.subject] && f.Project != where[f.subject] || !strings.Contains(lines[f.Line-1], f.subject) || strings.Contains(lines[f.Line-1], "TYPO") {
			t.Errorf("%q of %s%s stands in line %d: %s", f.subject, f.Project, f.Row, f.Line, lines[f.Line-1])
		}
		delete(where, f.subject)
	}
	if len(where) > 0 {
		t.Errorf("not found: %v", where)
	}
}

func TestReasonsNameWhatTheyAreAbout(t *testing.T) {
	want := map[string][2]string{
		"OP_INVERTED P3-3":              {"目标“≤10%”给下降封了顶", "the target “≤10%” caps it"},
		"SAME_NAME P2-1":                {"与 P1-3 同名而所指不同", "its name with P1-3, which mean something else"},
		"SAME_FIGURE P4-2":              {"与 P1-2、P2-2 名称和算法都相同：是同一个数", "its formula with P1-2, P2-2: one figure"},
		"SAME_FIGURE P1-4":              {"与 P2-4、P4-4 名称和算法都相同：是同一个数", "its formula with P2-4, P4-4: one figure"},
		"STOPS_EARLY P2-2":              {"不含后面的步骤：到场时间、处置完毕", "the steps that follow: Arrived at, Cleared at"},
		"COMPOSITE P5-1":                {"一行里有 4 个数量", "holds 4 quantities"},
		"DENOM_EXTERNAL D-1":            {"外勤登记不含“非现场执法”", "lacks “off-site enforcement”"},
		"GOAL_CONFLICT D-1":             {"与 P5-4 相互抵触", "against P5-4"},
		"GOAL_CONFLICT P5-4":            {"与 D-1 相互抵触", "against D-1"},
		"COUNT_OR_RATE P1-4":            {"“项数”", "“项数”"},
		"NO_OPERATOR P5-1.licences":     {"“机动车行驶证三千个”没有比较符", "names no operator"},
		"L2_MISCLASS P2-1":              {"任务完成率不是成本指标", "is no cost"},
		"TARGET_WEAK P5-2":              {"五分之一", "a fifth"},
		"FOREIGN_DESC P4-3":             {"购置", "purchases"},
		"NAME_DESC_MISMATCH P5-3":       {"道路顺畅", "smooth traffic"},
		"NOT_COMPUTABLE P2-3":           {"由机关凭依据认定", "HQ attests"},
		"OP_STRICT P3-1":                {"恰好等于目标值不达标", "exactly the value fails"},
		"TYPO P4-1":                     {"在冀", "在冀"},
		"DENOM_EXTERNAL P3-3":           {"基线", "baseline"},
		"SAME_NAME P3-5":                {"与 P4-5 同名", "P4-5"},
		"NO_OPERATOR D-2":               {"不作判定", "no verdict"},
		"TYPO ":                         {"施", "施"},
		"L2_MISCLASS P5-4":              {"社会效益", "social"},
		"NO_OPERATOR P5-1.satisfaction": {"群众满意率", "群众满意率"},
	}
	for _, f := range shunping(t).Lint() {
		key := f.Code + " " + f.Row
		w, ok := want[key]
		if !ok {
			continue
		}
		delete(want, key)
		if !strings.Contains(f.Text.ZH, w[0]) || !strings.Contains(f.Text.EN, w[1]) {
			t.Errorf("%s says %s / %s", key, f.Text.ZH, f.Text.EN)
		}
	}
	for key := range want {
		t.Errorf("%s is not found", key)
	}
}

// A row shows its own findings and the findings of its companions.
func TestLintOfARow(t *testing.T) {
	c := shunping(t)
	codes := func(row string) (out []string) {
		for _, f := range c.LintOf(row) {
			out = append(out, f.Code)
		}
		slices.Sort(out)
		return out
	}
	if got := codes("P5-1"); !slices.Equal(got, []string{"COMPOSITE", "NAME_DESC_MISMATCH", "NO_OPERATOR", "NO_OPERATOR", "NO_OPERATOR"}) {
		t.Errorf("P5-1 has %v", got)
	}
	if got := codes("P1-1"); got != nil {
		t.Errorf("P1-1 has %v", got)
	}
	if got := codes(""); got != nil {
		t.Errorf("no row has %v", got)
	}
}

// Derived findings need no notes: without notes, and with the target reversed, the findings follow.
func TestDerivedFindingsFollowTheRows(t *testing.T) {
	spoil := strings.NewReplacer(
		"target: {raw: '≤10%', op: '≤', value: '10', unit: '%'}\n        notes:\n          - {code: DENOM", "target: {raw: '≥10%', op: '≥', value: '10', unit: '%'}\n        notes:\n          - {code: DENOM",
		"l3: '交通肇事逃逸案件侦破率'", "l3: '受益群体满意度'",
		"op: '≥', value: '3000'", "op: '>', value: '3000'",
	)
	c, err := Load([]byte(spoil.Replace(shunpingText(t))), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	has := func(code, row string) bool {
		return slices.ContainsFunc(c.Lint(), func(f Finding) bool { return f.Code == code && f.Row == row })
	}
	if has("OP_INVERTED", "P3-3") || !has("OP_INVERTED", "P5-4") {
		t.Error("a drop of at least 10 % is not inverted, one of at most 10 % is")
	}
	if !has("OP_STRICT", "P5-1") || !has("SAME_NAME", "P1-1") {
		t.Error("a strict target and a third row of one name are not found")
	}
}

// By hand: what is found of P2-2 when the measured time ends later, P2-2 speaks of dispatch alone, or counts in minutes.
func TestFindingsOfTimes(t *testing.T) {
	const all, dispatched = "P1-2、P4-2", "add: dispatched_at - reported_at"
	at := strings.Index(shunpingText(t), "id: P2-2")
	for _, tt := range []struct {
		name                    string
		from                    int // what follows is changed
		change                  []string
		early, sameName, figure string
	}{
		{"as published", 0, nil, "到场时间、处置完毕", "", all},
		{"to the arrival", 0, []string{dispatched, "add: arrived_at - reported_at"}, "处置完毕", "", all},
		{"to the end", 0, []string{dispatched, "add: cleared_at - reported_at"}, "", "", all},
		{"no plain time", 0, []string{dispatched, dispatched + " + 1"}, "", "", all},
		{"of dispatch", 0, []string{"突发事件处置及时性", "调度及时性", "相关单位处置交通突发事件", "相关单位"}, "", "", all},
		{"from P2-2 on in minutes", at, []string{"divisor: 3600000", "divisor: 60000"}, "到场时间、处置完毕", "P1-2", "P4-2"}, // P4-2 as well
		{"nothing else beside", at, []string{", beside: [incident_undispatched]", ""}, "到场时间、处置完毕", "", all},
	} {
		text := shunpingText(t)
		c, err := Load([]byte(text[:tt.from]+strings.NewReplacer(tt.change...).Replace(text[tt.from:])), "c.yaml", schema.Default())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		subject := map[string]string{}
		for _, f := range c.LintOf("P2-2") {
			subject[f.Code] = f.subject
		}
		if subject["STOPS_EARLY"] != tt.early || subject["SAME_NAME"] != tt.sameName || subject["SAME_FIGURE"] != tt.figure {
			t.Errorf("%s: %v", tt.name, subject)
		}
	}
}

func TestNoteFaults(t *testing.T) {
	const good = "{code: TYPO, text: 路段历程,"
	tests := []struct{ name, note, code, zh, en string }{
		{"unknown code", "{code: TYPOS, text: 路段历程,", FaultReference, "没有这个 lint：TYPOS", "there is no lint “TYPOS”"},
		{"words that are not there", "{code: TYPO, text: 路程,", FaultNote, "原文中没有标注所引的文字：路程", "quotes words that are not there: “路程”"},
		{"half a reason", "{code: TYPO, text: 路段历程, why: {zh: 一半}}\n          - {code: TYPO, text: 路段历程,", FaultMissing, "缺少 why.zh, why.en", "why.zh, why.en is missing"},
		{"words that are missing", "{code: TYPO}\n          - {code: TYPO, text: 路段历程,", FaultMissing, "缺少 text", "text is missing"},
	}
	for _, tt := range tests {
		_, err := Load([]byte(strings.Replace(shunpingText(t), good, tt.note, 1)), "c.yaml", schema.Default())
		var faults Faults
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Code != tt.code || faults[0].Line == 0 ||
			faults[0].Reason.ZH != tt.zh || !strings.Contains(faults[0].Reason.EN, tt.en) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
