package query_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// eachStore runs a test on every store without a database of its own.
func eachStore(t *testing.T, test func(t *testing.T, w *world)) {
	stores := maps.Clone(otherStores)
	stores["sqlite"] = openSQLite
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t))) })
	}
}

var chen = ingest.Officer{Name: "chen", Unit: "hq", Key: key(77)}

// do lets HQ act.
func (w *world) do(act ingest.Act) {
	w.t.Helper()
	a, err := w.in.Do(w.t.Context(), chen, act)
	must(w.t, err)
	for _, r := range a.Results {
		if r.Status != wire.Created {
			w.t.Fatalf("%s is %s %v", act.Act, r.Status, r.Faults)
		}
	}
}

func (w *world) link(a, b wire.ObsID) {
	w.t.Helper()
	w.do(ingest.Act{Act: wire.Link, Record: a.String(), With: b.String()})
}

// counting are the records that count: alone, in the export, and in a drill of a measure to which each adds one.
type counting struct{ alone, exported, drilled map[string]bool }

func (w *world) counting(kind, measure string) counting {
	w.t.Helper()
	c := counting{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	must(w.t, w.query.Records(w.t.Context(), store.RecordQuery{Kind: kind}, false, func(r *query.Record) error {
		if r.Counts {
			c.exported[r.ID] = true
		}
		if r.Counts != (len(r.Contributions) > 0) {
			w.t.Errorf("%s counts: %v, and adds %v", r.ID, r.Counts, r.Contributions)
		}
		h, err := w.query.Record(w.t.Context(), r.ID)
		if err == nil && h.Counts {
			c.alone[r.ID] = true
		}
		return err
	}))
	for _, page := range w.pages(query.DrillQuestion{Year: "2020", Measure: measure}) {
		for _, r := range page.Records {
			c.drilled[r.Record] = true
		}
	}
	return c
}

// wantCounting wants these records of a kind to count, on the record's page, in the export, in the drill and in the sum.
func (w *world) wantCounting(kind, measure string, want ...wire.ObsID) {
	w.t.Helper()
	wanted := map[string]bool{}
	for _, id := range want {
		wanted[id.String()] = true
	}
	got := w.counting(kind, measure)
	for by, ids := range map[string]map[string]bool{"alone": got.alone, "exported": got.exported, "drilled": got.drilled} {
		if !maps.Equal(ids, wanted) {
			w.t.Errorf("%s, %s: %v count, want %v", kind, by, ids, wanted)
		}
	}
	if n := w.sum(measure); n != int64(len(want)) {
		w.t.Errorf("the sum of %s is %d, want %d", measure, n, len(want))
	}
}

// sum is the stored sum of a measure in 2020.
func (w *world) sum(measure string) (n int64) {
	w.t.Helper()
	sums, err := w.store.Sums(w.t.Context(), store.SumQuery{Measures: []string{measure}, From: 20200101, To: 20201231})
	must(w.t, err)
	for _, s := range sums {
		n += s.Amount
	}
	return n
}

// accident records an accident a minute after what was recorded before.
func (w *world) accident(on clock.Day, unit string) wire.ObsID {
	w.now = w.now.Add(time.Minute)
	d := w.device("li", unit, "officer")
	id := w.say(d, "accident", on, "", map[string]string{"severity": "property", "procedure": "simple", "dead": "0"})
	w.push(d, false)
	return id
}

// Two officers record one accident, HQ links both records: one of the two counts, whichever of them gave the group its
// name, and everything that tells of them adds up to the sum.
func TestOneOfALinkedPairCounts(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		first, second := w.accident(20200301, "squad-1"), w.accident(20200301, "squad-2")
		w.wantCounting("accident", "accident_counted", first, second)
		w.link(second, first)
		w.wantCounting("accident", "accident_counted", first)
		w.do(ingest.Act{Act: wire.Void, Record: first.String(), Reason: "错录"})
		w.wantCounting("accident", "accident_counted", second)
		w.do(ingest.Act{Act: wire.Restore, Record: first.String()})
		third := w.accident(20200301, "squad-3")
		w.link(third, second)
		w.wantCounting("accident", "accident_counted", first)
		for _, id := range []wire.ObsID{first, second, third} {
			h, err := w.query.Record(t.Context(), id.String())
			must(t, err)
			if len(h.Members) != 3 || h.Winner == nil || h.Winner.Record != first.String() || h.Winner.Why != query.WhyFirst {
				t.Errorf("%s: members %v, winner %+v", id, h.Members, h.Winner)
			}
		}
		w.do(ingest.Act{Act: wire.Separate, Record: third.String()})
		w.wantCounting("accident", "accident_counted", first, third)
	})
}

