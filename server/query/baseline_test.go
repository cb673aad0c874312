package query_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// baselineYear is a county of two squads and a camp below the first. The squads' accidents of 2019 are imported by month: 359.
func (w *world) baselineYear() {
	hq := w.device("importer", "hq", "hq")
	say := func(kind string, fields map[string]string) wire.ObsID { return w.say(hq, kind, 20200101, "", fields) }
	for _, u := range [][2]string{{"squad-1", "hq"}, {"squad-2", "hq"}, {"camp-1", "squad-1"}} {
		say("unit_entry", map[string]string{"code": u[0], "name": u[0], "parent": u[1], "unit_type": "accident_squad", "from_day": "2020-01-01"})
	}
	for month := clock.Day(20190115); month < 20200101; month = month.AddDays(30) {
		w.monthOf(hq, "squad-1", month, map[bool]string{true: "19", false: "20"}[month.Month() == 7])
		w.monthOf(hq, "squad-2", month, "10")
	}
	for month := clock.Day(20200115); month < 20201231; month = month.AddDays(30) {
		w.say(hq, "accident", month, "", map[string]string{"unit": "squad-2", "severity": "property", "procedure": "simple", "dead": "0"})
	}
	w.push(hq, true)
}

// monthOf imports a unit's accidents of the month of a day.
func (w *world) monthOf(d *fleet.Device, unit string, in clock.Day, number string) wire.ObsID {
	first := clock.Date(in.Year(), in.Month(), 1)
	last := first
	for !last.IsMonthEnd() {
		last = last.AddDays(1)
	}
	return w.say(d, "baseline", 20200101, "", map[string]string{
		"unit": unit, "measure": "accident_counted", "period_from": first.String(), "period_to": last.String(), "number": number,
	})
}

// base is the base of P3-3, by the table and by the records of the drill.
func (w *world) base(at, unit string) (table string, drilled int64, shown []query.DrillRecord) {
	w.t.Helper()
	in, err := w.query.Indicators(w.t.Context(), query.Question{Year: "2020", At: at, Unit: unit})
	must(w.t, err)
	i := slices.IndexFunc(in.Rows, func(r query.Row) bool { return r.ID == "P3-3" })
	table = *in.Rows[i].Denominator
	pages := w.pages(query.DrillQuestion{Year: "2020", At: at, Unit: unit, Row: "P3-3", Limit: 5})
	for _, p := range pages {
		for _, r := range p.Records {
			if p.Terms[r.Term].Role == query.RoleBase {
				drilled += r.Amount
				shown = append(shown, r)
			}
		}
	}
	for _, term := range pages[0].Terms {
		if term.Role == query.RoleBase && (term.Amount != drilled || term.Added != drilled) {
			w.t.Errorf("%s %s: the term says %d, %d, its records add %d", at, unit, term.Amount, term.Added, drilled)
		}
	}
	return table, drilled, shown
}

func TestBaselinesOnEveryStore(t *testing.T) {
	stores := map[string]func(testing.TB) store.Store{"sqlite": openSQLite}
	maps.Copy(stores, otherStores)
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { baselineStory(newWorld(t, open(t))) })
	}
}

