package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"roadbook/server/store"
)

var sideTests = map[string]func(*testing.T, Harness){
	"Pages":      testSidePages,
	"Replace":    testSideReplace,
	"Many":       testSideMany,
	"LostAnswer": testSideLostAnswer,
	"TwoServers": testSideTwoServers,
}

// keys are the keys under a prefix, read by pages.
func (b *bench) keys(prefix string, limit int) (keys []string) {
	b.t.Helper()
	for after := ""; ; after = keys[len(keys)-1] {
		page, err := b.s.ScanSide(b.t.Context(), prefix, after, limit)
		b.must(err)
		if len(page) > limit {
			b.t.Fatalf("a page of %d rows, asked for %d", len(page), limit)
		}
		for _, r := range page {
			keys = append(keys, r.Key)
		}
		if len(page) == 0 {
			return keys
		}
	}
}

func sideRows(keys ...string) (rows []store.SideRow) {
	for _, key := range keys {
		rows = append(rows, store.SideRow{Key: key, Data: []byte("data of " + key)})
	}
	return rows
}

// Keys stand by their bytes, in Chinese too; a prefix ends at its slash.
func testSidePages(t *testing.T, h Harness) {
	b := open(t, h)
	all := []string{"a", "a/", "a/1", "a/10", "a/2", "a/车管一所/3", "a0", "b/1", "车/1"}
	b.must(b.s.WriteSide(t.Context(), sideRows(all[4], all[8], all[0], all[5], all[2], all[7], all[1], all[6], all[3]), nil))
	for _, limit := range []int{1, 2, 50} {
		if got := b.keys("", limit); !slices.Equal(got, all) {
			t.Errorf("limit %d: all are %q", limit, got)
		}
		if got := b.keys("a/", limit); !slices.Equal(got, all[1:6]) {
			t.Errorf("limit %d: under a/ are %q", limit, got)
		}
		if got := b.keys("a/车管一所/", limit); !slices.Equal(got, all[5:6]) {
			t.Errorf("limit %d: %q", limit, got)
		}
	}
	rows, err := b.s.SideRows(t.Context(), "b/1", "nobody", "a/10", "b/1")
	if err != nil || len(rows) != 2 || rows[0].Key != "a/10" || string(rows[1].Data) != "data of b/1" {
		t.Errorf("by key: %q, %v", rows, err)
	}
	if rows, err := b.s.SideRows(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("no keys: %q, %v", rows, err)
	}
}

func testSideReplace(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	b.must(b.s.WriteSide(ctx, sideRows("x/1", "x/2"), nil))
	binary := []byte{0, 255, 1, 0}
	for range 2 { // a repetition changes nothing
		b.must(b.s.WriteSide(ctx, []store.SideRow{{Key: "x/2", Data: binary}, {Key: "x/3"}}, []string{"x/1", "nobody"}))
	}
	rows, err := b.s.ScanSide(ctx, "x/", "", 9)
	if err != nil || len(rows) != 2 || !bytes.Equal(rows[0].Data, binary) || rows[1].Key != "x/3" || len(rows[1].Data) != 0 {
		t.Errorf("%q, %v", rows, err)
	}
	b.must(b.s.WriteSide(ctx, sideRows("x/4"), []string{"x/4"})) // deleting comes last
	if got := b.keys("x/", 9); !slices.Equal(got, []string{"x/2", "x/3"}) {
		t.Errorf("%q", got)
	}
	b.must(b.s.WriteSide(ctx, nil, nil))
	if h.Reopen != nil {
		b.s = h.Reopen(t, b.s)
		if got := b.keys("", 9); !slices.Equal(got, []string{"x/2", "x/3"}) {
			t.Errorf("opened again: %q", got)
		}
	}
}

// More rows than one call to an engine takes.
func testSideMany(t *testing.T, h Harness) {
	b := open(t, h)
	var keys []string
	for i := range 2100 {
		keys = append(keys, fmt.Sprintf("m/%04d", i))
	}
	b.must(b.s.WriteSide(t.Context(), sideRows(keys[:1500]...), nil))
	b.must(b.s.WriteSide(t.Context(), sideRows(keys...), nil))
	if rows, err := b.s.SideRows(t.Context(), keys...); err != nil || len(rows) != len(keys) || rows[2099].Key != keys[2099] {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	b.must(b.s.WriteSide(t.Context(), nil, keys[1:]))
	if got := b.keys("m/", 500); !slices.Equal(got, keys[:1]) {
		t.Errorf("%d are left", len(got))
	}
}

func testSideLostAnswer(t *testing.T, h Harness) {
	b := openLosing(t, h, "WriteSide")
	lostOnce(t, b.s.WriteSide(t.Context(), sideRows("l/1"), nil))
	b.must(b.s.WriteSide(t.Context(), sideRows("l/1", "l/2"), nil))
	if got := b.keys("l/", 9); !slices.Equal(got, []string{"l/1", "l/2"}) {
		t.Errorf("%q", got)
	}
}

// Two servers write the same keys at once: each row is of one of the two, and none is lost.
func testSideTwoServers(t *testing.T, h Harness) {
	two := servers(t, h, 2)
	var errs [2]error
	race(2, func(i int) {
		for range 5 {
			if errs[i] == nil {
				errs[i] = two[i].s.WriteSide(t.Context(), sideRows("t/1", "t/2", fmt.Sprint("t/own", i)), nil)
			}
		}
	})
	two[0].must(errs[0])
	two[0].must(errs[1])
	for _, b := range two {
		if got := b.keys("t/", 9); !slices.Equal(got, []string{"t/1", "t/2", "t/own0", "t/own1"}) {
			t.Errorf("%q", got)
		}
	}
}
