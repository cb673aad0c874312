package ingest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"roadbook/server/fleet"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/wire"
)

// BenchmarkIngest takes frames of 500 fresh plates from 16 devices at once through the whole write path in
// process, without HTTP: chain and signature checked, lines checked, durable, folded, counted.
// Conditions: embedded store, WAL, synchronous=FULL. Unit: observations a second.
func BenchmarkIngest(b *testing.B) {
	const devices, perFrame = 16, 500
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Config{Path: b.TempDir() + "/r.db"})
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b, s)
	var ds []*fleet.Device
	for i := range devices {
		ds = append(ds, w.device(fmt.Sprint(i), fmt.Sprintf("unit-%02d", i), "clerk"))
	}
	serial := 0
	frames := make([][]*wire.Frame, devices)
	for i := range b.N {
		d := ds[i%devices]
		for range perFrame {
			serial++
			at := time.Date(2020, 3, 1, 0, serial%(30*24*60), 0, 0, shanghai)
			w.plate(d, fmt.Sprintf("冀F%05d", serial%100000), at)
		}
		f := d.Next()
		frames[i%devices] = append(frames[i%devices], f)
		if err := d.Acknowledge(f, &wire.Answer{Results: []wire.Result{{First: f.First, Last: f.Last(), Status: wire.Created}}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, d := range ds {
		wg.Go(func() {
			for _, f := range frames[i] {
				if _, err := w.in.Sync(b.Context(), who(d), d.Request(f, w.now.UnixMilli())); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N*perFrame)/b.Elapsed().Seconds(), "obs/s")
}
