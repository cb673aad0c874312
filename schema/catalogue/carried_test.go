package catalogue_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/schema/data"
)

// newest is the text of the program's newest catalogue.
func newest(t *testing.T) []byte {
	t.Helper()
	text, err := fs.ReadFile(data.FS, "catalogues/shunping-2020-2.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func load(t *testing.T, text []byte) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load(text, "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func carryOver(t *testing.T, text []byte, year int) []byte {
	t.Helper()
	out, err := catalogue.CarryOver(text, "c.yaml", year, schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func revise(t *testing.T, text []byte, to catalogue.NewFacts, items ...string) *catalogue.Revised {
	t.Helper()
	r, err := catalogue.Revise(text, "c.yaml", schema.Default(), items, to)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every target, budget and plan is marked, and nothing else changes: 27 rows, five projects, the department's goals.
func TestCarryOver(t *testing.T) {
	was, text := load(t, newest(t)), carryOver(t, newest(t), 2026)
	c := load(t, text)
	if want := (catalogue.Carried{Rows: 27, Projects: 5, Department: true}); c.Name() != "shunping-2026@1" || c.Year != 2026 || c.Carried() != want {
		t.Fatalf("%s of %d carries %+v over", c.Name(), c.Year, c.Carried())
	}
	if !was.Carried().None() || len(was.CarriedItems()) != 0 {
		t.Errorf("the original carries %v over", was.CarriedItems())
	}
	items := c.CarriedItems()
	if len(items) != 33 || items[0] != "department" || items[1] != "D-1" || items[3] != "451-0401-YZN-Y5U1" || items[4] != "P1-1" {
		t.Errorf("%v", items)
	}
	for i, ind := range c.Indicators() {
		if o := was.Indicators()[i]; ind.ID != o.ID || ind.Target != o.Target || ind.CarriedFrom != 2020 || o.CarriedFrom != 0 {
			t.Errorf("%s: %+v from %d", ind.ID, ind.Target, ind.CarriedFrom)
		}
	}
	for i, p := range c.Projects {
		if p.CarriedFrom != 2020 || p.Budget.Total != was.Projects[i].Budget.Total || !slices.Equal(p.Plan, was.Projects[i].Plan) {
			t.Errorf("%s: %+v", p.Code, p)
		}
	}
	if c.Department.CarriedFrom != 2020 || c.CarriedFrom("P1-1") != 2020 || c.CarriedFrom("P9-9") != 0 {
		t.Error("the department's goals are not marked")
	}
	if err := catalogue.CheckMeasuresAgree([]*catalogue.Catalogue{was, c}); err != nil {
		t.Error(err)
	}
	if a, b := strings.Count(string(newest(t)), "\n"), strings.Count(string(text), "\n"); b != a+34 {
		t.Errorf("%d lines, were %d", b, a)
	}
}

// What was never revised keeps the year of its origin when the next year carries it over again; a copy back to that year is
// that year's own.
func TestCarryOverTwice(t *testing.T) {
	first := revise(t, carryOver(t, newest(t), 2026), catalogue.NewFacts{}, "P1-1")
	c := load(t, carryOver(t, first.Text, 2027))
	if c.Name() != "shunping-2027@1" || c.CarriedFrom("P1-1") != 2026 || c.CarriedFrom("P1-2") != 2020 || len(c.CarriedItems()) != 33 {
		t.Errorf("%s: P1-1 from %d, P1-2 from %d", c.Name(), c.CarriedFrom("P1-1"), c.CarriedFrom("P1-2"))
	}
	back := load(t, carryOver(t, first.Text, 2020))
	if items := back.CarriedItems(); !slices.Equal(items, []string{"P1-1"}) {
		t.Errorf("%v", items)
	}
}

// HQ revises an item after the other: as carried over, or with new values. The rest of the file stays, byte for byte.
func TestRevise(t *testing.T) {
	text := carryOver(t, newest(t), 2026)
	r := revise(t, text, catalogue.NewFacts{}, "p1-1", "P1-2", "department", "P1-1")
	if r.Name() != "shunping-2026@2" || len(r.CarriedItems()) != 30 || r.CarriedFrom("P1-1") != 0 || r.Department.CarriedFrom != 0 {
		t.Fatalf("%s: %v", r.Name(), r.CarriedItems())
	}
	target, ok := catalogue.ParseTarget("≥50%", catalogue.Target{Unit: "%"})
	if !ok {
		t.Fatal("no target")
	}
	r = revise(t, r.Text, catalogue.NewFacts{Target: target}, "P3-2") // a note quotes the target before, "≥30%"
	i, _ := r.Indicator("P3-2")
	if i.Target != (catalogue.Target{Raw: "≥50%", Op: "≥", Value: "50", Unit: "%"}) || !slices.Equal(r.Dropped, []string{"≥30%"}) || i.CarriedFrom != 0 {
		t.Errorf("%+v, without the notes %q", i.Target, r.Dropped)
	}
	other := "1000.00"
	budget := &catalogue.Budget{Total: "301000.00", Fiscal: "300000.00", Other: &other}
	r = revise(t, r.Text, catalogue.NewFacts{Budget: budget, Plan: []string{"25.00", "50.00", "75.00", "100.00"}, Name: "2026年'办案'经费"}, "1")
	p := r.Projects[0]
	if r.Name() != "shunping-2026@4" || *p.Budget.Other != other || p.Plan[0] != "25.00" || p.Name != "2026年'办案'经费" || p.CarriedFrom != 0 {
		t.Errorf("%s: %+v", r.Name(), p)
	}
	if r.Department.BudgetTotal != "7338600.00" { // 7 337 600 and 1 000 more
		t.Errorf("%s in all", r.Department.BudgetTotal)
	}
	rest := revise(t, r.Text, catalogue.NewFacts{}, r.CarriedItems()...)
	if strings.Contains(string(rest.Text), "carried_over") || !rest.Carried().None() {
		t.Error("the list is still there")
	}
	lines := map[string]bool{}
	for line := range strings.SplitSeq(string(newest(t)), "\n") {
		lines[line] = true
	}
	var changed []string
	for line := range strings.SplitSeq(string(rest.Text), "\n") {
		if !lines[line] {
			changed = append(changed, strings.TrimSpace(line))
		}
	}
	if len(changed) != 7 { // id, version, year, total, budget, name, target; the plan is another project's too
		t.Errorf("changed: %q", changed)
	}
}

// A confirmed reading belongs to the target before.
func TestANewTargetTakesTheIntentOut(t *testing.T) {
	const row = "target: {raw: '≥90%', op: '≥', value: '90', unit: '%'}\n"
	text := strings.Replace(string(newest(t)), row, row+"        intent:\n          {direction: up, op: '≥', value: '95', by: a, at: '2020-03-01'}\n", 1)
	text = string(carryOver(t, []byte(text), 2026))
	kept := revise(t, []byte(text), catalogue.NewFacts{}, "P1-1")
	if i, _ := kept.Indicator("P1-1"); i.Intent == nil {
		t.Error("an intent is lost though the target stays")
	}
	target, _ := catalogue.ParseTarget(">= 85", catalogue.Target{Unit: "%"})
	r := revise(t, []byte(text), catalogue.NewFacts{Target: target}, "P1-1")
	if i, _ := r.Indicator("P1-1"); i.Intent != nil || i.Target != (catalogue.Target{Raw: ">= 85%", Op: "≥", Value: "85", Unit: "%"}) {
		t.Errorf("%+v %+v", i.Target, i.Intent)
	}
}

func TestReviseRefuses(t *testing.T) {
	text := carryOver(t, newest(t), 2026)
	settled := revise(t, text, catalogue.NewFacts{}, "P1-1").Text
	target, _ := catalogue.ParseTarget("≥50%", catalogue.Target{})
	plan := []string{"25.00", "90.00"}
	flow := strings.Replace(string(text), "  'P1-1': 2020\n", "", 1)
	flow = flow[:strings.Index(flow, "carried_over:")] + "carried_over: {P1-1: 2020, P1-2: 2020}\n" + flow[strings.Index(flow, "legal_basis:"):]
	for _, tt := range []struct {
		name  string
		text  string
		items string
		to    catalogue.NewFacts
		want  error
	}{
		{"no such row", string(text), "P9-9", catalogue.NewFacts{}, catalogue.ErrNoItem},
		{"no such project", string(text), "6", catalogue.NewFacts{}, catalogue.ErrNoItem},
		{"revised already", string(settled), "P1-1", catalogue.NewFacts{}, catalogue.ErrOwn},
		{"one target of two rows", string(text), "P1-1 P1-2", catalogue.NewFacts{Target: target}, catalogue.ErrOneItem},
		{"a target of nothing", string(text), "", catalogue.NewFacts{Target: target}, catalogue.ErrOneItem},
		{"a target of a project", string(text), "1", catalogue.NewFacts{Target: target}, catalogue.ErrOneItem},
		{"a plan of a row", string(text), "P1-1", catalogue.NewFacts{Plan: plan}, catalogue.ErrOneItem},
		{"both", string(text), "1", catalogue.NewFacts{Target: target, Plan: plan}, catalogue.ErrOneItem},
		{"of the department", string(text), "department", catalogue.NewFacts{Plan: plan}, catalogue.ErrOneItem},
	} {
		if _, err := catalogue.Revise([]byte(tt.text), "c.yaml", schema.Default(), strings.Fields(tt.items), tt.to); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	_, err := catalogue.Revise(text, "c.yaml", schema.Default(), []string{"1"}, catalogue.NewFacts{Plan: plan})
	var faults catalogue.Faults
	if !errors.As(err, &faults) || faults[0].Code != catalogue.FaultPlan {
		t.Errorf("half a plan: %v", err)
	}
	if r := revise(t, []byte(flow), catalogue.NewFacts{}, "P1-1"); !slices.Equal(r.CarriedItems(), []string{"P1-2"}) {
		t.Errorf("a list in one line: %v", r.CarriedItems())
	}
	if r := revise(t, settled, catalogue.NewFacts{Target: target}, "P1-1"); r.Name() != "shunping-2026@3" { // a slip of the first revision
		t.Errorf("a target of a revised row: %s", r.Name())
	}
}

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]string{
		"≥90%": "≥90%|≥|90|%", " <= 0.5 小时 ": "<= 0.5 小时|≤|0.5|小时", "＜40": "＜40副|<|40|副", "＞=3000副": "＞=3000副|≥|3000|副",
		"90%": "", "达到70%以上": "", "≥九十": "", "≥-5%": "", "": "", "≥5%以上 不含": "",
	} {
		got := ""
		if g, ok := catalogue.ParseTarget(text, catalogue.Target{Unit: "副", YoY: true}); ok {
			if got = strings.Join([]string{g.Raw, g.Op, g.Value, g.Unit}, "|"); !g.YoY {
				t.Errorf("%s: no comparison with the year before", text)
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// The list names items of the catalogue, and a year that is another one.
func TestCarriedFaults(t *testing.T) {
	head := func(list string) []byte {
		return []byte(strings.Replace(string(newest(t)), "\nyear: 2020\n", "\nyear: 2020\ncarried_over: "+list+"\n", 1))
	}
	for list, code := range map[string]string{
		"{P9-9: 2019}": catalogue.FaultReference, "{P1-1: 2020}": catalogue.FaultCarried, "{P1-1: 19}": catalogue.FaultCarried,
		"{P1-1: last}": catalogue.FaultYAML, "[P1-1]": catalogue.FaultYAML, "{P1-1: 2019, P1-1: 2019}": catalogue.FaultYAML,
	} {
		_, err := catalogue.Load(head(list), "c.yaml", schema.Default())
		var faults catalogue.Faults
		if !errors.As(err, &faults) || faults[0].Code != code || faults[0].Line != 10 {
			t.Errorf("%s: %v", list, err)
		}
	}
	if c := load(t, head("{P1-1: 2019}")); c.Carried() != (catalogue.Carried{Rows: 1}) {
		t.Errorf("%+v", c.Carried())
	}
}

// A copy that nobody revised is told from a year's own catalogue.
func TestUnrevised(t *testing.T) {
	own := load(t, newest(t))
	marked, settled := carryOver(t, newest(t), 2026), func(items ...string) *catalogue.Catalogue {
		return revise(t, carryOver(t, newest(t), 2026), catalogue.NewFacts{}, items...).Catalogue
	}
	plain, err := catalogue.CopyToYear(newest(t), 2026)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(plain), "value: '90'", "value: '91'", 1)
	first := load(t, marked)
	all := settled("P1-1", "1")
	again := load(t, []byte(strings.Replace(string(marked), "version: 1", "version: 3", 1)))
	for _, tt := range []struct {
		name   string
		c      *catalogue.Catalogue
		beside []*catalogue.Catalogue
		want   string // in the words; "" = none
	}{
		{"all marked", first, []*catalogue.Catalogue{own}, "全部 33 项"},
		{"some revised", settled("P1-1"), []*catalogue.Catalogue{own}, ""},
		{"the next version of a marked one", settled("P1-1"), []*catalogue.Catalogue{own, first}, ""},
		{"gone back", again, []*catalogue.Catalogue{own, first, all}, "shunping-2026@2 已核定的项目又标为待核定：451-0401-YZN-Y5U1, P1-1"},
		{"marks deleted, nothing edited", load(t, plain), []*catalogue.Catalogue{own}, "与 shunping-2020@2（2020 年）完全相同"},
		{"one target edited", load(t, []byte(edited)), []*catalogue.Catalogue{own}, ""},
		{"the year's own", own, nil, ""},
	} {
		got := ""
		for _, why := range tt.c.Unrevised(tt.beside) {
			got += why.ZH
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
