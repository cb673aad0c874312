package imports_test

import (
	"strings"
	"testing"

	"roadbook/server/imports"
	"roadbook/sync/merge"
)

const (
	crashTitles = "来源键,单位,发生时间,122 警情编号,平台事故编号,事故后果,处理程序,现场死亡人数\n"
	crashes     = crashTitles +
		"1,check-1,2020-06-30 08:00,122-1,130636202000001,死亡,一般程序,1\n" +
		"2,check-1,2020-07-01 08:00,122-2,,伤人,一般程序,0\n" +
		"3,check-2,2020-07-02 08:00,122-3,,伤人,一般程序,0\n" +
		"4,check-2,2020-07-03 08:00,122-3,,伤人,一般程序,0\n"
	deathTitles = "来源键,单位,发生时间,所属事故,死亡时间,说明\n"
	deaths      = deathTitles +
		"d1,check-1,2020-07-02 10:00,130636202000001,2020-07-02 09:00,县医院\n" + // by the platform's number
		"d2,check-1,2020-07-03 10:00,122-2,2020-07-03 09:00,\n" // by the 122 number
)

// casualties reads a table of casualties against the store.
func (w *world) casualties(table string) *imports.Batch {
	w.t.Helper()
	m := standard(w.t, "casualty")
	owners, err := w.im.Owners(w.t.Context(), m)
	if err != nil {
		w.t.Fatal(err)
	}
	return imports.Read(m.WithOwners(owners), "deaths.csv", []byte(table))
}

func (w *world) importCasualties(table string) *imports.Run {
	w.t.Helper()
	b := w.casualties(table)
	run, err := w.im.Import(w.t.Context(), b, imports.Options{By: "zhou"})
	if err != nil {
		w.t.Fatalf("%v: %v", err, b.Faults)
	}
	return run
}

// items lists an accident's casualties: key, moment of death, void.
func items(v merge.View) string {
	var out []string
	for _, it := range v.Items {
		key, _ := it.Fields.Get("source_key")
		died := text(merge.View{Fields: it.Fields}, "died_at")
		if it.Void {
			died = "void"
		}
		out = append(out, key.S+" "+strings.Trim(died, `"`))
	}
	return strings.Join(out, "; ")
}

func TestCasualties(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.importTable(standard(t, "accident"), crashes)
		died := func() int64 { return w.sum("accident_deaths", "check-1", 20200101, 20201231) }
		before := died()
		first := w.importCasualties(deaths)
		if first.Changes != (imports.Changes{Created: 2}) || died() != before+2 {
			t.Fatalf("%+v, %d deaths after %d", first.Changes, died(), before)
		}
		if got := items(w.views("accident")["1"]); got != "d1 2020-07-02T09:00:00+08:00" {
			t.Errorf("accident 1 has %s", got)
		}
		if again := w.importCasualties(deaths); again.ID != "" || again.Changes != (imports.Changes{Unchanged: 2}) {
			t.Errorf("the same again: %+v", again.Changes)
		}
		changed := w.importCasualties(strings.Replace(deaths, "07-03 09:00", "07-03 07:00", 1))
		if got := items(w.views("accident")["2"]); got != "d2 2020-07-03T07:00:00+08:00" || changed.Changes != (imports.Changes{Amended: 1, Unchanged: 1}) {
			t.Errorf("amended: %s %+v", got, changed.Changes)
		}
		w.undo(changed.ID)
		if got := items(w.views("accident")["2"]); got != "d2 2020-07-03T09:00:00+08:00" {
			t.Errorf("undone: %s", got)
		}
		moved := w.importCasualties(strings.Replace(deaths, ",122-2,", ",1,", 1)) // by the source key, to the other accident
		views := w.views("accident")
		if len(views["1"].Items) != 2 || items(views["2"]) != "d2 void" || moved.Changes != (imports.Changes{Created: 1, Unchanged: 1, Voided: 1}) {
			t.Errorf("moved: %s, %s, %+v", items(views["1"]), items(views["2"]), moved.Changes)
		}
		if again := w.importCasualties(strings.Replace(deaths, ",122-2,", ",1,", 1)); again.ID != "" {
			t.Errorf("moved again: %+v", again.Changes)
		}
		w.undo(moved.ID)
		if got := items(w.views("accident")["2"]); got != "d2 2020-07-03T09:00:00+08:00" || died() != before+2 {
			t.Errorf("the move undone: %s, %d deaths", got, died())
		}
		w.undo(first.ID)
		if died() != before {
			t.Errorf("all undone: %d deaths, %d before", died(), before)
		}
		if back := w.importCasualties(deaths); back.Changes.Restored != 2 || died() != before+2 {
			t.Errorf("imported again: %+v, %d deaths", back.Changes, died())
		}
	})
}

func TestCasualtiesOfNoAccident(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	w.importTable(standard(t, "accident"), crashes)
	for name, want := range map[string]string{
		"130636202000009": "没有编号为“130636202000009”的事故：请填平台编号、122 警情编号、此前导入的来源键或记录编号；还没有导入的，先导入",
		"122-3":           "编号“122-3”属于几起不同的事故：请改填平台编号或记录编号",
		"":                "不能为空",
	} {
		b := w.casualties(strings.Replace(deaths, "130636202000001", name, 1))
		if b.Valid() != 1 || len(b.Faults) != 1 || b.Faults[0].Message.ZH != want || b.Faults[0].Place().ZH != "第 2 行 D 列（所属事故）" {
			t.Errorf("%q: %v", name, b.Faults)
		}
	}
	if b := imports.Read(standard(t, "casualty"), "t.csv", []byte(deaths)); !b.Broken {
		t.Error("read without the store's accidents")
	}
}

// A dry run foretells what casualties do to the figures: several of one accident, one that moves to another accident.
func TestOutlookOfCasualties(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	w.importTable(standard(t, "accident"), crashes)
	mapping := func() *imports.Mapping {
		m := standard(t, "casualty")
		owners, err := w.im.Owners(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return m.WithOwners(owners)
	}
	more := deaths + "d3,check-1,2020-07-03 11:00,122-2,2020-07-03 10:00,\n"
	if out := foretell(w, mapping(), more); out.Changes.Created != 3 || out.Counting != 3 {
		t.Errorf("%+v", out)
	}
	if out := foretell(w, mapping(), strings.Replace(more, ",122-2,2020-07-03 10", ",1,2020-07-03 10", 1)); out.Changes.Voided != 1 || out.Counting != 3 {
		t.Errorf("moved: %+v", out)
	}
}
