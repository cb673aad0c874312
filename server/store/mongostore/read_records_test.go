package mongostore_test

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Records in few buckets are found by their buckets, records in many buckets by a scan of all records; a unit's name
// may begin with another unit's name.
func TestScanRecordsOfFewAndManyBuckets(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	stands := map[string]store.Place{}
	put := func(n int, at func(i int) store.Place) {
		recs, ids := recordsOfGroup(slices.Collect(func(yield func(uint64) bool) {
			for i := range n {
				if !yield(uint64(len(stands) + i + 1)) {
					return
				}
			}
		})...)
		inBatch(t, s, func(ctx context.Context, st store.Steps) error {
			ps := make([]store.Place, n)
			for i := range ps {
				ps[i] = at(i)
			}
			ps, err := st.BucketsFor(ctx, ps)
			for i := range ps {
				recs[i].Place, stands[ids[i]] = ps[i], ps[i]
			}
			replaceRecords(t, st, recs)
			return err
		})
	}
	day := func(i int) clock.Day { return clock.Day(20000101 + 10000*(i/300) + 100*(i%300/27) + i%27) }
	put(1010, func(i int) store.Place { return store.Place{Unit: "u", Kind: "plate", Day: day(i)} })
	put(30, func(i int) store.Place { return store.Place{Unit: "u", Kind: "budget", Day: day(i)} })
	put(30, func(i int) store.Place { return store.Place{Unit: "u/plate", Kind: "budget", Day: day(i)} })
	put(5, func(int) store.Place { return store.Place{} })
	for _, q := range []store.RecordQuery{
		{}, {Kind: "plate"}, {Kind: "budget"}, {Kind: "budget", From: day(7)}, {Kind: "budget", From: day(7), To: day(9)},
		{Kind: "plate", To: day(31)}, {Unit: "u"}, {Unit: "u", From: day(7), To: day(9)}, {Unit: "u", Kind: "plate"}, {Unit: "u", Kind: "budget", To: day(9)},
		{Unit: "u", Kind: "plate", From: day(800)}, {Unit: "u/plate"}, {Unit: "u/plate", Kind: "budget", From: day(29), To: day(29)},
		{Unit: "nobody"}, {Kind: "nothing"},
	} {
		var want, got []string
		for id, p := range stands {
			if (q.Unit == "" || p.Unit == q.Unit) && (q.Kind == "" || p.Kind == q.Kind) && p.Day >= q.From && (q.To == 0 || p.Day <= q.To) {
				want = append(want, id)
			}
		}
		for q.Limit = 70; ; q.After = got[len(got)-1] {
			recs, err := s.ScanRecords(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i := range recs {
				got = append(got, recs[i].ID)
			}
			if len(recs) < q.Limit {
				break
			}
		}
		slices.SortFunc(want, func(a, b string) int {
			x, _ := wire.ParseObsID(a)
			y, _ := wire.ParseObsID(b)
			return cmp.Compare(x.Seq, y.Seq)
		})
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %d records, want %d", q, len(got), len(want))
		}
	}
}