// The group bears the id of one of the two, by the order of ids: of the record that counts, or of the other.
func TestLinkedPairsOfBothNames(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	var want []wire.ObsID
	named := map[bool]int{} // whether the group bears the id of the record that counts
	for range 8 {
		first, second := w.accident(20200301, "squad-1"), w.accident(20200301, "squad-2")
		w.link(first, second)
		h, err := w.query.Record(t.Context(), first.String())
		must(t, err)
		named[h.Group == first.String()]++
		want = append(want, first)
	}
	w.wantCounting("accident", "accident_counted", want...)
	if named[true] == 0 || named[false] == 0 {
		t.Errorf("of the groups %d bear the id of the record that counts, %d the other", named[true], named[false])
	}
}

// A colleague solves the case in a record of his own, under the same case number: the record that counts shows the day
// with its source, and the drill finds the case.
func TestSolvedInAnotherRecord(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		record := func(unit string, more map[string]string) wire.ObsID {
			w.now = w.now.Add(time.Minute)
			d := w.device("li", unit, "officer")
			fields := map[string]string{"case_number": "TY-1", "opened_at": "2020-03-01T08:00:00+08:00"}
			maps.Copy(fields, more)
			id := w.say(d, "hit_and_run", 20200301, "", fields)
			w.push(d, false)
			return id
		}
		opened := record("squad-1", nil)
		w.wantLent(opened, "", "")
		later := record("squad-2", map[string]string{"solved_at": "2020-05-02T08:00:00+08:00"})
		w.wantLent(opened, `{"solved_at":"2020-05-02T08:00:00+08:00"}`, later.String())
		solved := record("squad-3", map[string]string{"solved_at": "2020-04-02T08:00:00+08:00"})
		w.wantLent(opened, `{"solved_at":"2020-04-02T08:00:00+08:00"}`, solved.String())
		w.wantLent(later, "", "")
		w.wantCounting("hit_and_run", "hit_and_run_solved", opened)
		w.do(ingest.Act{Act: wire.Void, Record: solved.String(), Reason: "误录"})
		w.wantLent(opened, `{"solved_at":"2020-05-02T08:00:00+08:00"}`, later.String())
		w.do(ingest.Act{Act: wire.Void, Record: later.String(), Reason: "误录"})
		w.wantLent(opened, "", "")
		if n := w.sum("hit_and_run_solved"); n != 0 {
			t.Errorf("%d cases are solved", n)
		}
	})
}

// wantLent wants the value lent to a record, alone and in the export; "" = none.
func (w *world) wantLent(id wire.ObsID, fields, from string) {
	w.t.Helper()
	check := func(r *query.Record) {
		switch {
		case fields == "" && len(r.Lent) == 0:
		case len(r.Lent) == 1 && string(r.Lent[0].Fields) == fields && r.Lent[0].From == from:
		default:
			w.t.Errorf("lent to %s: %+v, want %s from %s", r.ID, r.Lent, fields, from)
		}
	}
	h, err := w.query.Record(w.t.Context(), id.String())
	must(w.t, err)
	check(&h.Record)
	must(w.t, w.query.Records(w.t.Context(), store.RecordQuery{Kind: h.Kind}, false, func(r *query.Record) error {
		if r.ID == id.String() {
			check(r)
		}
		return nil
	}))
}

