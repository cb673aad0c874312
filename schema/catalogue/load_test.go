package catalogue

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/data"
)

func shunpingText(t *testing.T) string {
	t.Helper()
	b, err := fs.ReadFile(data.FS, "catalogues/shunping-2020.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFaults(t *testing.T) {
	const money = "budget: {total: '300000.00', fiscal: '300000.00', other: null}"
	const drop = "{kind: drop, numerator: accident_counted, percent: true, window: yoy}"
	tests := []struct{ name, old, new, code, en string }{
		{"unknown key", "year: 2020", "jahr: 2020", FaultYAML, "jahr"},
		{"broken YAML", "year: 2020", "year: [2020", FaultYAML, ""},
		{"no version", "version: 1", "version: 0", FaultMissing, "version is missing"},
		{"no description", "desc: '全县交通事故数量比上年同期下降的比率'", "desc: ''", FaultMissing, "l1, l2, l3, desc is missing"},
		{"project twice", "code: 451-0401-YZN-RX4L", "code: 451-0401-YZN-Y5U1", FaultDuplicate, "451-0401-YZN-Y5U1"},
		{"row twice", "id: P1-2", "id: P1-1", FaultDuplicate, "the indicator stands twice: P1-1"},
		{"measure twice", "name: incident_dispatched", "name: incident_dispatch_ms", FaultDuplicate, "incident_dispatch_ms stands twice"},
		{"no such unit", "unit: '451002'", "unit: '451009'", FaultReference, "there is no unit “451009”"},
		{"amount in words", money, strings.ReplaceAll(money, "300000.00", "三十万"), FaultNumber, "三十万"},
		{"amount with one place", money, strings.ReplaceAll(money, "300000.00", "300000.0"), FaultNumber, "300000.0"},
		{"parts do not add up", money, strings.Replace(money, "null", "'0.01'", 1), FaultSum, "do not add up to the total"},
		{"projects do not add up", "budget_total: '7337600.00'", "budget_total: '7337600.01'", FaultSum, "the projects do not add up"},
		{"falling plan", "plan: ['30.00', '60.00',", "plan: ['60.00', '30.00',", FaultPlan, "never falls"},
		{"short plan", "'90.00', '100.00']", "'100.00']", FaultPlan, "one value a checkpoint"},
		{"plan below 100", "'90.00', '100.00']", "'90.00', '99.99']", FaultPlan, "ends at 100.00"},
		{"operator", "op: '<'", "op: '≦'", FaultOperator, "there is no operator “≦”"},
		{"value", "value: '3000'", "value: '3,000'", FaultNumber, "3,000"},
		{"formula", drop, strings.Replace(drop, "drop", "fall", 1), FaultFormula, "there is no formula “fall”"},
		{"window", drop, strings.Replace(drop, "yoy", "flow", 1), FaultFormula, "the window does not go with"},
		{"denominator missing", "denominator: incident_dispatched, ", "", FaultFormula, "the denominator does not go with"},
		{"denominator too many", drop, strings.Replace(drop, "percent", "denominator: plate_sets, percent", 1), FaultFormula, "the denominator does not go with"},
		{"divisor", "divisor: 3600000", "divisor: -1", FaultFormula, "the divisor is a positive number"},
		{"least of nothing", drop, strings.Replace(drop, "percent", "least: 0, percent", 1), FaultFormula, "least is the least number for a verdict"},
		{"least of a sum", "numerator: plate_sets", "least: 30, numerator: plate_sets", FaultFormula, "not of a sum"},
		{"least in words", drop, strings.Replace(drop, "percent", "least: thirty, percent", 1), FaultYAML, ""},
		{"no such measure", "numerator: plate_sets", "numerator: plates", FaultReference, "there is no measure “plates”"},
		{"nothing beside", "beside: [accident_dead_unknown]", "beside: [accident_dead]", FaultReference, "there is no measure “accident_dead”"},
		{"no such kind", "kind: plate\n", "kind: sign\n", FaultReference, "there is no kind “sign”"},
		{"expression on nothing", "add: default(sets, 1)", "add: default(pairs, 1)", FaultCondition, "undeclared reference to 'pairs'"},
		{"expression of another type", "add: default(sets, 1)", "add: business", FaultCondition, "the expression gives string, not int"},
		{"variable of another kind", "add: default(sets, 1)", "add: deaths_7d", FaultCondition, "undeclared reference to 'deaths_7d'"},
		{"half an intent", "id: P3-1", "id: P3-1\n        intent: {direction: up, op: '≥', value: '20'}", FaultMissing, "by, at is missing"},
		{"intent without direction", "id: P3-1", "id: P3-1\n        intent: {direction: better, op: '≥', value: '20', by: hq, at: '2020-06-30'}", FaultFormula, "up or down"},
	}
	// A fault of a whole row is placed on its first line; text inserted below the place moves the fault a line down,
	// and an unclosed bracket is noticed on the next line.
	down := map[string]int{"broken YAML": 1, "no description": -4, "half an intent": 1, "intent without direction": 1}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			good := shunpingText(t)
			at := strings.Index(good, tt.old)
			if at < 0 {
				t.Fatalf("%q is not in the file", tt.old)
			}
			_, err := Load([]byte(good[:at]+tt.new+good[at+len(tt.old):]), "c.yaml", schema.Default())
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("%v", err)
			}
			f, line := faults[0], 1+strings.Count(good[:at], "\n")
			if f.File != "c.yaml" || f.Code != tt.code || !strings.Contains(f.Reason.EN, tt.en) || f.Reason.ZH == "" {
				t.Errorf("got %v", f)
			}
			if line += down[tt.name]; f.Line != line {
				t.Errorf("%v, want line %d", f, line)
			}
		})
	}
}

