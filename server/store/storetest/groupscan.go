package storetest

import (
	"slices"
	"testing"
)

// Groups with several members are returned page by page, with their members as last evaluated.
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
	b.wantGroups(want, "c", "nobody's", "alone", "b/1", "c")
	b.wantGroups(want)
}

// wantGroups reads groups by their names: a group with several members is returned once; any other group has no
// members or one.
func (b *bench) wantGroups(want map[string][]string, names ...string) {
	b.t.Helper()
	gs, err := b.s.GroupsNamed(b.t.Context(), names...)
	b.must(err)
	seen := map[string]bool{}
	for _, g := range gs {
		if len(want[g.Name]) == 0 && len(g.Members) <= 1 {
			continue
		}
		var members []string
		for _, m := range g.Members {
			members = append(members, m.Record)
		}
		if seen[g.Name] || !slices.Contains(names, g.Name) || !slices.Equal(members, want[g.Name]) {
			b.t.Errorf("asked for %v: %s has %v, want %v", names, g.Name, members, want[g.Name])
		}
		seen[g.Name] = true
	}
	for _, name := range names {
		if len(want[name]) > 0 && !seen[name] {
			b.t.Errorf("asked for %v: %s is missing", names, name)
		}
	}
}
