package catalogue

import (
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/schema/data"
)

func shunping(t testing.TB) *Catalogue {
	t.Helper()
	all, err := Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Name() != "shunping-2020@1" || all[1].Name() != "shunping-2020@2" {
		t.Fatalf("%d catalogues, the first %s", len(all), all[0].Name())
	}
	return all[0]
}

// A version never changes once it was shipped. Sums, observations and printed sheets name it.
func TestFirstVersionIsAsItWasShipped(t *testing.T) {
	const shipped = "fbbb18d44d1b9676c199f5b7bab429c3ba20c5727621efd5c4d6db4c5dc9e4ad"
	if got := shunping(t).Digest; got != shipped {
		t.Errorf("shunping-2020@1 has the digest %s, shipped was %s", got, shipped)
	}
}

// The second version has the targets and words of the first, and no measure of another meaning under an old name.
func TestSecondVersionDiffersInFormulasAlone(t *testing.T) {
	read := func(file string) *textFile {
		text, err := fs.ReadFile(data.FS, "catalogues/"+file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parseText(text, file)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	first, next := read("shunping-2020.yaml"), read("shunping-2020-2.yaml")
	was, is := first.facts(), next.facts()
	if was.Version = 2; !reflect.DeepEqual(was, is) {
		t.Error("the versions differ in more than formulas, companions and measures")
	}
	var changed []string
	for _, r := range next.rows() {
		if old, _, _ := first.row(r.ID); !reflect.DeepEqual(old, r) {
			changed = append(changed, r.ID)
		}
	}
	if got := strings.Join(changed, " "); got != secondChanges {
		t.Errorf("the rows %s changed", got)
	}
	for i := range next.Measures {
		if old, _ := first.measure(next.Measures[i].Name); old != nil && !reflect.DeepEqual(old, &next.Measures[i]) {
			t.Errorf("%s means something else than in version 1: it needs a new name", old.Name)
		}
	}
}

// secondChanges are the rows whose formula or companions differ in version 2.
const secondChanges = "P1-2 P2-2 P3-2 P3-4 P4-2"

// The 25 rows and the department's two targets, copied by hand from the target document: id, levels, name, target.
const rows = `
P1-1 产出指标 质量指标 交通肇事逃逸案件侦破率 ≥ 90 %
P1-2 产出指标 数量指标 突发事件处置及时性（小时） ≤ 0.5 小时
P1-3 效果指标 社会效益指标 各项交管综合业务管理工作和保障工作完成率 ≥ 90 %
P1-4 效果指标 经济效益指标 隐患消除情况（%） ≥ 90 %
P1-5 满意度指标 服务对象满意度指标 群众满意度 ≥ 90 %
P2-1 产出指标 成本指标 各项交管综合业务管理工作和保障工作完成率 ≥ 90 %
P2-2 产出指标 数量指标 突发事件处置及时性（小时） ≤ 0.5 小时
P2-3 效果指标 社会效益指标 公共水平提升情况（%） ≥ 90 %
P2-4 效果指标 经济效益指标 隐患消除情况（%） ≥ 90 %
P2-5 满意度指标 服务对象满意度指标 群众满意度 ≥ 90 %
P3-1 产出指标 质量指标 交通拥堵路段里程缓解率 < 20 %
P3-2 产出指标 质量指标 配套设施完成率（%） ≥ 30 %
P3-3 效果指标 社会效益指标 交通事故下降率（%） ≤ 10 %
P3-4 效果指标 经济效益指标 综合利用率 ≥ 90 %
P3-5 满意度指标 服务对象满意度指标 受益群体满意度（%） ≥ 95 %
P4-1 产出指标 质量指标 巡警警力覆盖率（%） ≥ 90 %
P4-2 产出指标 数量指标 突发事件处置及时性（小时） ≤ 0.5 小时
P4-3 效果指标 社会效益指标 公共水平提升情况（%） ≥ 90 %
P4-4 效果指标 经济效益指标 隐患消除情况（%） ≥ 90 %
P4-5 满意度指标 服务对象满意度指标 受益群体满意度（%） ≥ 95 %
P5-1 产出指标 数量指标 确保无故障车上路行驶 ≥ 3000 副
P5-2 产出指标 质量指标 机动车注册、年检遗漏率（%） ≤ 20 %
P5-3 效果指标 社会效益指标 道路交通顺畅（%） ≥ 60 %
P5-4 效果指标 经济效益指标 车辆违法下降率（%） ≤ 10 %
P5-5 满意度指标 服务对象满意度指标 群众满意度（%） ≥ 90 %`

func TestRows(t *testing.T) {
	c := shunping(t)
	lines := strings.Split(strings.TrimSpace(rows), "\n")
	if all := c.Indicators(); len(lines) != 25 || len(all) != 27 || all[25].ID != "D-1" || all[26].ID != "D-2" {
		t.Fatalf("%d indicators", len(all))
	}
	for n, line := range lines {
		f := strings.Fields(line)
		i, ok := c.Indicator(f[0])
		if !ok || c.Indicators()[n] != i {
			t.Fatalf("%s is missing or out of order", f[0])
		}
		target := Target{Raw: f[4] + f[5] + f[6], Op: f[4], Value: f[5], Unit: f[6]}
		if i.L1 != f[1] || i.L2 != f[2] || i.L3 != f[3] || i.Name != f[3] || i.Target != target || i.Intent != nil {
			t.Errorf("%s is %+v", f[0], i)
		}
		project := c.Projects[f[0][1]-'1']
		if i.Project != project.Code || project.Rows[f[0][3]-'1'] != i {
			t.Errorf("%s stands in project %s", i.ID, i.Project)
		}
	}
}

func TestDescriptions(t *testing.T) {
	c := shunping(t)
	for id, want := range map[string]string{
		"P1-1": "已侦破交通肇事逃逸案件与交通肇事逃逸案件比例",
		"P1-2": "及时调度、指挥相关单位处置交通突发事件的平均时间",
		"P3-1": "一定时间内，某区域路网于不同拥堵水平的路段历程比例，比上年同期减少比例", // 历程: typing error of the document
		"P3-3": "全县交通事故数量比上年同期下降的比率",
		"P4-1": "巡警警力在冀各路段的分布覆盖比例", // 在冀: the same
		"P5-1": "对依法申请注册的号牌按规定予以全部发放，机动车行驶证三千个，机动车登记证书三千个，群众满意率等绩效指标。",
		"P5-2": "应注册未注册、应年检未年检机动车数量占应注册年检机动车总数的比率（反向指标）",
		"P5-3": "购置对公共服务水平的提升情况",
		"P5-5": "通过抽查问卷的方式，调查部分群众对机动车管理工作的满意度",
	} {
		if i, _ := c.Indicator(id); i == nil || i.Desc != want {
			t.Errorf("%s: %+v", id, i)
		}
	}
	if _, ok := c.Indicator("P6-1"); ok {
		t.Error("there is no P6-1")
	}
}

func TestProjects(t *testing.T) {
	tests := []struct{ code, name, unit, total, plan, purpose, goal string }{
		{"451-0401-YZN-Y5U1", "冀财政法【2019】22号提前下达2020年中央政法纪检监察转移支付办案业务经费", "451002", "300000.00", "30.00 60.00 90.00 100.00",
			"用于维护全县良好的道路交通秩序", "保障道路交通安全、畅通、有序，为人民生活和社会安定服务。"},
		{"451-0401-YZN-RX4L", "冀财政法【2019】22号提前下达2020年中央政法纪检监察转移支付办案装备经费", "451002", "150000.00", "30.00 60.00 90.00 100.00",
			"用于维护全县良好的道路交通秩序", "保障道路交通安全、畅通、有序，为人民生活和社会安定服务。"},
		{"451-0401-YXN-B3W8", "道路交通安全设施业务经费", "451003", "1500000.00", "25.00 50.00 75.00 100.00",
			"为了维护道路交通秩序", "为维护辖区道路交通秩序，确保交通安全，负责对全县的道路交通安全设施进行全面增设、调换、更新工作。"},
		{"451-0601-YXN-EMSE", "公共交通安全执法执勤业务经费", "451003", "4687600.00", "25.00 50.00 75.00 100.00",
			"此业务经费支出是保障公安交管工作业务的坚实基础",
			"搞好业务经费支出管理工作是交管部门一项十分重要的工作.随着财政改革的不断深入,交管业务经费支出日益繁重,需要做好日常开支管理工作,努力提升管理水平,实现管理规范化、科学化。"},
		{"451-0501-YXN-0V4M", "机动车及驾驶人管理经费", "451003", "700000.00", "25.00 50.00 75.00 100.00",
			"规范机动车登记行为",
			"按照公安部号部令，开展对全县机动车辆的登记管理、档案管理和牌证管理及机动车驾驶人的证件和档案管理，组织对初学和违章记满分的驾驶人考试及驾照发放工作，完善便民利民措施。"},
	}
	c := shunping(t)
	if len(c.Projects) != len(tests) {
		t.Fatalf("%d projects", len(c.Projects))
	}
	for n, tt := range tests {
		p := c.Projects[n]
		if p.No != n+1 || p.Code != tt.code || p.Name != tt.name || p.Unit != tt.unit || strings.Join(p.Plan, " ") != tt.plan {
			t.Errorf("project %d is %+v", n+1, p)
		}
		if p.Budget.Total != tt.total || p.Budget.Fiscal != tt.total || p.Budget.Other != nil {
			t.Errorf("project %d has the budget %+v", n+1, p.Budget)
		}
		if len(p.Goals) != 2 || p.Goals[0] != tt.goal || !strings.HasPrefix(p.Purpose, tt.purpose) || len(p.Rows) != 5 {
			t.Errorf("project %d: %q %q", n+1, p.Purpose, p.Goals)
		}
	}
	if !strings.Contains(c.Projects[2].Goals[1], "依法施化辖区停车泊位") { // 施化: typing error of the document
		t.Errorf("got %s", c.Projects[2].Goals[1])
	}
}

func TestDepartment(t *testing.T) {
	c := shunping(t)
	d := c.Department
	if d.Name != "顺平县公安局交通管理大队" || d.Division != "130636" || d.Currency != "元" || d.BudgetTotal != "7337600.00" ||
		d.Slogan != "防事故、保畅通、促和谐、保稳定" || c.Year != 2020 || len(c.Digest) != 64 {
		t.Errorf("the department is %+v", d)
	}
	if !strings.HasSuffix(d.OverallGoal, "实现民警现场执法达到总执法量的70%以上，交通事故死亡人数比上年降低2%。") || utf8.RuneCountInString(d.OverallGoal) < 200 {
		t.Errorf("the overall goal is %s", d.OverallGoal)
	}
	d1, d2 := d.Targets[0], d.Targets[1]
	if d1.Name != "民警现场执法达到总执法量的70%以上" || d1.Target != (Target{Raw: d1.Name, Op: "≥", Value: "70", Unit: "%"}) {
		t.Errorf("D-1 is %+v", d1)
	}
	if d2.Name != "交通事故死亡人数比上年降低2%" || d2.Target != (Target{Raw: d2.Name, Op: "", Value: "2", Unit: "%", YoY: true}) {
		t.Errorf("D-2 is %+v", d2)
	}
	if !slices.Equal(c.PlanPoints, []string{"3月底", "6月底", "10月底", "12月底"}) {
		t.Errorf("the checkpoints are %q", c.PlanPoints)
	}
	if !slices.Equal(c.Units, []BudgetUnit{{"451002", "顺平县公安局交通管理大队"}, {"451003", "顺平县公安局交通管理大队事业"}}) {
		t.Errorf("the units are %v", c.Units)
	}
	if !strings.HasPrefix(c.LegalBasis, "《中华人民共和国道路交通安全法》、") || !strings.HasSuffix(c.LegalBasis, "《机动车登记规定》（公安部124号令）。") {
		t.Errorf("the legal basis is %s", c.LegalBasis)
	}
}

func TestGoals(t *testing.T) {
	d := shunping(t).Department
	goals := []struct {
		name        string
		items       int
		first, last string
	}{
		{"全县道路交通秩序管理工作稳步推进", 11, "城市交通治理科学化、精细化、规范化", "全县道路交通安全形势持续稳定"},
		{"事故处理及预防能力整体提升", 5, "简易交通事故处理效率进一步提高", "道路交通安全隐患治理排查和治理工作机制进一步完善"},
		{"机动车及驾驶人管理规范有序", 6, "全县车辆核发、补换领号牌业务更加规范", "“放管服”工作得到深入贯彻落实"},
		{"队伍建设与管理水平不断提高", 5, "干部民警的政策理论水平明显提高", "干部民警职工政治觉悟政治定力不断增强"},
	}
	if len(d.SubGoals) != len(goals) {
		t.Fatalf("%d sub-goals", len(d.SubGoals))
	}
	for i, want := range goals {
		got := d.SubGoals[i]
		if got.Name != want.name || len(got.Items) != want.items || got.Items[0].Text != want.first || got.Items[want.items-1].Text != want.last {
			t.Errorf("sub-goal %d is %+v", i, got)
		}
	}
	var names, systems []string
	for _, s := range d.Safeguards {
		names = append(names, s.Name)
		systems = append(systems, s.Systems...)
		if s.Text == "" {
			t.Errorf("%s says nothing", s.Name)
		}
	}
	if !slices.Equal(names, []string{"创新社会共治形式", "创新公共管理服务", "创新科技强警手段"}) || len(systems) != 4+6+3 || systems[7] != "交管12123" {
		t.Errorf("the safeguards are %q with %q", names, systems)
	}
	if !slices.Equal(d.BusinessLines, []string{"公共交通安全执法执勤业务管理", "道路交通安全设施业务", "机动车及驾驶人管理"}) {
		t.Errorf("the business lines are %q", d.BusinessLines)
	}
}
