package query_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"roadbook/server/query"
	"roadbook/sync/clock"
)

// For every row, the records of all pages add up to the store's sum of each term, with every page size; and no record
// appears twice for one term, measure and day.
func TestRecordsAddUpToTheirTerms(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	some := 0
	for _, ask := range []query.DrillQuestion{
		{At: "2020-12-31", Limit: 3}, {At: "2020-06-30", Limit: 500}, {At: "2020-03-31", Unit: "check-1", Limit: 1},
	} {
		for _, id := range w.rowIDs() {
			ask.Year, ask.Row = "2020", id
			pages := w.pages(ask)
			sums := make([]int64, len(pages[0].Terms))
			seen := map[string]bool{}
			for _, p := range pages {
				for _, r := range p.Records {
					key := strings.Join([]string{r.Record, r.Measure, r.Day, strconv.Itoa(r.Term)}, " ")
					if seen[key] {
						t.Errorf("%s: %s stands twice", id, key)
					}
					seen[key] = true
					sums[r.Term] += r.Amount
					some++
				}
			}
			for i, term := range pages[0].Terms {
				if sums[i] != term.Added {
					t.Errorf("%s at %s: the records of %s %s…%s add up to %d, the term says %d", id, ask.At, term.Measure, term.From, term.To, sums[i], term.Added)
				}
			}
		}
	}
	if some < 500 {
		t.Errorf("only %d entries: the story is too small to say much", some)
	}
}

// A recount of the stored facts, by rules written once more in this test, gives the same sums as the drill.
func TestDrillEqualsARecount(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	year := clock.Window{From: 20200101, To: 20201231}
	before := clock.Window{From: 20190101, To: 20191231}
	sum := func(kind string, in clock.Window, amount func(f *fact) int64) (n int64) {
		for i := range w.facts {
			if f := &w.facts[i]; f.kind == kind && !f.void && in.Contains(f.on) {
				n += amount(f)
			}
		}
		return n
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		must(t, err)
		return n
	}
	highway := func(f *fact) int64 {
		if f.fields["road_type"] == "12" || f.fields["road_type"] == "10" {
			return 1
		}
		return 0
	}
	cameras := func(in clock.Window) (n int64) { // off-site numbers count on the last day of their period
		for i := range w.facts {
			f := &w.facts[i]
			if to, err := clock.ParseDay(f.fields["period_to"]); f.kind == "offsite" && err == nil && in.Contains(to) {
				n += number(f.fields["number"])
			}
		}
		return n
	}
	metreMinutes := func(f *fact) int64 { return 2350 * number(f.fields["minutes"]) }
	for _, tt := range []struct {
		row, role string
		want      int64
	}{
		{"P5-1", "numerator", sum("plate", year, func(f *fact) int64 {
			if f.fields["business"] != "register" {
				return 0
			}
			return number(f.fields["sets"])
		})},
		{"P5-1.licences", "numerator", 2*4 + 4}, // of the two corrections of May, 3 and 4, the later one counts
		{"P5-4", "numerator", sum("enforcement", year, highway) + cameras(year)},
		{"P5-4", "base", sum("enforcement", before, highway) + cameras(before)},
		{"D-1", "numerator", sum("enforcement", year, func(*fact) int64 { return 1 })},
		{"P3-1", "denominator", sum("congestion", year, metreMinutes)},
		{"P3-3", "numerator", 2*5 - 1}, // two accidents in each of five months, one voided
		{"P3-3", "base", 6},            // the baseline
		{"D-2", "numerator", 2 * 5},    // of each fatal accident, one death at the scene and one within three days
		{"P1-1", "denominator", 5},
		{"P1-3", "denominator", 4},                                   // December's task is due in January
		{"P5-5", "denominator", 3 * 5}, {"P5-5", "numerator", 2 * 5}, // of four grades, one is invalid and two are satisfied
	} {
		var added int64
		var terms int
		pages := w.pages(query.DrillQuestion{Year: "2020", Row: tt.row, Limit: 4})
		for _, p := range pages {
			for _, r := range p.Records {
				if p.Terms[r.Term].Role == tt.role {
					added += r.Amount
					terms++
				}
			}
		}
		if added != tt.want || terms == 0 {
			t.Errorf("%s: the records of the %s add up to %d, want %d", tt.row, tt.role, added, tt.want)
		}
	}
}

