package query_test

import (
	"testing"

	"roadbook/server/query"
	"roadbook/sync/clock"
)

// text is the text, or "" for none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// P5-2 by hand: the offices count 50 of 400 in 2020 and 384 of 600 in 2019. The drill shows the records of the year alone,
// and the ledger beside the row says how old it is.
func TestCountsOfAnotherYear(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	office, closed := w.device("counter", "office-1", "clerk"), w.device("closed", "office-3", "clerk")
	hq := w.device("importer", "hq", "hq")
	last := w.say(closed, "compliance", 20191231, "", map[string]string{"due": "600", "missed": "384"})
	this := w.say(office, "compliance", 20200224, "", map[string]string{"due": "400", "missed": "50"})
	for unit, on := range map[string]clock.Day{"office-1": 20200201, "office-3": 20180630} {
		w.say(hq, "vehicles_due", on, "", map[string]string{"unit": unit, "due": "300"})
	}
	w.push(office, false)
	w.push(closed, false)
	w.push(hq, true)

	type shown struct {
		value, numerator, denominator, reason string
		light                                 query.Light
	}
	for _, tt := range []struct {
		at, unit string
		want     shown
		record   string // the one behind the row, "" = none
	}{
		{"2020-12-31", "", shown{"12.5", "50", "400", "", query.Green}, this.String()}, // with 2019's 434 / 1000 = 43.4 %, red
		{"2020-12-31", "office-1", shown{"12.5", "50", "400", "", query.Green}, this.String()},
		{"2020-12-31", "office-3", shown{"", "0", "0", "no_data", query.Grey}, ""},
		{"2020-02-23", "", shown{"", "0", "0", "no_data", query.Grey}, ""},
	} {
		pages := w.pages(query.DrillQuestion{Year: "2020", At: tt.at, Unit: tt.unit, Row: "P5-2"})
		row := pages[0].Row
		got := shown{text(row.Value), text(row.Numerator), text(row.Denominator), text(row.Reason), row.Light}
		if got != tt.want || row.AsOf != "" {
			t.Errorf("%s %s: %+v as of %q, want %+v", tt.at, tt.unit, got, row.AsOf, tt.want)
		}
		for _, r := range pages[0].Records {
			if r.Record != tt.record {
				t.Errorf("%s %s: %s of %s is behind the row", tt.at, tt.unit, r.Record, r.Day)
			}
		}
		if (len(pages[0].Records) > 0) != (tt.record != "") || pages[0].Terms[0].From != "2020-01-01" {
			t.Errorf("%s %s: %d records from %q", tt.at, tt.unit, len(pages[0].Records), pages[0].Terms[0].From)
		}
	}
	co := w.pages(query.DrillQuestion{Year: "2020", Row: "P5-2.ledger"})[0].Companion
	if text(co.Value) != "600" || co.AsOf != "2020-02-01" || co.Oldest != "2018-06-30" {
		t.Errorf("the ledger is %+v", co)
	}
	if h, err := w.query.Record(t.Context(), last.String()); err != nil || !h.Counts || len(h.Contributions) == 0 || h.Contributions[0].Day != "2019-12-31" {
		t.Errorf("the count of 2019 counts in its year: %+v, %v", h, err)
	}
}
