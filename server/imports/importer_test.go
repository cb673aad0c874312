package imports_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/sync/wire"
)

const (
	one   = "1,North,2020-01-02,10:00,A,,Clear,Day\n"
	two   = "2,South,2020-01-03,11:00,K,,Rain,Day\n"
	three = "3,South,2020-01-04,12:00,Z,,Hurricane,Moon\n"
)

func TestImportSaysWhatTheTableSays(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		run := w.importTable(load(t, accidents), header+one+two+three)
		if run.Changes.Created != 3 || !run.Done || run.ID == "" || run.Rows != 3 {
			t.Fatalf("%+v", run)
		}
		v := w.views("accident")
		for _, tt := range []struct{ row, field, want string }{
			{"1", "unit", `"north"`}, {"1", "severity", `"injury"`}, {"1", "occurred_at", `"2020-01-02T23:00:00+08:00"`}, // 10:00 -05:00
			{"1", "weather", `"1"`}, {"1", "dead", ""}, {"1", "procedure", ""}, {"1", "remark", `"North 1"`},
			{"2", "severity", `"fatal"`}, {"2", "dead", ""},
			{"3", "severity", `"unknown"`}, {"3", "weather", `"9"`}, {"3", "light", ""},
			{"3", "remark", `"South 3; Severity=Z; Weather=Hurricane; Light=Moon"`},
		} {
			if got := text(v[tt.row], tt.field); got != tt.want {
				t.Errorf("row %s: %s is %s, want %s", tt.row, tt.field, got, tt.want)
			}
		}
		for row, v := range v {
			if !v.Complete() {
				t.Errorf("row %s is incomplete: %v", row, v.Faults)
			}
		}
		if n := w.sum("accident_counted", "", 20200101, 20201231); n != 3 {
			t.Errorf("%d accidents count, want 3", n)
		}
	})
}

func TestTheSameFileAgainChangesNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := load(t, accidents)
		w.importTable(m, header+one+two+three)
		before := w.counts()
		if run := w.importTable(m, header+one+two+three); run.ID != "" || run.Changes != (imports.Changes{Unchanged: 3}) {
			t.Errorf("%+v", run)
		}
		if after := w.counts(); after != before {
			t.Errorf("counts went from %+v to %+v", before, after)
		}
	})
}

func TestChangedRowsAmendTheirRecords(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := load(t, accidents)
		w.importTable(m, header+one+two)
		run := w.importTable(m, header+strings.Replace(one, "Clear", "", 1)+two+three)
		if want := (imports.Changes{Created: 1, Amended: 1, Unchanged: 1}); run.Changes != want {
			t.Fatalf("%+v, want %+v", run.Changes, want)
		}
		v := w.views("accident")["1"]
		if text(v, "weather") != "" || len(v.Conflicts) > 0 || w.counts().Records != 3 {
			t.Errorf("weather %s, conflicts %v, %d records", text(v, "weather"), v.Conflicts, w.counts().Records)
		}
		w.undo(run.ID)
		if v := w.views("accident")["1"]; text(v, "weather") != `"1"` || len(v.Conflicts) > 0 {
			t.Errorf("after the undo weather is %s, conflicts %v", text(v, "weather"), v.Conflicts)
		}
		if n := w.sum("accident_counted", "", 20200101, 20201231); n != 2 {
			t.Errorf("after the undo %d accidents count, want 2", n)
		}
	})
}

func TestUndoAndImportAgain(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := load(t, accidents)
		run := w.importTable(m, header+one+two)
		undo := w.undo(run.ID)
		if undo.Changes.Voided != 2 || undo.Undoes != run.ID || w.sum("accident_counted", "", 20200101, 20201231) != 0 {
			t.Fatalf("%+v", undo)
		}
		if again := w.undo(run.ID); again.ID != "" {
			t.Errorf("an undo twice does %+v", again)
		}
		if _, err := w.im.Undo(t.Context(), undo.ID, "zhou", nil); !errors.Is(err, imports.ErrUndone) {
			t.Errorf("undo of an undo: %v", err)
		}
		if _, err := w.im.Undo(t.Context(), "nosuch00", "zhou", nil); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("undo of nothing: %v", err)
		}
		back := w.importTable(m, header+one+strings.Replace(two, "Rain", "Clear", 1))
		if want := (imports.Changes{Restored: 2, Amended: 1}); back.Changes != want {
			t.Fatalf("%+v, want %+v", back.Changes, want)
		}
		if n := w.sum("accident_counted", "", 20200101, 20201231); n != 2 || w.counts().Records != 2 {
			t.Errorf("%d count, %d records", n, w.counts().Records)
		}
		w.undo(back.ID)
		if n := w.sum("accident_counted", "", 20200101, 20201231); n != 0 {
			t.Errorf("after the second undo %d count", n)
		}
		runs, err := imports.List(t.Context(), w.store)
		if err != nil || len(runs) != 4 || runs[0].Undoes != back.ID || runs[3].UndoneBy != undo.ID || runs[3].By != "zhou" {
			t.Errorf("list: %+v, %v", runs, err)
		}
	})
}