func TestDrillOfOneMeasure(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	whole := w.pages(query.DrillQuestion{Year: "2020", Measure: "expenditure", Limit: 2})
	one := w.pages(query.DrillQuestion{Year: "2020", Measure: "expenditure:" + project5})
	// 1, 2, 5, 9 and 12 times 10 000.01 元, and 50 元 back each time: 29·1 000 001 − 5·5 000 fen
	const fen = 29*1_000_001 - 5*5_000
	for _, pages := range [][]*query.Drill{whole, one} {
		var sum int64
		for _, p := range pages {
			for _, r := range p.Records {
				sum += r.Amount
				if r.Kind != "expenditure" || r.Unit != "hq" || !strings.Contains(r.Summary, "项目编码 "+project5) {
					t.Errorf("%+v", r)
				}
			}
		}
		if term := pages[0].Terms[0]; sum != fen || term.Amount != fen || len(pages[0].Terms) != 1 {
			t.Errorf("%d, %+v; want %d", sum, term, fen)
		}
	}
	// A row with a measure gives only the records of that measure.
	for _, p := range w.pages(query.DrillQuestion{Year: "2020", Row: "P1-2", Measure: "incident_dispatched"}) {
		if len(p.Records) != 5 || slices.ContainsFunc(p.Records, func(r query.DrillRecord) bool { return r.Measure != "incident_dispatched" }) {
			t.Errorf("%+v", p.Records)
		}
	}
}

// A record shows its values with the reason for each, and the winner of its event.
func TestRecordTellsWhy(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	find := func(kind, field, value string) (ids []string) {
		for _, f := range w.facts {
			if f.kind == kind && f.fields[field] == value {
				ids = append(ids, f.id.String())
			}
		}
		return ids
	}
	why := func(id, field string) (text, why string) {
		h, err := w.query.Record(t.Context(), id)
		must(t, err)
		i := slices.IndexFunc(h.Words, func(x query.FieldInWords) bool { return x.Name == field })
		if i < 0 {
			t.Fatalf("%s says nothing of %s", id, field)
		}
		return h.Words[i].Text.ZH, h.Words[i].Why
	}
	for _, tt := range []struct{ kind, by, value, field, text, why string }{
		{"certificate", "certificate_number", "L-5", "quantity", "4", query.WhyLatest},
		{"certificate", "certificate_number", "L-2", "certificate", "行驶证", query.WhyAlone},
		{"hazard", "found_at", "2020-01-11T00:00:00+08:00", "found_at", "2020-01-11 00:00:00", query.WhyKnowing},
	} {
		id := find(tt.kind, tt.by, tt.value)[0]
		if text, reason := why(id, tt.field); text != tt.text || reason != tt.why {
			t.Errorf("%s of %s is %q because %s, want %q, %s", tt.field, tt.kind, text, reason, tt.text, tt.why)
		}
	}
	for _, tt := range []struct {
		kind, field, value string
		winner             int
		why                string
	}{
		{"patrol", "shift", "night", 0, query.WhyFirst},
		{"compliance", "missed", "1", 1, query.WhyLast},
		{"plate", "plate_number", "冀F0100B", 0, query.WhyAlone},
	} {
		ids := find(tt.kind, tt.field, tt.value)
		for _, id := range ids[:min(2, len(ids))] {
			h, err := w.query.Record(t.Context(), id)
			must(t, err)
			if h.Winner == nil || h.Winner.Record != ids[tt.winner] || h.Winner.Why != tt.why || h.Counts != (id == ids[tt.winner]) {
				t.Errorf("%s: %+v, counts %v; want %s, %s", tt.kind, h.Winner, h.Counts, ids[tt.winner], tt.why)
			}
		}
	}
}

// A row of which one unit has no value still leads to the unit's records.
func TestDrillOfOneUnit(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	for _, unit := range []string{"", "check-1", "hq"} {
		pages := w.pages(query.DrillQuestion{Year: "2020", Row: "D-1", Unit: unit, Limit: 500})
		row, records := pages[0].Row, 0
		for _, p := range pages {
			records += len(p.Records)
		}
		if unit == "" {
			if row.Value == nil || row.Numerator == nil || records == 0 {
				t.Errorf("all units: %+v with %d records", row, records)
			}
			continue
		}
		if row.Value != nil || row.Numerator != nil || row.Denominator != nil || row.Literal != "none" || row.Light != query.Grey || *row.Reason != "whole_brigade" {
			t.Errorf("%s: %+v", unit, row)
		}
		var amounts, added int64
		for _, term := range pages[0].Terms {
			amounts += term.Amount
			added += term.Added
		}
		if amounts != added || records == 0 || added == 0 { // officers of the one, cameras of the other
			t.Errorf("%s: %d records add %d, the terms say %d", unit, records, added, amounts)
		}
	}
}
