package hub

import (
	"fmt"
	"reflect"
	"testing"

	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/mongostore"
	"roadbook/sync/wire"
)

// eachOlder runs a test with the databases that the program before the rules had a number (1) and the program of rules 2
// left, on each store.
func eachOlder(t *testing.T, test func(t *testing.T, rules int, engine string)) {
	for _, rules := range []int{1, 2} {
		for _, engine := range []string{"sqlite", "mongo"} {
			t.Run(fmt.Sprintf("rules %d, %s", rules, engine), func(t *testing.T) { test(t, rules, engine) })
		}
	}
}

// TestOlderDatabases: a database of a program before, once opened, equals a fresh one into which its frames are replayed.
func TestOlderDatabases(t *testing.T) {
	eachOlder(t, func(t *testing.T, rules int, engine string) {
		old := olderDatabase(t, rules, engine).open()
		got, tables := derivedIn(t, old), indicatorsIn(t, old)
		for _, engine := range []string{"sqlite", "mongo"} {
			fresh := newDatabase(t, engine).open()
			replayInto(t, old, fresh)
			wantDerived(t, got, derivedIn(t, fresh))
			wantDerived(t, tables, indicatorsIn(t, fresh))
		}
		wantCarriedFrames(t, old, rules)
	})
}

// wantDerived compares what is derived, part by part.
func wantDerived(t *testing.T, got, want map[string]any) {
	t.Helper()
	if len(got) < 24 || len(got) != len(want) {
		t.Errorf("%d parts, want %d", len(got), len(want))
	}
	for name := range want {
		if !reflect.DeepEqual(got[name], want[name]) {
			t.Errorf("%s\n  is %v\nwant %v", name, got[name], want[name])
		}
	}
}

// wantCarriedFrames: the log is the same on both stores, nothing was added to it, and verdicts stand as they were given.
func wantCarriedFrames(t *testing.T, h *Hub, rules int) {
	t.Helper()
	faults := map[string]int{}
	lines := 0
	_, frames := framesIn(t, h.store)
	for _, f := range frames {
		if f.Rules != 0 || f.Earlier != nil || !f.Projected {
			t.Errorf("frame %v: rules %d, earlier units %v, projected %v", f.Key, f.Rules, f.Earlier, f.Projected)
		}
		raw, err := wire.UnpackLines(f.Packed, 1<<20)
		if err != nil || wire.NewFrame(f.Key.Stream, f.Key.First, f.Prev, raw).Head != f.Key.Head {
			t.Errorf("frame %v: %v, or another head", f.Key, err)
		}
		lines += len(raw)
		for _, l := range f.LineFaults {
			faults[l.Faults[0].Code]++
		}
	}
	wantLines, want := 63, map[string]int{"unknown_field": 1, "unknown_act": 1, "unparsable": 1, "foreign_unit": 2}
	if rules == 1 { // the flood, and HQ's void that it kept out; no accident had a number of the platform
		wantLines += 3 + 511 + 1
		want["unknown_field"] = 3
	}
	if lines != wantLines || !reflect.DeepEqual(faults, want) {
		t.Errorf("%d lines, want %d; faults %v, want %v", lines, wantLines, faults, want)
	}
}

// olderFigures are sums over all days, worked by hand from testdata/older/tell.go, as the programs of rules 1 and 2 and
// of today say. A database of rules 1 has more lines (a flood of a plate) and lacks others (numbers of the platform).
var olderFigures = []struct {
	measure, unit string
	one, two      int64 // as stored
	nowOne, now   int64 // after opening the database of rules 1, of rules 2
}{
	{"hit_and_run_opened", "", 1, 1, 1, 1},
	{"hit_and_run_solved", "", 0, 1, 1, 1},                  // solved in the other record
	{"accident_deaths", "", 2, 1, 1, 1},                     // one casualty on a void record
	{"accident_counted", "", 82 + 3, 82 + 4, 3, 4},          // baselines apart; late, linked, crossed; one number of the platform
	{"accident_counted", "squad-1", 40 + 3, 40 + 4, 3, 4},   // …
	{"enforcement_on_site", "", 10, 2, 2, 2},                // nine spellings, and one number of nothing
	{"certificates_issued:vehicle_licence", "", 5, 1, 1, 1}, // a clock at 1970
	{"plate_sets", "", 25, 12, 12, 12},                      // 1 crossed, 2 on two days, 2 amended, 1 taken over, 1, 2 slept, 2 under a clock at 2109, 1 released
	{"plate_sets", "office-1", 23, 10, 10, 10},              // …
	{"plate_sets", "office-2", 2, 2, 2, 2},                  // taken over and released: lines of before may do so
	{"incident_dispatched", "", 1, 1, 1, 1},
	{"reported:incident", "", 1, 1, 1, 1},
}

// TestOlderFigures: each example stands in the older databases as their programs counted it, and counts by the rules of
// today after opening.
func TestOlderFigures(t *testing.T) {
	eachOlder(t, func(t *testing.T, rules int, engine string) {
		was := olderDatabase(t, rules, engine).connect()
		h := olderDatabase(t, rules, engine).open()
		for _, f := range olderFigures {
			before, now := f.one, f.nowOne
			if rules == 2 {
				before, now = f.two, f.now
			}
			if got := allDays(t, was, f.measure, f.unit); got != before {
				t.Errorf("before, %s of %q: %d, want %d", f.measure, f.unit, got, before)
			}
			if got := allDays(t, h.store, f.measure, f.unit); got != now {
				t.Errorf("%s of %q: %d, want %d", f.measure, f.unit, got, now)
			}
		}
		fewer := "49" // 20 of June, with the late one, and 31 of the county's July, with its units', less a linked and a crossed one
		if rules == 2 {
			fewer = "48" // … and the one with two numbers of the platform
		}
		wantRow(t, h, "P3-3", fewer, "51")
		wantRow(t, h, "P3-4", "1", "366") // in use on one day, then broken
		wantRow(t, h, "P5-2", "0", "0")   // the report is of 2019
	})
}