// HQ's corrections stay: neither the same file nor an undo reverts them.
func TestOthersCorrectionsStay(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := load(t, accidents)
		w.importTable(m, header+one)
		run := w.importTable(m, header+strings.Replace(one, "Clear", "Rain", 1))
		_, err := w.in.Do(t.Context(), w.hq, ingest.Act{
			Act: wire.Amend, Record: w.views("accident")["1"].Record, Fields: json.RawMessage(`{"weather":"4"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := w.importTable(m, header+strings.Replace(one, "Clear", "Rain", 1)); again.ID != "" {
			t.Errorf("the same file again: %+v", again)
		}
		if undo := w.undo(run.ID); undo.Changes.Kept != 1 || undo.Changes.Amended != 0 {
			t.Errorf("undo: %+v", undo.Changes)
		}
		if v := w.views("accident")["1"]; text(v, "weather") != `"4"` || len(v.Conflicts) > 0 {
			t.Errorf("weather is %s, conflicts %v", text(v, "weather"), v.Conflicts)
		}
	})
}

func TestFaultsKeepEverythingOut(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	bad := "4,East,2020-01-05,12:00,A,,Clear,Day\n"
	b := imports.Read(load(t, accidents), "t.csv", []byte(header+one+bad+two))
	before := w.counts()
	if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); !errors.Is(err, imports.ErrFaults) {
		t.Fatalf("import of a faulty file: %v", err)
	}
	withFigures(w)
	if out, err := w.im.Outlook(t.Context(), b, nil); err != nil || out.Changes.Created != 2 {
		t.Errorf("outlook: %+v, %v", out, err)
	}
	if after := w.counts(); after != before {
		t.Errorf("something was written: %+v", after)
	}
	var kept string
	run, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou", AcceptValid: true, Rejects: func(_ string, c []byte) (string, error) {
		kept = string(c)
		return "t.rejects.csv", nil
	}})
	if err != nil || run.Changes.Created != 2 || run.Rejected != 1 || run.Rejects != "t.rejects.csv" {
		t.Fatalf("%+v, %v", run, err)
	}
	want := "\ufeffId,Town,Date,Time,Severity,Dead,Weather,Light,\"原因 Reason\"\r\n" +
		"4,East,2020-01-05,12:00,A,,Clear,Day,\"B: “East”不在对照表中 · “East” is not among the mapping's values\"\r\n"
	if kept != want {
		t.Errorf("rejects:\n%s\nwant:\n%s", kept, want)
	}
	// The rejects, put right, are imported by the same mapping.
	if run := w.importTable(load(t, accidents), strings.Replace(kept, "East,", "North,", 1)); run.Changes.Created != 1 {
		t.Errorf("the rejects put right: %+v", run)
	}
}

// many is a table of n rows.
func many(n int) string {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		b.WriteString(strings.Replace(one, "1,", itoa(i+1)+",", 1))
	}
	return b.String()
}

func itoa(n int) string { data, _ := json.Marshal(n); return string(data) }

// A run dies between two frames, before or after the write of a frame landed; the same file again completes the run.
func TestCutOffHalfWay(t *testing.T) {
	for name, open := range stores {
		for _, step := range []struct {
			at     string
			before bool
		}{{faulty.Commit, true}, {faulty.Commit, false}, {"Mark", true}} {
			t.Run(name+" "+step.at, func(t *testing.T) {
				s := open(t)
				w := newWorld(t, s)
				n := 0
				w.open(faulty.Wrap(s, func(at string, before bool) error {
					if at == step.at && before == step.before {
						if n++; n > 1 { // the first frame passes, nothing behind it does
							return faulty.ErrLost
						}
					}
					return nil
				}))
				b := imports.Read(load(t, accidents), "t.csv", []byte(many(1000)))
				if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); err == nil {
					t.Fatal("the fault did not strike")
				}
				runs, err := imports.List(t.Context(), s)
				if err != nil || len(runs) != 1 || runs[0].Done {
					t.Fatalf("the list says %+v, %v", runs, err)
				}
				w.now = w.now.Add(1e9)
				w.open(s)
				if _, err := w.in.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				run, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"})
				if err != nil || !run.Done || run.Changes.Created+run.Changes.Unchanged != 1000 || run.Changes.Unchanged < 400 {
					t.Fatalf("%+v, %v", run, err)
				}
				if got := w.sum("accident_counted", "", 20200101, 20201231); got != 1000 || w.counts().Records != 1000 {
					t.Errorf("%d count of %d records", got, w.counts().Records)
				}
			})
		}
	}
}

// Two processes import the same file at the same time: both read the history before either wrote. When both have
// ended, each row counts once, and the next import finds nothing to do.
func TestTwoImportsAtTheSameTime(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		b := imports.Read(load(t, accidents), "t.csv", []byte(header+one+two+three))
		var ready, ended sync.WaitGroup
		ready.Add(2)
		for range 2 {
			var once sync.Once
			im := w.importer(faulty.Wrap(w.store, func(step string, before bool) error {
				if step == "Put" && before { // the run is registered: the history was read, nothing is written
					once.Do(func() { ready.Done(); ready.Wait() })
				}
				return nil
			}))
			ended.Go(func() {
				if run, err := im.Import(t.Context(), b, imports.Options{By: "zhou"}); err != nil || run.Changes.Created != 3 {
					t.Errorf("%+v, %v", run, err)
				}
			})
		}
		ended.Wait()
		if n := w.sum("accident_counted", "", 20200101, 20201231); n != 3 || w.counts().Records != 6 {
			t.Errorf("%d accidents count of %d records, want 3 of 6", n, w.counts().Records)
		}
		if run := w.importTable(load(t, accidents), header+one+two+three); run.ID != "" {
			t.Errorf("the next import: %+v", run)
		}
	})
}
