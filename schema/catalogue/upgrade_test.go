package catalogue

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/data"
)

const (
	oldPlan = "formula: {kind: ratio, aggregate: distinct, numerator: plan_items_accepted, denominator: plan_items, percent: true, window: stock, beside: ['facility_accepted:*', 'facility_planned:*']}"
	newPlan = "formula: {kind: ratio, aggregate: reached, numerator: plan_item_accepted, denominator: plan_item_planned, dated_by: plan_item_checked, percent: true, window: stock, beside: ['facility_accepted:*', 'facility_planned:*']}"
)

func ownVersions(t *testing.T) (all []Version) {
	t.Helper()
	for _, file := range []string{"shunping-2020.yaml", "shunping-2020-2.yaml"} {
		text, err := fs.ReadFile(data.FS, "catalogues/"+file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Version{text, file})
	}
	return all
}

// copyOfFirst is a county's copy of version 1 for 2021, with some words replaced.
func copyOfFirst(t *testing.T, pairs ...string) string {
	t.Helper()
	text := strings.NewReplacer("id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021").Replace(shunpingText(t))
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the file", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func upgrade(t *testing.T, text string) *Upgrade {
	t.Helper()
	u, err := UpgradeTo(ownVersions(t), []byte(text), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func where(all []Amendment) string {
	var names []string
	for _, a := range all {
		names = append(names, a.Where)
	}
	return strings.Join(names, " ")
}

const measuresOfTimes = "incident_arrival_ms incident_arrived"

// The next version of an unchanged copy is the program's second version but for what belongs to the copy: compared line by
// line with the program's own file.
func TestUpgradeOfACopy(t *testing.T) {
	u := upgrade(t, copyOfFirst(t))
	want := strings.NewReplacer("id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021").Replace(string(ownVersions(t)[1].Text))
	if got := withoutHead(string(u.Text)); u.Name != "county-2021@2" || got != withoutHead(want) {
		t.Errorf("%s differs from the program's", u.Name)
	}
	if !strings.HasPrefix(where(u.Changed), "P1-2.arrival "+measuresOfTimes+" P1-2.clearing ") || len(u.Left) > 0 {
		t.Errorf("changed %s, left %s", where(u.Changed), where(u.Left))
	}
	lines := strings.Split(string(u.Text), "\n")
	for _, a := range u.Changed {
		if a.Where == "P3-2" && (!strings.Contains(lines[a.Line-1], newPlan) || !strings.Contains(a.What.ZH, "台账计划数量") || !strings.Contains(a.What.EN, "It was: plan items accepted in full")) {
			t.Errorf("%+v", a)
		}
		if a.Where == "plan_items" && a.Line != 0 {
			t.Errorf("%+v is taken out", a)
		}
	}
	if again := upgrade(t, string(u.Text)); again.Text != nil || len(again.Changed)+len(again.Left) > 0 {
		t.Errorf("a second time: %+v", again)
	}
}

// withoutHead leaves out the comments at the head of a file.
func withoutHead(text string) string { return text[strings.Index(text, "\nid: "):] }

// What the county wrote stays, with its comments, order, indentation and line ends; each case is one edit by hand.
func TestUpgradeKeepsWhatIsTheCountys(t *testing.T) {
	const dispatch = "formula: {kind: mean, numerator: incident_dispatch_ms, denominator: incident_dispatched, divisor: 3600000, window: flow, beside: [incident_undispatched]}"
	tests := []struct {
		name, old, new string
		holds          []string // in the next version
		lacks          string
		left           string // rows
	}{
		{"a formula changed by hand", oldPlan, strings.Replace(oldPlan, "beside: ['facility_accepted:*', 'facility_planned:*']", "beside: ['facility_planned:*']", 1),
			[]string{"beside: ['facility_planned:*']", "name: plan_items\n"}, newPlan, "P3-2"},
		{"another formula altogether", oldPlan, "formula: {kind: sum, numerator: plate_sets, window: flow}", nil, newPlan, "P3-2"},
		{"a hand-made mean", dispatch, strings.Replace(dispatch, "3600000", "60000", 1), []string{"divisor: 60000", "P2-2.arrival"}, "P1-2.arrival", "P1-2"},
		{"a target", "target: {raw: '<20%', op: '<', value: '20', unit: '%'}", "target: {raw: '<25%', op: '<', value: '25', unit: '%'}", []string{"'<25%'", newPlan}, oldPlan, ""},
		{"a formula over several lines with a comment above", oldPlan,
			"# counted by item\n        formula:\n          kind: ratio\n          aggregate: distinct\n          numerator: plan_items_accepted\n          denominator: plan_items\n          percent: true\n" +
				"          window: stock   # to the day\n          beside: ['facility_accepted:*', 'facility_planned:*']",
			[]string{"        # counted by item\n        " + newPlan + "\n      - id: P3-3"}, "# to the day", ""},
		{"a measure of the old version in use elsewhere", "formula: {kind: sum, numerator: plate_sets, window: flow}", "formula: {kind: ratio, aggregate: distinct, numerator: plan_items_accepted, denominator: plan_items, window: stock}",
			[]string{newPlan, "name: plan_items\n", "name: plan_items_accepted\n"}, "", ""},
		{"a measure's name taken by the county's own", "  - name: plan_items\n", "  - name: plan_item_planned\n    label: {zh: 甲, en: a}\n    unit: 项\n    kind: facility_plan\n    by: plan_item\n  - name: plan_items\n",
			[]string{oldPlan, "{zh: 甲, en: a}"}, newPlan, "P3-2 plan_item_planned"},
		{"a row that is not there", "      - id: P3-2\n", "      - id: P3-9\n", []string{oldPlan}, newPlan, ""},
		{"a companion of the county's own", dispatch, dispatch + "\n        companions:\n          # ours\n          - id: P1-2.own\n            label: {zh: 甲, en: a}\n            formula: {kind: sum, numerator: plate_sets, window: flow}",
			[]string{"# ours\n          - id: P1-2.own\n", "plate_sets, window: flow}\n          - id: P1-2.arrival\n"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pairs := []string{tt.old, tt.new}
			if tt.name == "a row that is not there" {
				pairs = append(pairs, "measured_by: [P3-2, P3-4]", "measured_by: [P3-9, P3-4]")
			}
			u := upgrade(t, copyOfFirst(t, pairs...))
			for _, want := range tt.holds {
				if !strings.Contains(string(u.Text), want) {
					t.Errorf("lacks %q", want)
				}
			}
			if tt.lacks != "" && strings.Contains(string(u.Text), tt.lacks) {
				t.Errorf("has %q", tt.lacks)
			}
			if got := where(u.Left); got != tt.left {
				t.Errorf("left %q, want %q", got, tt.left)
			}
		})
	}
}

// Another indentation, lists at the margin and Windows line ends stay as they are.
func TestUpgradeInAnotherHand(t *testing.T) {
	text := copyOfFirst(t)
	measures := strings.Index(text, "\nmeasures:")
	var margin strings.Builder
	for line := range strings.Lines(text[measures:]) {
		margin.WriteString(strings.TrimPrefix(line, "  "))
	}
	u := upgrade(t, strings.ReplaceAll(text[:measures]+margin.String(), "\n", "\r\n"))
	got := string(u.Text)
	if strings.Count(got, "\n") != strings.Count(got, "\r\n") || !strings.Contains(got, "\r\n- name: incident_arrived\r\n  label:") {
		t.Error("the line ends or the indentation changed")
	}
	if c, err := Load(u.Text, "c.yaml", schema.Default()); err != nil || c.Name() != "county-2021@2" {
		t.Error(err)
	}
}

// A file that can't be edited line by line is refused, never mangled.
func TestUpgradeRefuses(t *testing.T) {
	s := schema.Default()
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"the formula stands behind another key": {copyOfFirst(t, "      - id: P3-2\n        l1: 产出指标", "      - "+oldPlan+"\n        id: P3-2\n        l1: 产出指标",
			"        "+oldPlan+"\n      - id: P3-3", "      - id: P3-3"), ErrUpgrade},
		"the version stands behind a quote": {copyOfFirst(t, "version: 1\n", "'version': 1\n"), ErrUpgrade},
	} {
		if u, err := UpgradeTo(ownVersions(t), []byte(tt.text), "c.yaml", s); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %+v", name, err, u)
		}
	}
	var faults Faults
	if _, err := UpgradeTo(ownVersions(t), []byte(copyOfFirst(t, "op: '<'", "op: '≦'")), "c.yaml", s); !errors.As(err, &faults) || faults[0].Code != FaultOperator {
		t.Errorf("%v", err)
	}
}