// A link of an accident and a plate was taken before such links were refused: both count, each as the winner of its
// kind, and the record's page says so.
func TestBothOfAPairOfTwoKindsCount(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		accident := w.accident(20200301, "squad-1")
		d := w.device("wu", "office-1", "hq")
		plate := w.say(d, "plate", 20200301, "", map[string]string{"plate_type": "02", "plate_number": "冀F8K2M6", "business": "register"})
		l := wire.Line{
			V: wire.LineVersion, Kind: "plate", Act: wire.Link, Catalogue: w.cat.Name(), Officer: "wu", Record: plate.String(),
			Group: accident.String(), Seen: []string{plate.String()},
			Clock: clock.Evidence{HLC: clock.HLCAt(w.now.UnixMilli() + 1000), Boot: "b0000001", Mono: 1, Wall: w.now.UnixMilli()},
		}
		d.SaveRaw(l.Marshal())
		w.push(d, false)
		w.wantCounting("accident", "accident_counted", accident)
		w.wantCounting("plate", "plate_sets", plate)
		for _, id := range []wire.ObsID{accident, plate} {
			h, err := w.query.Record(t.Context(), id.String())
			must(t, err)
			if len(h.Members) != 2 || h.Winner == nil || h.Winner.Record != id.String() || h.Winner.Why != query.WhyAlone {
				t.Errorf("%s: members %v, winner %+v", id, h.Members, h.Winner)
			}
		}
	})
}

// Two officers record one accident and its casualty each. Linked, the answer names the likely same person; with the
// second record voided one person counts. A casualty that only the void record knows is told on the record that counts,
// until HQ records it there again, or voids it.
func TestItemsOfVoidRecords(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		first, second := w.accident(20200301, "squad-1"), w.accident(20200301, "squad-2")
		d := w.device("zhao", "squad-1", "officer")
		casualty := func(of wire.ObsID, died string) wire.ObsID {
			w.now = w.now.Add(time.Minute)
			id := w.say(d, "casualty", 20200302, of.String(), map[string]string{"died_at": died})
			w.push(d, false)
			return id
		}
		const one, two = "2020-03-02T08:00:00+08:00", "2020-03-03T08:00:00+08:00"
		casualty(first, one)
		same, more := casualty(second, one), casualty(second, two)
		w.link(second, first)
		w.wantDeaths(3)
		h, err := w.query.Record(t.Context(), second.String())
		must(t, err)
		if len(h.Alike) != 1 || len(h.Alike[0]) != 2 || h.Alike[0][0].ID == h.Alike[0][1].ID || h.LeftOut != nil {
			t.Errorf("likely one person: %+v, left out %+v", h.Alike, h.LeftOut)
		}
		w.do(ingest.Act{Act: wire.Void, Record: second.String(), Reason: "重复登记"})
		w.wantDeaths(1)
		w.wantLeftOut(first, more)
		if n := w.exportedAsAlone(); n != 2 {
			t.Errorf("%d records are in a group of several", n)
		}
		w.wantLeftOut(second)
		again := casualty(first, two)
		w.wantDeaths(2)
		w.wantLeftOut(first)
		w.do(ingest.Act{Act: wire.Void, Record: first.String(), Kind: "casualty", Item: again.String(), Reason: "误录"})
		w.wantLeftOut(first, more)
		w.do(ingest.Act{Act: wire.Void, Record: second.String(), Kind: "casualty", Item: more.String(), Reason: "误录"})
		w.wantDeaths(1)
		w.wantLeftOut(first)
		w.do(ingest.Act{Act: wire.Restore, Record: second.String()})
		w.do(ingest.Act{Act: wire.Void, Record: second.String(), Kind: "casualty", Item: same.String(), Reason: "同一人"})
		w.wantDeaths(1)
	})
}

func (w *world) wantDeaths(want int64) {
	w.t.Helper()
	if n := w.sum("accident_deaths"); n != want {
		w.t.Errorf("%d deaths, want %d", n, want)
	}
}

// wantLeftOut wants these items to be left out of the event of a record.
func (w *world) wantLeftOut(record wire.ObsID, items ...wire.ObsID) {
	w.t.Helper()
	h, err := w.query.Record(w.t.Context(), record.String())
	must(w.t, err)
	var got, want []string
	for _, x := range h.LeftOut {
		got = append(got, x.ID)
	}
	for _, id := range items {
		want = append(want, id.String())
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("left out of %s: %v, want %v", record, got, want)
	}
}
