package ingest_test

import (
	"fmt"
	"testing"
	"time"

	"roadbook/server/store/sqlitestore"
)

// BenchmarkRebuild counts 200,000 stored plates anew: each folded, each with its group, all totals added up.
// Conditions: embedded store, WAL, synchronous=FULL. Unit: observations a second.
func BenchmarkRebuild(b *testing.B) {
	const devices, frames, perFrame = 16, 25, 500
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Config{Path: b.TempDir() + "/r.db"})
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b, s)
	serial := 0
	for i := range devices {
		d := w.device(fmt.Sprint(i), fmt.Sprintf("unit-%02d", i), "clerk")
		for range frames {
			for range perFrame {
				serial++
				w.plate(d, fmt.Sprintf("冀F%05d", serial%100000), time.Date(2020, 3, 1, 0, serial%(30*24*60), 0, 0, shanghai))
			}
			w.push(d, "created")
		}
	}
	for b.Loop() {
		if err := s.Rebuild(b.Context(), "v", w.in.Member(), w.in.Count(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*serial)/b.Elapsed().Seconds(), "obs/s")
}