func TestFaultsAllAtOnce(t *testing.T) {
	spoiled := strings.NewReplacer("op: '<'", "op: '≦'", "add: default(sets, 1)", "add: business", "value: '3000', unit: '副'", "value: many, unit: '副'").Replace(shunpingText(t))
	_, err := Load([]byte(spoiled), "c.yaml", schema.Default())
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("got %v, want three faults", err)
	}
	if message := faults.Error(); strings.Count(message, "c.yaml:") != 3 {
		t.Errorf("got %s", message)
	}
}

func TestFaultText(t *testing.T) {
	f := Fault{File: "c.yaml", Line: 3, Column: 5, Code: FaultPlan, Reason: schema.Text{ZH: "计划有误", EN: "the plan is wrong"}}
	if got := f.Error(); got != "c.yaml:3:5: bad_plan: 计划有误 / the plan is wrong" {
		t.Errorf("got %s", got)
	}
}

func TestIntent(t *testing.T) {
	confirmed := strings.Replace(shunpingText(t), "id: P3-1", "id: P3-1\n        intent: {direction: up, op: '≥', value: '20', by: hq, at: '2020-06-30'}", 1)
	c, err := Load([]byte(confirmed), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	i, _ := c.Indicator("P3-1")
	if i.Intent == nil || *i.Intent != (Intent{Direction: "up", Op: "≥", Value: "20", By: "hq", At: "2020-06-30"}) || i.Target.Op != "<" {
		t.Errorf("got %+v", i.Intent)
	}
}

func TestVersionsAreSorted(t *testing.T) {
	version := func(id string, n int) *Catalogue { return &Catalogue{ID: id, Version: n} }
	all, err := inOrder([]*Catalogue{version("b-2021", 1), version("a-2020", 2), version("a-2020", 1)})
	if err != nil || all[0].Name() != "a-2020@1" || all[1].Name() != "a-2020@2" || all[2].Name() != "b-2021@1" {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := inOrder([]*Catalogue{version("a-2020", 1), version("a-2020", 1)}); err == nil {
		t.Error("two of one name are taken")
	}
}

// The rows whose two sides have different owners, by hand: patrols and roads, facilities and their plan, officers and cameras.
func TestRowsOfTheWholeBrigade(t *testing.T) {
	var got []string
	for _, i := range shunping(t).Indicators() {
		if i.Formula.WholeOnly {
			got = append(got, i.ID)
		}
		for _, co := range i.Companions {
			if co.Formula.WholeOnly {
				got = append(got, co.ID)
			}
		}
	}
	if strings.Join(got, " ") != "P3-2 P4-1 D-1" {
		t.Errorf("got %s", got)
	}
}

// By hand: what units count by month is of its year; plans, facilities, purchases, service points and ledgers stand.
func TestWhatStands(t *testing.T) {
	var got []string
	for _, i := range shunping(t).Indicators() {
		if i.Formula.Stands() {
			got = append(got, i.ID)
		}
		for _, co := range i.Companions {
			if co.Formula.Stands() {
				got = append(got, co.ID)
			}
		}
	}
	if strings.Join(got, " ") != "P2-3.assets P3-2 P3-4 P4-3.assets P5-2.ledger P5-5.service_points" {
		t.Errorf("got %s", got)
	}
}

// A catalogue may add up plates of all years: only the latest record of a period is of its year.
func TestSumsOfAllYearsStand(t *testing.T) {
	all := strings.Replace(shunpingText(t), "numerator: plate_sets, window: flow", "numerator: plate_sets, window: stock", 1)
	c, err := Load([]byte(all), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	sum, _ := c.Indicator("P5-1")
	latest, _ := c.Indicator("P5-2")
	if sum.Formula.Window != Stock || latest.Formula.Window != Flow {
		t.Errorf("P5-1 reads %s, P5-2 %s", sum.Formula.Window, latest.Formula.Window)
	}
}

// The least numbers by hand: 30 answers, 30 km·h = 30 × 1000 m × 60 min; whatever is recorded in full needs none. A
// catalogue may set another.
func TestLeastNumbers(t *testing.T) {
	want := map[string]int64{
		"P1-5": 30, "P2-5": 30, "P3-5": 30, "P4-5": 30, "P5-5": 30, "P5-1.satisfaction": 30, "P3-1": 1_800_000, "P5-3": 1_800_000,
	}
	check := func(c *Catalogue) {
		t.Helper()
		one := func(id string, f *Formula) {
			if least := max(want[id], 1); f.Least != least {
				t.Errorf("%s takes %d, want %d", id, f.Least, least)
			}
		}
		for _, i := range c.Indicators() {
			one(i.ID, i.Formula)
			for _, co := range i.Companions {
				one(co.ID, co.Formula)
			}
		}
	}
	check(shunping(t))
	set := strings.NewReplacer(
		"denominator: survey_handling_valid:451-0401-YZN-Y5U1, ", "denominator: survey_handling_valid:451-0401-YZN-Y5U1, least: 50, ",
		"denominator: survey_vehicle_valid:451-0501-YXN-0V4M, ", "denominator: survey_vehicle_valid:451-0501-YXN-0V4M, least: 1, ",
		"{kind: drop, numerator: accident_counted, ", "{kind: drop, numerator: accident_counted, least: 20, ",
	)
	c, err := Load([]byte(set.Replace(shunpingText(t))), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	want["P1-5"], want["P5-5"], want["P5-1.satisfaction"], want["P3-3"] = 50, 1, 1, 20
	check(c)
	for id, words := range map[string][2]string{
		"P1-5": {"；不足 50 份不作判定", "; no verdict under 50"}, "P3-1": {"；不足 30 公里·小时不作判定", "; no verdict under 30 km·h"},
		"P3-3": {"；不足 20 起不作判定", "; no verdict under 20"}, "P5-5": {"按发生时间", "by Occurred at"},
	} {
		i, _ := c.Indicator(id)
		if w := i.Explain(c); !strings.HasSuffix(w.ZH, words[0]) || !strings.HasSuffix(w.EN, words[1]) {
			t.Errorf("%s says %s / %s", id, w.ZH, w.EN)
		}
	}
}

// Every entry names a kind that there is, and a unit of measure of a published measure of that kind.
func TestSamplesAreOfKinds(t *testing.T) {
	for _, s := range samples() {
		used := false
		for _, m := range shunping(t).Measures {
			for _, p := range m.Parts {
				used = used || p.Kind == s.Kind && m.Unit == s.Unit
			}
		}
		if !used || s.Least < 2 {
			t.Errorf("%+v is of no use", s)
		}
	}
}