func baselineStory(w *world) {
	w.baselineYear()
	want := func(what, at, unit, figure string, amount int64) {
		w.t.Helper()
		if table, drilled, _ := w.base(at, unit); table != figure || drilled != amount {
			w.t.Errorf("%s: %s, by the records %d; want %s", what, table, drilled, figure)
		}
	}
	want("the units' months", "2020-12-31", "", "359", 359)
	squad := w.device("squad", "squad-1", "officer")
	accident := func(d *fleet.Device, unit string, on clock.Day) wire.ObsID {
		id := w.say(d, "accident", on, "", map[string]string{"unit": unit, "severity": "property", "procedure": "simple", "dead": "0"})
		w.push(d, false)
		return id
	}
	late := accident(squad, "squad-1", 20190612)
	want("a late accident", "2020-12-31", "", "359", 359) // was 360
	want("a late accident, of the unit", "2020-12-31", "squad-1", "239", 239)
	camp := w.device("camp", "camp-1", "officer")
	accident(camp, "camp-1", 20190613)
	want("below the unit", "2020-12-31", "squad-1", "239", 239)
	want("of the camp itself", "2020-12-31", "camp-1", "1", 1)
	other := w.device("other", "squad-2", "officer")
	accident(other, "squad-2", 20190620)

	hq := w.device("importer of the county", "hq", "hq")
	county := w.monthOf(hq, "hq", 20190615, "31")
	w.push(hq, true)
	want("the county's month", "2020-12-31", "", "360", 360) // 359 − 30 + 31; was 390
	want("a unit's own", "2020-12-31", "squad-2", "120", 120)
	want("of HQ itself", "2020-12-31", "hq", "31", 31)
	want("the end of June", "2020-06-30", "", "181", 181)            // 5 × 30 + 31
	want("the middle of June", "2020-06-15", "", "152", 152)         // what was observed to 15 June: the squad's and the camp's
	want("the day before", "2020-06-29", "", "153", 153)             // and the other squad's
	want("before the accidents", "2020-06-11", "", "150", 150)       //
	want("the first of July", "2020-07-01", "", "181", 181)          //
	want("the camp's to June", "2020-06-30", "camp-1", "1", 1)       //
	want("a squad to mid June", "2020-06-15", "squad-1", "102", 102) // 5 × 20, its own and the camp's

	w.tellsWhatIsReplaced(late, county)
	w.act(hq, wire.Amend, "baseline", county, []wire.ObsID{county}, map[string]string{"number": "0"})
	w.push(hq, true)
	want("nothing in June", "2020-12-31", "", "329", 329)
	w.act(hq, wire.Void, "baseline", county, []wire.ObsID{county}, nil)
	w.push(hq, true)
	want("without the county's month", "2020-12-31", "", "359", 359)
}

// tellsWhatIsReplaced: the drill names the baseline in whose place entries are not added, and the record page the measure.
func (w *world) tellsWhatIsReplaced(late, county wire.ObsID) {
	w.t.Helper()
	_, _, shown := w.base("2020-12-31", "")
	var added, replaced int
	for _, r := range shown {
		in := r.InBaseline
		switch {
		case r.Record == county.String():
			if added++; in != nil || r.Amount != 31 || r.Measure != "accident_counted" || r.Day != "2019-06-30" {
				w.t.Errorf("%+v", r)
			}
		case r.Record == late.String():
			if replaced++; in == nil || in.Unit != "hq" || in.From != "2019-06-01" || in.To != "2019-06-30" || in.NotAdded != 1 || r.Amount != 0 {
				w.t.Errorf("%+v %+v", r, in)
			}
		}
	}
	falls := slices.ContainsFunc(shown, func(r query.DrillRecord) bool {
		return r.Kind == "baseline" && r.Unit == "squad-1" && r.Day == "2019-06-30" && r.Amount == 0 && r.InBaseline.NotAdded == 20
	})
	if added != 1 || replaced != 1 || !falls {
		w.t.Errorf("the county's month stands %d times, the late accident %d times, the squad's month fell: %v", added, replaced, falls)
	}
	l, err := w.query.Record(w.t.Context(), late.String())
	must(w.t, err)
	for _, c := range l.Contributions {
		held := c.InBaseline != nil && c.InBaseline.Unit == "hq" && c.InBaseline.NotAdded == 1
		if held != (c.Measure == "accident_counted") {
			w.t.Errorf("%+v %+v", c, c.InBaseline)
		}
	}
	h, err := w.query.Record(w.t.Context(), county.String())
	must(w.t, err)
	if len(h.Contributions) != 1 || h.Contributions[0] != (query.Contribution{Measure: "accident_counted", Day: "2019-06-30", Amount: "31", Baseline: true}) {
		w.t.Errorf("%+v", h.Contributions)
	}
}

// A device's own totals hold no sums of baselines under names of their own.
func TestPulledTotalsHoldNoBaselineSums(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	hq := w.device("importer", "hq", "hq")
	w.say(hq, "accident", 20200112, "", map[string]string{"unit": "squad-1", "severity": "property", "procedure": "simple", "dead": "0"})
	w.monthOf(hq, "squad-1", 20200115, "4")
	w.push(hq, true)
	w.now = day(20200301)
	p := &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: "epoch001", Now: func() time.Time { return w.now }}
	got, err := p.Pull(t.Context(), wire.StreamID{Device: "0000000000", Epoch: "epch0000"}, "squad-1", &wire.Pull{})
	must(t, err)
	if n := got.Totals.Measures; n["accident_counted"] != 4 || n["reported:accident"] != 1 || len(n) != 2 {
		t.Errorf("%v", n)
	}
}