// connect opens the database's store alone: its sums stand as they were.
func (d *database) connect() store.Store {
	d.t.Helper()
	cfg := d.config()
	cfg.setDefaults()
	s, err := connect(d.t.Context(), cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { s.Close() })
	if cfg.Wrap != nil {
		s = cfg.Wrap(s)
	}
	return s
}

func allDays(t *testing.T, s store.Store, measure, unit string) (n int64) {
	t.Helper()
	sums, err := s.Sums(t.Context(), store.SumQuery{Measures: []string{measure}, Unit: unit, From: 1, To: 99991231})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		n += s.Amount
	}
	return n
}

// wantRow wants numerator and denominator of an indicator of 2020; "" = none.
func wantRow(t *testing.T, h *Hub, id, numerator, denominator string) {
	t.Helper()
	q := h.Query()
	in, err := q.Indicators(t.Context(), query.Question{Year: "2020"})
	if err != nil {
		t.Fatal(err)
	}
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	for _, r := range in.Rows {
		if r.ID == id {
			if n, d := value(r.Numerator), value(r.Denominator); n != numerator || d != denominator {
				t.Errorf("%s is %s of %s, want %s of %s", id, n, d, numerator, denominator)
			}
			return
		}
	}
	t.Errorf("no row %s", id)
}

// TestOlderDatabaseCutShort: wherever the first opening ends, the second gives the same, and it tells its progress.
func TestOlderDatabaseCutShort(t *testing.T) {
	eachOlder(t, func(t *testing.T, rules int, engine string) {
		want := derivedIn(t, olderDatabase(t, rules, engine).open())
		all := opening(t, olderDatabase(t, rules, engine), -1)
		if all < 20 {
			t.Fatalf("opening takes %d steps", all)
		}
		const cuts = 4
		for i := range cuts {
			d := olderDatabase(t, rules, engine)
			opening(t, d, 1+all*i/cuts)
			wantDerived(t, derivedIn(t, d.open()), want)
		}
	})
}

// opening opens a database whose server ends after so many steps of its store; -1: it does not end. It returns the number
// of steps.
func opening(t *testing.T, d *database, last int) (steps int) {
	t.Helper()
	cfg := d.config()
	wrap := cfg.Wrap
	cfg.Wrap = func(s store.Store) store.Store {
		if wrap != nil {
			s = wrap(s)
		}
		return faulty.Wrap(s, func(string, bool) error {
			if steps++; last >= 0 && steps > last {
				return faulty.ErrRefused
			}
			return nil
		})
	}
	var derived, of, recounted int64
	cfg.RefoldProgress = func(done, all int64) { derived, of = done, all }
	cfg.RecountProgress = func(done, _ int64) { recounted = done }
	h, err := New(t.Context(), cfg)
	if last >= 0 {
		if err == nil {
			t.Fatalf("opened, though it ended after %d steps", last)
		}
		return steps
	}
	if err != nil {
		t.Fatal(err)
	}
	if derived == 0 || derived != of || recounted == 0 {
		t.Errorf("progress: %d frames of %d, %d records", derived, of, recounted)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// format is the format of the database, as its file or its documents say.
func (d *database) format() int64 {
	d.t.Helper()
	if d.docs == nil {
		return d.exec("PRAGMA user_version")
	}
	docs, err := d.docs.Read(d.t.Context(), mongostore.Meta, []string{"format"})
	if err != nil || len(docs) != 1 {
		d.t.Fatal(docs, err)
	}
	return docs[0].Lookup("format").AsInt64()
}

// TestOlderFormats: opening raises the format, which the program before refuses.
func TestOlderFormats(t *testing.T) {
	was := map[string]map[int]int64{"sqlite": {1: 2, 2: 3}, "mongo": {1: 5, 2: 6}}
	embedded, mongo := Formats()
	now := map[string]int64{"sqlite": int64(embedded), "mongo": int64(mongo)}
	eachOlder(t, func(t *testing.T, rules int, engine string) {
		d := olderDatabase(t, rules, engine)
		if got := d.format(); got != was[engine][rules] {
			t.Errorf("format %d, want %d", got, was[engine][rules])
		}
		if err := d.open().Close(); err != nil {
			t.Fatal(err)
		}
		if got := d.format(); got != now[engine] || got <= was[engine][rules] {
			t.Errorf("format %d after opening, want %d", got, now[engine])
		}
	})
}

// TestOlderDatabaseGoesOn: after opening, the lines whose field the program of before did not know count.
func TestOlderDatabaseGoesOn(t *testing.T) {
	for _, engine := range []string{"sqlite", "mongo"} {
		h := olderDatabase(t, 1, engine).open()
		h.recheckQuarantined(t.Context())
		if got := allDays(t, h.store, "accident_counted", ""); got != 4 {
			t.Errorf("%s: %d accidents, want the one with two numbers of the platform too", engine, got)
		}
	}
}
