package catalogue

import "testing"

// A published catalogue keeps the name of its measure, and the program's counts apart, in its formulas too.
func TestSeparate(t *testing.T) {
	own := load(t, "add: default(sets, 1)", "add: default(sets, 2)")
	published := load(t, "id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021")
	published.Published = 1
	clashes := Separate([]*Catalogue{own, published})
	if len(clashes) != 1 || clashes[0] != (Clash{"plate_sets", published, own}) {
		t.Fatalf("%+v", clashes)
	}
	const apart = "plate_sets-shunping-2020.1"
	mine, _ := own.Indicator("P5-1")
	theirs, _ := published.Indicator("P5-1")
	if got := mine.Formula.Numerator[0].Measure; got != apart {
		t.Errorf("the program's row reads %s", got)
	}
	if m, ok := own.MeasureOf(apart); !ok || m.Name != apart {
		t.Error("the program's measure has no name of its own")
	}
	if name, _ := own.measures[apart].Parts[0].Name(nil); name != apart {
		t.Errorf("its records add to %s", name)
	}
	if got := theirs.Formula.Numerator[0].Measure; got != "plate_sets" {
		t.Errorf("the published row reads %s", got)
	}
	if again := Separate([]*Catalogue{own, published}); len(again) > 0 {
		t.Errorf("a second time: %+v", again)
	}
	if explained := mine.Explain(own); explained.EN != theirs.Explain(published).EN {
		t.Errorf("%s", explained.EN)
	}
}

// A divided measure is renamed with its dimensions wherever a formula names it.
func TestSeparateDivided(t *testing.T) {
	own := load(t, "label: {zh: 验收数量, en: quantity accepted}", "label: {zh: 甲, en: a}", "label: {zh: 到期任务, en: tasks due}", "label: {zh: 乙, en: b}",
		"label: {zh: 已报, en: reported}", "label: {zh: 丙, en: c}")
	published := load(t, "id: shunping-2020", "id: county-2021")
	published.Published = 1
	if clashes := Separate([]*Catalogue{own, published}); len(clashes) != 3 {
		t.Fatalf("%+v", clashes)
	}
	plan, _ := own.Indicator("P3-2")
	tasks, _ := own.Indicator("P1-3")
	if got := plan.Formula.Beside[0]; got != "facility_accepted-shunping-2020.1:*" {
		t.Errorf("beside %s", got)
	}
	if got := tasks.Formula.Denominator[0].Measure; got != "tasks_due-shunping-2020.1:451-0401-YZN-Y5U1" {
		t.Errorf("divides by %s", got)
	}
	m, _ := own.MeasureOf("reported-shunping-2020.1")
	if name, _ := m.Parts[0].Name(nil); name != "reported-shunping-2020.1:"+m.Parts[0].Kind {
		t.Errorf("%s", name)
	}
}

// Of two published catalogues the one published first keeps the name; older versions of a catalogue don't count at all.
func TestSeparateByPublication(t *testing.T) {
	first := load(t, "id: shunping-2020", "id: a-2021", "add: default(sets, 1)", "add: default(sets, 2)")
	later := load(t, "id: shunping-2020", "id: b-2021")
	old := load(t, "add: default(sets, 1)", "add: default(sets, 3)")
	own := load(t, "version: 1\n", "version: 2\n", "add: default(sets, 1)", "add: default(sets, 2)")
	first.Published, later.Published = 2, 1
	got := Separate([]*Catalogue{first, old, own, later})
	if len(got) != 2 || got[0] != (Clash{"plate_sets", later, first}) || got[1] != (Clash{"plate_sets", later, own}) {
		t.Errorf("%+v", got)
	}
	if clashes := Separate([]*Catalogue{load(t), load(t, "id: shunping-2020", "id: c-2021")}); clashes != nil {
		t.Errorf("the same measures: %+v", clashes)
	}
}

// HQ's version of the program's catalogue comes before every program version of its number or a later one.
func TestTogether(t *testing.T) {
	one, two, three := &Catalogue{ID: "s", Version: 1}, &Catalogue{ID: "s", Version: 2}, &Catalogue{ID: "s", Version: 3}
	other := &Catalogue{ID: "o", Version: 2}
	hq := &Catalogue{ID: "s", Version: 2, Published: 1}
	all := Together([]*Catalogue{other, one, two, three}, []*Catalogue{hq})
	if len(all) != 3 || all[0] != other || all[1] != one || all[2] != hq {
		t.Errorf("%+v", all)
	}
	if all = Together([]*Catalogue{one, two}, nil); len(all) != 2 {
		t.Errorf("%+v", all)
	}
}
