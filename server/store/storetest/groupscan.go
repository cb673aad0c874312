package storetest

import (
	"slices"
	"testing"
)

// Groups of several are shown page by page, with their members as they were last evaluated.
func testScanGroups(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	names := []string{"a", "b", "b/1", "c"}
	want := map[string][]string{}
	for i, name := range names {
		for seq := range 2 {
			r := rec(obsID(stream(i+1), seq+1, "a"), 1, p)
			r.Group = name
			b.put(r)
			want[name] = append(want[name], r.ID)
		}
	}
	alone := rec(obsID(stream(9), 1, "a"), 1, p)
	alone.Group = "alone"
	b.put(alone)
	b.regroup(append(slices.Clone(names), "alone")...)
	var got []string
	for after := ""; ; {
		page, err := b.s.Groups(t.Context(), after, 2)
		b.must(err)
		if len(page) > 2 {
			t.Fatalf("a page of %d", len(page))
		}
		for _, g := range page {
			after = g.Name
			if g.Name == "alone" {
				continue
			}
			got = append(got, g.Name)
			var members []string
			for _, m := range g.Members {
				members = append(members, m.Record)
			}
			if !slices.Equal(members, want[g.Name]) {
				t.Errorf("%s has %v, want %v", g.Name, members, want[g.Name])
			}
		}
		if len(page) == 0 {
			break
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("groups %v, want %v", got, names)
	}
}
