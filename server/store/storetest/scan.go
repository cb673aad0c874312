package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// scan reads all pages of a query and counts how often each record was returned.
func (b *bench) scan(q store.RecordQuery, between func(page int)) map[string]int {
	b.t.Helper()
	seen := map[string]int{}
	for page := 0; ; page++ {
		rs, err := b.s.ScanRecords(b.t.Context(), q)
		b.must(err)
		if len(rs) == 0 {
			return seen
		}
		if len(rs) > q.Limit {
			b.t.Fatalf("a page of %d records, limit %d", len(rs), q.Limit)
		}
		for i := range rs {
			seen[rs[i].ID]++
		}
		q.After = rs[len(rs)-1].ID
		between(page)
	}
}

func testScanRecords(t *testing.T, h Harness) {
	b := open(t, h)
	var old []string
	for s := range 3 {
		var rs []store.Record
		for seq := range 12 { // ids of one and of two digits
			rs = append(rs, rec(obsID(stream(s), seq+1, "a"), 1, place("u", 20200101)))
			old = append(old, rs[seq].ID)
		}
		rs = append(rs, rec(obsID(stream(s), 5, "fork"), 1, place("u", 20200101)))
		old = append(old, rs[12].ID)
		b.put(rs...)
	}
	seen := b.scan(store.RecordQuery{Limit: 4}, func(page int) {
		if page < 10 { // writers do not wait for readers
			b.put(rec(obsID(stream(page%4), 100+page, "a"), 1, place("u", 20200101)))
		}
	})
	for _, id := range old {
		if seen[id] != 1 {
			t.Errorf("record %s was shown %d times", id, seen[id])
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("record %s was shown %d times", id, n)
		}
	}
}

func testScanFilters(t *testing.T, h Harness) {
	b := open(t, h)
	var rs []store.Record
	for i := range 24 {
		p := place(fmt.Sprintf("u%d", i%2), 20200101)
		p.Day += clock.Day(i % 3)
		if i%4 == 0 {
			p.Kind = "accident"
		}
		rs = append(rs, rec(obsID(stream(1), i+1, "a"), 1, p))
	}
	b.put(rs...)
	queries := []store.RecordQuery{
		{}, {Unit: "u1"}, {Kind: "accident"}, {Kind: "accident", From: 20200102, To: 20200102}, {Kind: "unheard"}, {From: 20200102}, {To: 20200102}, {From: 20200102, To: 20200102},
		{Unit: "u0", Kind: "accident", From: 20200102, To: 20200103}, {Unit: "nowhere"},
	}
	for _, q := range queries {
		q.Limit = 5
		seen := b.scan(q, func(int) {})
		for i := range rs {
			want := 0
			if matches(q, rs[i].Place) {
				want = 1
			}
			if seen[rs[i].ID] != want {
				t.Errorf("%+v: record in %+v was shown %d times, want %d", q, rs[i].Place, seen[rs[i].ID], want)
			}
		}
	}
}

func matches(q store.RecordQuery, p store.Place) bool {
	return (q.Unit == "" || q.Unit == p.Unit) && (q.Kind == "" || q.Kind == p.Kind) &&
		(q.From == 0 || q.From <= p.Day) && (q.To == 0 || p.Day <= q.To)
}

func testByID(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	r1, r2, fork := rec(obsID(stream(2), 1, "a"), 1, p), rec(obsID(stream(1), 40, "a"), 2, p), rec(obsID(stream(1), 40, "b"), 3, p)
	b.put(r1, r2, fork)
	for _, tt := range []struct{ ask, want []string }{
		{[]string{r1.ID, r2.ID, fork.ID}, []string{r1.ID, r2.ID, fork.ID}},
		{[]string{fork.ID, obsID(stream(1), 41, "a").String(), r1.ID, obsID(stream(9), 1, "a").String()}, []string{fork.ID, r1.ID}},
		{[]string{obsID(stream(1), 40, "c").String()}, nil},
		{nil, nil},
	} {
		recs, err := b.s.RecordsByID(t.Context(), tt.ask...)
		b.must(err)
		var got []string
		for i := range recs {
			got = append(got, recs[i].ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("asked for %v: %v, want %v", tt.ask, got, tt.want)
		}
	}
	if recs, err := b.s.RecordsByID(t.Context(), r2.ID); err != nil || amountOf(&recs[0]) != 2 {
		t.Errorf("%+v, %v", recs, err)
	}
}

func testNotFound(t *testing.T, h Harness) {
	b := open(t, h)
	if _, err := b.s.Record(t.Context(), obsID(stream(1), 1, "a").String()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an absent record: %v, want ErrNotFound", err)
	}
	if rs, err := b.s.RecordsOfGroups(t.Context(), "no such group"); err != nil || len(rs) != 0 {
		t.Errorf("an absent group: %v, %v", rs, err)
	}
}
