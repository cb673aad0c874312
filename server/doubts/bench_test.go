package doubts_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

var benchRecords = flag.Int("records", 20_000, "records of the benchmarks")

// BenchmarkDoubts measures on the embedded store: a pass that finds doubts about all records, a pass that changes nothing, and
// a page of a hundred records with their doubts. go test -run xxx -bench Doubts -benchtime 1x ./server/doubts -records 400000; the page
// alone: -bench Doubts/page -benchtime 50x
func BenchmarkDoubts(b *testing.B) {
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Config{Path: b.TempDir() + "/r.db"})
	must(b, err)
	w := newWorld(b, s)
	defer func() { w.in.Close(); must(b, s.Close()) }()
	d := w.device("li", "office-1", "clerk")
	for i := range *benchRecords {
		fields := map[string]string{"plate_number": fmt.Sprintf("冀%c%05d", "FGHJ"[i/100_000%4], i*10/11%100_000)}
		w.create(d, "plate", fmt.Sprintf("2020-06-%02d", 1+i%28), fields)
	}
	w.push(d)
	lists := w.lists[schema.ListYear]
	follow := func() *doubts.Follower {
		return doubts.New(doubts.Config{
			Store: s, Schema: schema.Default(), Now: w.clock,
			Reference: func(context.Context) (*schema.Reference, error) { return schema.NewReference(w.lists), nil },
		})
	}
	w.settle(follow())
	pass := func(b *testing.B, change func()) {
		f := follow()
		w.settle(f)
		for b.Loop() {
			change()
			w.now = w.now.Add(time.Hour)
			w.settle(f)
		}
		b.ReportMetric(float64(*benchRecords*b.N)/b.Elapsed().Seconds(), "records/s")
	}
	b.Run("changed", func(b *testing.B) {
		pass(b, func() {
			if w.lists[schema.ListYear] != nil && w.lists[schema.ListYear][0].Value == "2020" {
				w.lists[schema.ListYear] = []schema.Entry{{Value: "2019"}}
			} else {
				w.lists[schema.ListYear] = lists
			}
		})
	})
	b.Run("unchanged", func(b *testing.B) {
		n := 0
		pass(b, func() { n++; w.lists[schema.ListSegment] = []schema.Entry{{Value: fmt.Sprint("X", n)}} })
	})
	b.Run("page", func(b *testing.B) {
		ask := doubts.Question{Limit: 100, Open: true}
		for b.Loop() {
			page, next, err := w.reader.List(b.Context(), ask)
			must(b, err)
			if ask.After = next; len(page) == 0 {
				b.Fatal("no doubts")
			}
		}
	})
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			_, err := follow().Round(b.Context())
			must(b, err)
		}
	})
	rows := 0
	must(b, store.WalkSide(b.Context(), s, "doubts/", func(*store.SideRow) error { rows++; return nil }))
	b.Log(rows, "rows")
}
