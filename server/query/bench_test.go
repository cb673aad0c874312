package query_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// county is a store of two years' sums, for six units every measure on every day, and of 1,000 devices.
type county struct {
	store.Reader
	sums    []tally.Sum // by unit, day, measure
	streams []store.Stream
}

func (c *county) Streams(_ context.Context, after wire.StreamID, limit int) (out []store.Stream, err error) {
	for _, s := range c.streams {
		if (after == wire.StreamID{} || s.ID.String() > after.String()) && len(out) < limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func (c *county) ScanRecords(context.Context, store.RecordQuery) ([]store.Record, error) {
	return nil, nil
}

func (c *county) Sums(_ context.Context, q store.SumQuery) (out []tally.Sum, err error) {
	total := map[string]int64{}
	wanted := map[string]bool{}
	for _, m := range q.Measures {
		wanted[m] = true
	}
	for _, s := range c.sums {
		if s.Day < q.From || s.Day > q.To || len(wanted) > 0 && !wanted[s.Measure] {
			continue
		}
		if q.ByDay {
			out = append(out, s)
			continue
		}
		total[s.Measure] += s.Amount
	}
	for m, n := range total {
		out = append(out, tally.Sum{Measure: m, Amount: n})
	}
	return out, nil
}

func newCounty(cat *catalogue.Catalogue) *county {
	c := &county{}
	for unit := range 6 {
		for day := clock.Day(20190101); day <= 20201231; day = day.AddDays(1) {
			for _, m := range cat.Measures {
				name := m.Name
				if m.Divided {
					name += ":x"
				}
				c.sums = append(c.sums, tally.Sum{Unit: fmt.Sprint("unit-", unit), Day: day, Measure: name, Amount: 1})
			}
		}
	}
	for i := range 1000 {
		c.streams = append(c.streams, store.Stream{ID: wire.StreamID{Device: fmt.Sprintf("%010d", i), Epoch: "epch0000"}, N: 1, Received: 1})
	}
	return c
}

// addBaselines adds each unit's baselines of 2019: five measures a month.
func (c *county) addBaselines() {
	for unit := range 6 {
		for d := clock.Day(20190101); d <= 20191231; d = d.AddDays(1) {
			if !d.IsMonthEnd() {
				continue
			}
			first := clock.Date(d.Year(), d.Month(), 1)
			for _, m := range []string{"accident_counted", "accident_deaths", "violations_highway", "congestion_congested", "congestion_all"} {
				for name, amount := range map[string]int64{"baseline": 9, "baseline_given": 1} {
					c.sums = append(c.sums, tally.Sum{Unit: fmt.Sprint("unit-", unit), Day: d, Measure: fmt.Sprintf("%s@%d:%s", name, first, m), Amount: amount})
				}
			}
		}
	}
	slices.SortStableFunc(c.sums, func(a, b tally.Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
}

// BenchmarkIndicators answers the whole table of a year: six units, two years of sums, 1,000 devices. The store is a
// list in memory, so the figure measures the work of Query and the scans of that list.
func BenchmarkIndicators(b *testing.B) {
	b.Run("observed", func(b *testing.B) { benchmarkIndicators(b, false) })
	b.Run("with-baselines", func(b *testing.B) { benchmarkIndicators(b, true) })
}

func benchmarkIndicators(b *testing.B, baselines bool) {
	b.Helper()
	all, err := catalogue.Embedded(schema.Default())
	must(b, err)
	var cat *catalogue.Catalogue
	for _, c := range all {
		if c.Year == 2020 {
			cat = c
		}
	}
	county := newCounty(cat)
	if baselines {
		county.addBaselines()
	}
	q := query.New(query.Config{
		Store: county, Schema: schema.Default(), Catalogues: all, Counter: tally.NewCounter(all...),
		DeliveringDevices: func(context.Context) ([]query.DeliveringDevice, error) {
			return make([]query.DeliveringDevice, 1000), nil
		},
	})
	b.ReportAllocs()
	for b.Loop() {
		_, err := q.Indicators(b.Context(), query.Question{Year: "2020"})
		must(b, err)
	}
	b.ReportMetric(float64(len(county.sums)), "sums")
}

// BenchmarkExport writes everything as an export does, on the embedded store: plates, each an event of its own, of
// five devices. One record of ten was amended; one of twenty repeats the event of another record.
func BenchmarkExport(b *testing.B) {
	const records = 20_000
	w := newWorld(b, openSQLite(b))
	for n := range 5 {
		d := w.device(fmt.Sprint("clerk-", n), "office-1", "clerk")
		for i := range records / 5 {
			fields := map[string]string{"plate_type": "02", "plate_number": fmt.Sprintf("冀F%05d", n*records/5+i), "business": "register"}
			if i%20 == 1 {
				fields["plate_number"] = fmt.Sprintf("冀F%05d", n*records/5+i-1)
			}
			id := w.say(d, "plate", 20200301, "", fields)
			if i%10 == 0 {
				w.act(d, wire.Amend, "plate", id, []wire.ObsID{id}, map[string]string{"sets": "1"})
			}
		}
		w.push(d, false)
	}
	per := func(b *testing.B, n int) {
		b.Helper()
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/line")
	}
	b.Run("observations", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n = 0
			enc := json.NewEncoder(io.Discard)
			must(b, w.query.Observations(b.Context(), false, func(o *query.Observation) error { n++; return enc.Encode(o) }))
		}
		per(b, n)
	})
	b.Run("records", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n = 0
			enc := json.NewEncoder(io.Discard)
			must(b, w.query.Records(b.Context(), store.RecordQuery{}, false, func(r *query.Record) error { n++; return enc.Encode(r) }))
		}
		per(b, n)
	})
}
