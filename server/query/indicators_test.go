package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// memoryStore is a store with the content that a test put in.
type memoryStore struct {
	store.Reader
	sums        []tally.Sum
	streams     []store.Stream
	frames      []store.Frame
	quarantined []store.Quarantined
	records     []store.Record
	sumCalls    int
}

// ScanRecords returns records in slice order; the tests keep the slice sorted by id.
func (b *memoryStore) ScanRecords(_ context.Context, q store.RecordQuery) (out []store.Record, err error) {
	for _, r := range b.records {
		p := r.Place
		if r.ID > q.After && (q.Unit == "" || q.Unit == p.Unit) && (q.Kind == "" || q.Kind == p.Kind) &&
			q.From <= p.Day && (q.To == 0 || p.Day <= q.To) && len(out) < q.Limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (b *memoryStore) Sums(_ context.Context, q store.SumQuery) (out []tally.Sum, err error) {
	b.sumCalls++
	total := map[tally.Sum]int64{}
	for _, s := range b.sums {
		if (q.Unit == "" || q.Unit == s.Unit) && q.From <= s.Day && s.Day <= q.To &&
			(len(q.Measures) == 0 || slices.Contains(q.Measures, s.Measure)) {
			at := tally.Sum{Measure: s.Measure}
			if q.ByUnit {
				at.Unit = s.Unit
			}
			if q.ByDay {
				at.Day = s.Day
			}
			total[at] += s.Amount
		}
	}
	for at, amount := range total {
		at.Amount = amount
		out = append(out, at)
	}
	slices.SortFunc(out, func(a, b tally.Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return out, nil
}

func (b *memoryStore) Streams(_ context.Context, after wire.StreamID, limit int) (out []store.Stream, err error) {
	for _, s := range b.streams {
		if s.ID.String() > after.String() && len(out) < limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func shanghai(text string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, clock.Shanghai)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

func ask(t *testing.T, b *memoryStore, devices []DeliveringDevice, question Question) *Indicators {
	t.Helper()
	cats, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	q := New(Config{
		Store: b, Schema: schema.Default(), Catalogues: cats,
		DeliveringDevices: func(context.Context) ([]DeliveringDevice, error) { return devices, nil },
	})
	in, err := q.Indicators(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// The sums of this table were made up; the values in the tests below were worked out from them by hand.
var inventedSums = []tally.Sum{
	// 3 incidents: 10, 20 and 60 minutes from report to dispatch; a fourth was not dispatched.
	{Unit: "check-1", Day: 20200105, Measure: "incident_dispatch_ms", Amount: 600_000 + 1_200_000},
	{Unit: "check-1", Day: 20200105, Measure: "incident_dispatched", Amount: 2},
	{Unit: "check-2", Day: 20201231, Measure: "incident_dispatch_ms", Amount: 3_600_000},
	{Unit: "check-2", Day: 20201231, Measure: "incident_dispatched", Amount: 1},
	{Unit: "check-2", Day: 20201231, Measure: "incident_undispatched", Amount: 1},
	{Unit: "check-2", Day: 20210101, Measure: "incident_dispatched", Amount: 7}, // the next year's
	// 40 accidents in 2019, 30 of them by 30 June; 38 in 2020, 33 by 30 June.
	{Unit: "squad-1", Day: 20190110, Measure: "accident_counted", Amount: 30},
	{Unit: "squad-1", Day: 20191231, Measure: "accident_counted", Amount: 10},
	{Unit: "squad-1", Day: 20200630, Measure: "accident_counted", Amount: 33},
	{Unit: "squad-1", Day: 20201001, Measure: "accident_counted", Amount: 5},
	// 50 deaths, then 49.
	{Unit: "squad-1", Day: 20190601, Measure: "accident_deaths", Amount: 50},
	{Unit: "squad-1", Day: 20200601, Measure: "accident_deaths", Amount: 49},
	{Unit: "office-1", Day: 20200301, Measure: "plate_sets", Amount: 2999},
	{Unit: "office-2", Day: 20201231, Measure: "plate_sets", Amount: 1},
	// 7 on site, 3 off site, of which HQ keeps the count.
	{Unit: "check-1", Day: 20200401, Measure: "enforcement_on_site", Amount: 7},
	{Unit: "hq", Day: 20200430, Measure: "enforcement_off_site", Amount: 3},
}

// knownSums returns the table after a check that the catalogue knows its measures.
func knownSums(t *testing.T) []tally.Sum {
	t.Helper()
	cats, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range inventedSums {
		if _, ok := catalogue.ForYear(cats, 2020).Measure(s.Measure); !ok {
			t.Fatalf("the catalogue has no measure %s", s.Measure)
		}
	}
	return inventedSums
}

func TestIndicatorsByHand(t *testing.T) {
	tests := []struct {
		row, at, unit                              string
		value, numerator, denominator, reason, lit string
	}{
		{"P1-2", "2020-12-31", "", "0.5", "5400000", "3", "", "pass"},      // 90 min / 3 = 0.5 h, and ≤ 0.5 holds
		{"P2-2", "2020-12-30", "", "0.25", "1800000", "2", "", "pass"},     // 30 min / 2
		{"P4-2", "2020-12-31", "check-2", "1", "3600000", "1", "", "fail"}, // 60 min
		{"P4-2", "2020-12-31", "office-1", "", "0", "0", "no_data", "none"},
		{"P3-3", "2020-12-31", "", "5", "2", "40", "", "pass"},    // (40 − 38) / 40, and ≤ 10 holds
		{"P3-3", "2020-06-30", "", "-10", "-3", "30", "", "pass"}, // (30 − 33) / 30: a rise passes, as written
		{"P3-3", "2020-01-09", "", "", "0", "0", "not_computable", "none"},
		{"D-2", "2020-12-31", "", "2", "1", "50", "", "none"}, // (50 − 49) / 50; the source gives no operator
		{"P5-1", "2020-12-31", "", "3000", "3000", "1", "", "pass"},
		{"P5-1", "2020-12-30", "", "2999", "2999", "1", "", "fail"},
		{"P5-1", "2020-12-31", "office-2", "1", "1", "1", "", "fail"},
		{"P5-2", "2020-12-31", "", "", "0", "0", "no_data", "none"},
		{"D-1", "2020-03-31", "", "", "0", "0", "no_data", "none"},
		{"D-1", "2020-12-31", "", "70", "7", "10", "", "pass"},
		{"D-1", "2020-12-31", "hq", "", "", "", "whole_brigade", "none"}, // not 0 % of 3
		{"D-1", "2020-12-31", "check-1", "", "", "", "whole_brigade", "none"},
		{"P4-1", "2020-12-31", "check-1", "", "", "", "whole_brigade", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.row+" "+tt.at+" "+tt.unit, func(t *testing.T) {
			in := ask(t, &memoryStore{sums: knownSums(t)}, nil, Question{"2020", tt.at, tt.unit})
			i := slices.IndexFunc(in.Rows, func(r Row) bool { return r.ID == tt.row })
			if i < 0 {
				t.Fatal("no such row")
			}
			r := in.Rows[i]
			got := []string{text(r.Value), text(r.Numerator), text(r.Denominator), text(r.Reason), r.Literal}
			if want := []string{tt.value, tt.numerator, tt.denominator, tt.reason, tt.lit}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if (r.Note != nil) != (tt.reason == "open") || r.Intent != nil {
				t.Errorf("note %v, intent %v", r.Note, r.Intent)
			}
		})
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestIndicatorsAreTheWholeTable(t *testing.T) {
	b := &memoryStore{sums: knownSums(t)}
	in := ask(t, b, nil, Question{Year: "2020"})
	if len(in.Rows) != 27 || in.Rows[0].ID != "P1-1" || in.Rows[24].ID != "P5-5" || in.Rows[25].ID != "D-1" || in.Rows[26].ID != "D-2" {
		t.Fatalf("%d rows", len(in.Rows))
	}
	if in.At != "2020-12-31" || in.Catalogue != "shunping-2020@2" || in.Cutoff != nil {
		t.Fatalf("%+v", in)
	}
	for _, r := range in.Rows {
		if r.Formula == nil || r.Formula.ZH == "" || r.Formula.EN == "" {
			t.Errorf("%s does not say how it is computed: %+v", r.ID, r.Formula)
		}
	}
	if r := in.Rows[1]; r.Beside["incident_undispatched"] != "1" {
		t.Fatalf("beside %v", r.Beside)
	}
	if b.sumCalls > 6 { // the year, the year before, everything, and the time before the year; also by day for formulas over days
		t.Fatalf("asked the store %d times", b.sumCalls)
	}
}

func TestPlanTable(t *testing.T) {
	tests := []struct{ at, first, third string }{ // cumulative % of projects 1 and 3
		{"2020-01-01", "0", "0"},
		{"2020-03-30", "0", "0"},
		{"2020-03-31", "30.00", "25.00"},
		{"2020-06-30", "60.00", "50.00"},
		{"2020-09-30", "60.00", "50.00"}, // 10月底 is October
		{"2020-10-30", "60.00", "50.00"},
		{"2020-10-31", "90.00", "75.00"},
		{"2020-12-31", "100.00", "100.00"},
	}
	for _, tt := range tests {
		in := ask(t, &memoryStore{}, nil, Question{Year: "2020", At: tt.at})
		if len(in.Budgets) != 5 || in.Budgets[0].Plan != tt.first || in.Budgets[2].Plan != tt.third {
			t.Errorf("at %s: %+v", tt.at, in.Budgets)
		}
	}
	b := ask(t, &memoryStore{}, nil, Question{Year: "2020"}).Budgets[3]
	if b.Project != "451-0601-YXN-EMSE" || b.Total != "4687600.00" || b.Fiscal != "4687600.00" || b.Other != nil || b.Unit != "451003" {
		t.Errorf("%+v", b)
	}
}

func TestDevicesThatHaveNotDelivered(t *testing.T) {
	stream := func(device string, received int64) store.Stream {
		return store.Stream{ID: wire.StreamID{Device: device, Epoch: "e"}, Received: received}
	}
	end := shanghai("2021-01-01 00:00")
	tests := []struct {
		name        string
		streams     []store.Stream
		devices     []DeliveringDevice
		unit        string
		provisional bool
		cutoff      string
	}{
		{"no device", nil, nil, "", false, ""},
		{"silent since enrolling", nil, []DeliveringDevice{{ID: "a", Unit: "u"}}, "", true, ""},
		{"last heard of a moment before the end", []store.Stream{stream("a", end-1)}, []DeliveringDevice{{ID: "a", Unit: "u"}}, "", true, "2020-12-31T23:59:59.999+08:00"},
		{"a frame at the end", []store.Stream{stream("a", end)}, []DeliveringDevice{{ID: "a", Unit: "u"}}, "", false, "2021-01-01T00:00:00+08:00"},
		{"a sync with nothing to send", nil, []DeliveringDevice{{ID: "a", Unit: "u", Seen: end + 1}}, "", false, ""},
		{"one of two", []store.Stream{stream("a", end+5)}, []DeliveringDevice{{ID: "a", Unit: "u"}, {ID: "b", Unit: "v"}}, "", true, "2021-01-01T00:00:00.005+08:00"},
		{"the other unit's", []store.Stream{stream("a", end)}, []DeliveringDevice{{ID: "a", Unit: "u"}, {ID: "b", Unit: "v"}}, "u", false, "2021-01-01T00:00:00+08:00"},
		{"another epoch of it", []store.Stream{{ID: wire.StreamID{Device: "a", Epoch: "d"}, Received: end}, stream("a", end-9)}, []DeliveringDevice{{ID: "a"}}, "", false, "2021-01-01T00:00:00+08:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := ask(t, &memoryStore{streams: tt.streams}, tt.devices, Question{"2020", "2020-12-31", tt.unit})
			for _, r := range in.Rows {
				if r.Provisional != tt.provisional {
					t.Fatalf("%s provisional: %v", r.ID, r.Provisional)
				}
			}
			if text(in.Cutoff) != tt.cutoff {
				t.Errorf("cutoff %s, want %s", text(in.Cutoff), tt.cutoff)
			}
		})
	}
}
