package query

import (
	"slices"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// An answer about a unit is about the units below it too: figures, expected deliveries, silent devices. The camp stands
// below squad-1 until the end of March and below squad-2 from April on.
func TestUnitsBelow(t *testing.T) {
	b := &memoryStore{sums: []tally.Sum{
		{Unit: "camp-1", Day: 20200110, Measure: "accident_counted", Amount: 3},
		{Unit: "camp-1", Day: 20200110, Measure: "reported:accident", Amount: 1},
		{Unit: "camp-1", Day: 20200415, Measure: "accident_counted", Amount: 5},
		{Unit: "hq", Day: 20200110, Measure: "accident_counted", Amount: 100},
		{Unit: "squad-1", Day: 20200111, Measure: "accident_counted", Amount: 1},
		{Unit: "squad-2", Day: 20200111, Measure: "accident_counted", Amount: 20},
	}}
	place := func(code, parent, from string) {
		b.addLedgerEntry(t, "unit_entry", from, map[string]string{"code": code, "name": code, "parent": parent, "unit_type": "accident_squad", "from_day": from})
	}
	place("squad-1", "hq", "2019-01-01")
	place("squad-2", "hq", "2019-01-01")
	place("camp-1", "squad-1", "2019-01-01")
	place("camp-1", "squad-2", "2020-04-01")
	b.addLedgerEntry(t, "expectation", "2020-01-01", map[string]string{
		"expected_unit": "camp-1", "expected_kind": "accident", "every": "month", "from_day": "2020-01-01", "to_day": "2020-03-01",
	})
	for _, tt := range []struct {
		unit, at          string
		drop              string // base − current: the base is 0
		delivered, wanted int
		silent            int
	}{
		{"squad-1", "2020-03-31", "-4", 1, 2, 1},
		{"squad-1", "2020-12-31", "-4", 0, 0, 0}, // the camp is another's by then, with its expected reports
		{"squad-2", "2020-03-31", "-20", 0, 0, 0},
		{"squad-2", "2020-12-31", "-25", 1, 2, 1},
		{"camp-1", "2020-12-31", "-8", 1, 2, 1},
		{"hq", "2020-12-31", "-100", 0, 0, 0}, // HQ's own records
		{"", "2020-12-31", "-129", 1, 2, 1},
	} {
		in := ask(t, b, []DeliveringDevice{{ID: "a", Unit: "camp-1"}}, Question{"2020", tt.at, tt.unit})
		r := in.Rows[slices.IndexFunc(in.Rows, func(r Row) bool { return r.ID == "P3-3" })]
		c := in.Completeness
		if c == nil {
			c = &Completeness{}
		}
		if text(r.Numerator) != tt.drop || c.Delivered != tt.delivered || c.Expected != tt.wanted || in.NotDelivered != tt.silent {
			t.Errorf("%s at %s: %s, %d of %d, %d silent; want %+v", tt.unit, tt.at, text(r.Numerator), c.Delivered, c.Expected, in.NotDelivered, tt)
		}
	}
}

// A unit with none below is read by its name; one with others below, and the county, are read whole.
func TestScopesOfTheLedger(t *testing.T) {
	l := newLedger()
	l.units["camp-1"] = []unitEntry{{parent: "squad-1", from: clock.Day(20190101)}}
	l.sortEntries()
	for unit, want := range map[string]string{"": "", "hq": "hq", "camp-1": "camp-1", "ghost": "ghost", "squad-1": ""} {
		if _, only := l.scopeOf(unit); only != want {
			t.Errorf("%q is read by the unit %q, want %q", unit, only, want)
		}
	}
}
