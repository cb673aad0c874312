package hub

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// countByRulesTwo counts as the program of before: a baseline adds its number to the measure itself.
func countByRulesTwo(count store.CountFunc) store.CountFunc {
	return func(r *store.Record, group []merge.Member) []tally.Contribution {
		now := count(r, group)
		b, ok := tally.BaselineOf(r.Place.Unit, now)
		if !ok {
			return now
		}
		return []tally.Contribution{{Day: b.To, Measure: b.Measure, Amount: b.Number}}
	}
}

// A database counted by rules 2 says 21 accidents of June 2019, of which the yearbook has 20; after opening it says 20.
func TestRulesTwoCountAnew(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	hq := &testDevice{device: fleet.NewDevice(rand.New(rand.NewPCG(1, 2)), "importer", time.Now().UnixMilli())}
	hq.device.SetEnrollment("hq", "hq", h.Catalogue())
	at := time.Date(2020, 1, 3, 2, 0, 0, 0, time.UTC)
	hq.addLine(t, h, "baseline", at, map[string]string{
		"unit": "squad-1", "measure": "accident_counted", "period_from": "2019-06-01", "period_to": "2019-06-30", "number": "20",
	})
	hq.addLine(t, h, "accident", time.Date(2019, 6, 12, 2, 0, 0, 0, time.UTC), map[string]string{"unit": "squad-1", "severity": "property", "procedure": "simple", "dead": "0"})
	for f := hq.device.Next(); f != nil; f = hq.device.Next() {
		who := ingest.Device{ID: hq.device.ID, Key: hq.device.PublicKey(), Unit: "hq", Role: "hq", Import: true}
		a, err := h.ingest.Sync(t.Context(), who, hq.device.Request(f, time.Now().UnixMilli()))
		if err != nil {
			t.Fatal(err)
		}
		if err := hq.device.Acknowledge(f, a); err != nil {
			t.Fatal(err)
		}
	}
	const before = "rules-2+shunping-2020@1"
	if err := h.store.Rebuild(t.Context(), before, h.ingest.Member(), countByRulesTwo(h.ingest.Count()), nil); err != nil {
		t.Fatal(err)
	}
	if got := sumOf2019(t, h); got != 21 {
		t.Fatalf("the database of before says %d, want 21", got)
	}
	stop()
	h, log, _ := start(t, Config{Data: dir})
	if !strings.Contains(log.String(), `msg="deriving records anew" from=`+before) {
		t.Errorf("nothing was derived anew: %s", log)
	}
	if got := sumOf2019(t, h); got != 1 {
		t.Errorf("observed %d, want 1", got)
	}
	q := h.Query()
	in, err := q.Indicators(t.Context(), query.Question{Year: "2020"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range in.Rows {
		if r.ID == "P3-3" && *r.Denominator != "20" {
			t.Errorf("the base is %s, want 20", *r.Denominator)
		}
	}
}

// sumOf2019 is the store's sum of accidents.
func sumOf2019(t *testing.T, h *Hub) (n int64) {
	t.Helper()
	sums, err := h.Store().Sums(t.Context(), store.SumQuery{Measures: []string{"accident_counted"}, From: clock.Day(20190101), To: 20191231})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		n += s.Amount
	}
	return n
}
