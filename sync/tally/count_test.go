package tally

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// group draws the views of the records of a group: complete or not, void or not, some with casualties, and among the
// accidents a few plates, which an old link brought there.
var group = rapid.Custom(func(t *rapid.T) []merge.View {
	views := make([]merge.View, rapid.IntRange(1, 5).Draw(t, "members"))
	for i := range views {
		id := wire.ObsID{Device: "0000000000", Epoch: "epch0000", Seq: uint64(i + 1)}
		v := merge.View{
			Record: id.String(), Kind: "accident", Unit: "squad-1", Group: "g",
			Day:   clock.Day(20200501 + rapid.IntRange(0, 2).Draw(t, "day")),
			Least: merge.Stamp{HLC: clock.HLC(rapid.IntRange(0, 2).Draw(t, "stamp")), ID: id},
			Void:  rapid.Bool().Draw(t, "void"),
			Fields: schema.Values{
				{Name: "dead", Value: schema.Value{Type: schema.TypeInt, I: int64(rapid.IntRange(0, 3).Draw(t, "dead"))}},
				{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: 0}},
				{Name: "procedure", Value: schema.Value{Type: schema.TypeCode, S: "general"}},
			},
		}
		if rapid.Bool().Draw(t, "incomplete") {
			v.Faults = schema.Faults{{Code: "required"}}
		}
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			v.Kind, v.Fields = "plate", schema.Values{{Name: "business", Value: schema.Value{Type: schema.TypeCode, S: "register"}}}
			views[i] = v
			continue
		}
		for range rapid.IntRange(0, 2).Draw(t, "casualties") {
			v.Items = append(v.Items, merge.Item{Kind: "casualty", Void: rapid.Bool().Draw(t, "item void"), Fields: schema.Values{
				{Name: "died_at", Value: schema.Value{Type: schema.TypeTime, I: 1}},
			}})
		}
		views[i] = v
	}
	return views
})

// recount computes by hand what a group adds, and on which day. Of the accidents: the eligible one with the least stamp,
// its dead and the casualties of the accidents that are not void. Of the plates: one. counts decides which members count; broken variants
// must be noticed.
func recount(views []merge.View, counts func(sorted []merge.View, i int) bool) map[string]int64 {
	sums := map[string]int64{}
	for _, kind := range []string{"accident", "plate"} {
		of := slices.DeleteFunc(slices.Clone(views), func(v merge.View) bool { return v.Kind != kind })
		recountKind(of, counts, sums)
	}
	return sums
}

func recountKind(views []merge.View, counts func(sorted []merge.View, i int) bool, sums map[string]int64) {
	sorted := slices.Clone(views)
	slices.SortFunc(sorted, func(a, b merge.View) int {
		return 10*cmpInt(uint64(a.Least.HLC), uint64(b.Least.HLC)) + cmpInt(a.Least.ID.Seq, b.Least.ID.Seq)
	})
	sorted = slices.DeleteFunc(sorted, func(v merge.View) bool { return v.Void || len(v.Faults) > 0 })
	for i, v := range sorted {
		if !counts(sorted, i) {
			continue
		}
		sums[fmt.Sprint(v.Day, " reported:", v.Kind)]++
		if v.Kind == "plate" {
			sums[fmt.Sprint(v.Day, " plate_sets")]++
			continue
		}
		sums[fmt.Sprint(v.Day, " accident_counted")]++
		if deaths := v.Fields[0].Value.I + casualties(views); deaths > 0 {
			sums[fmt.Sprint(v.Day, " accident_deaths")] += deaths
		}
	}
}

// casualties counts the items of the members that are not void.
func casualties(views []merge.View) (n int64) {
	for _, member := range views {
		for _, item := range member.Items {
			if !item.Void && !member.Void {
				n++
			}
		}
	}
	return n
}

func cmpInt(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func firstOnly(_ []merge.View, i int) bool { return i == 0 }

// groupSums adds up the contributions of a group's members, in the given order.
func groupSums(c *Counter, views []merge.View) map[string]int64 {
	var selfs []merge.Member
	for i := range views {
		selfs = append(selfs, views[i].Member())
	}
	sums := map[string]int64{}
	for i := range views {
		for _, x := range Contributions(c, &views[i], selfs) {
			sums[fmt.Sprint(x.Day, " ", x.Measure)] += x.Amount
		}
	}
	return sums
}

func TestOneOfAGroupCounts(t *testing.T) {
	c := NewCounter(shunping(t))
	rapid.Check(t, func(t *rapid.T) {
		views := group.Draw(t, "group")
		got := groupSums(c, rapid.Permutation(views).Draw(t, "order"))
		if want := recount(views, firstOnly); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("sums %v, want %v", got, want)
		}
	})
}

func TestBrokenGroupsAreSeen(t *testing.T) {
	c := NewCounter(shunping(t))
	for name, counts := range map[string]func([]merge.View, int) bool{
		"everybody counts": func([]merge.View, int) bool { return true },
		"the last counts":  func(sorted []merge.View, i int) bool { return i == len(sorted)-1 },
		"nobody counts":    func([]merge.View, int) bool { return false },
	} {
		wantSeen(t, c, name, func(views []merge.View) map[string]int64 { return recount(views, counts) })
	}
	// The items of void records count, as they did before.
	wantSeen(t, c, "items of void records", func(views []merge.View) map[string]int64 {
		all := slices.Clone(views)
		for i := range all {
			all[i].Void = false
		}
		sums := recount(views, firstOnly)
		for name, n := range sums {
			if strings.HasSuffix(name, "accident_deaths") {
				sums[name] = n + casualties(all) - casualties(views)
			}
		}
		return sums
	})
	// One winner of a group, whatever its kind: the plate falls, as it did before.
	wantSeen(t, c, "one winner of all kinds", func(views []merge.View) map[string]int64 {
		sums := map[string]int64{}
		recountKind(views, firstOnly, sums)
		return sums
	})
}

// wantSeen wants the broken rule to give other sums for one of a hundred groups.
func wantSeen(t *testing.T, c *Counter, name string, broken func([]merge.View) map[string]int64) {
	t.Helper()
	for seed := range 100 {
		views := group.Example(seed)
		if fmt.Sprint(groupSums(c, views)) != fmt.Sprint(broken(views)) {
			t.Logf("%s: seen after %d groups", name, seed+1)
			return
		}
	}
	t.Errorf("%s: 100 groups do not show it", name)
}

// Links A–B and B–C make a group of three; the record's own entry may be old or missing.
func TestGroupOfThree(t *testing.T) {
	b := newRecordStore(t)
	a, m, z := b.accident("2020-05-01 08:00"), b.accident("2020-05-01 08:01"), b.accident("2020-05-01 08:02")
	b.link("g", a, m)
	b.link("g", m, z)
	want := []Contribution{{20200501, "accident_counted", 1}, {20200501, "reported:accident", 1}}
	if got := b.sums(); !slices.Equal(got, []Sum{{"squad-1", 20200501, "accident_counted", 1}, {"squad-1", 20200501, "reported:accident", 1}}) {
		t.Errorf("%v, want %v", got, want)
	}
	v := merge.Fold(a.String(), b.states[a.String()], sch)
	old := v.Member()
	old.Eligible = false
	c := NewCounter(shunping(t))
	for name, group := range map[string][]merge.Member{"missing": {}, "old": {old}} {
		if got := Contributions(c, &v, group); !slices.Equal(got, want) {
			t.Errorf("own entry %s: %v", name, got)
		}
	}
}

func TestKindsWithoutMeasuresAddNothing(t *testing.T) {
	c := NewCounter(shunping(t))
	if got := Contributions(c, &merge.View{Record: "x", Kind: "unit_entry", Day: 20200101}, nil); got != nil {
		t.Errorf("%v", got)
	}
	if c.Version() != "rules-3+shunping-2020@1" {
		t.Errorf("version %q", c.Version())
	}
}

// The latest versions of all catalogues count together, each measure once.
func TestUnionOfCatalogues(t *testing.T) {
	first := shunping(t)
	next, other, own := *first, *first, *first
	next.Version, other.ID, other.Published = 10, "another-2021", 1
	own.ID, own.Measures = "own-2021", append(slices.Clone(first.Measures), &catalogue.Measure{Name: "own"})
	c := NewCounter(first, &next, &other)
	if c.Version() != "rules-3+shunping-2020@10" { // the other's measures are all known
		t.Errorf("version %q", c.Version())
	}
	if v := NewCounter(&own, first, &other).Version(); v != "rules-3+own-2021@1" {
		t.Errorf("a superset by name first: %q", v)
	}
	if own.Published = 2; NewCounter(&own, first, &other).Version() != "rules-3+shunping-2020@1+own-2021@1" {
		t.Errorf("a catalogue with a measure of its own is not named")
	}
	b := newRecordStore(t)
	id := b.plate("冀F8K2M6", "2020-05-01 08:00")
	v := merge.Fold(id.String(), b.states[id.String()], sch)
	want := []Contribution{{20200501, "plate_sets", 1}, {20200501, "reported:plate", 1}}
	if got := Contributions(c, &v, nil); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Zero reports count for the kind and the day in their fields; a ledger entry is no delivery.
func TestReported(t *testing.T) {
	b := newRecordStore(t)
	b.addScript(`
		nil squad-1 2020-05-03_08:00 kind=accident day=2020-05-02
		budget hq 2020-05-03_08:00 project=p adjusted_fen=1
	`)
	got := b.totals().Daily("reported", 0, year20)
	if !slices.Equal(got, []Sum{{"squad-1", 20200502, "reported:accident", 1}}) {
		t.Errorf("%v", got)
	}
}

// Folding and counting a fresh plate issue: the cost of the projection for nearly every observation.
func BenchmarkFoldAndCountFresh(b *testing.B) {
	book := newRecordStore(b)
	id := book.plate("冀F8K2M6", "2020-05-01 08:00", "sets", "1")
	record := id.String()
	s, c := book.states[record], NewCounter(shunping(b))
	b.ReportAllocs()
	for b.Loop() {
		v := merge.Fold(record, s, sch)
		if len(Contributions(c, &v, nil)) != 2 {
			b.Fatal("not counted")
		}
	}
}

func BenchmarkCountAccident(b *testing.B) {
	book := newRecordStore(b)
	id := book.fatal("2020-05-01 08:00", "1")
	book.casualty(id, moment("2020-05-02 08:00", 0))
	v := merge.Fold(id.String(), book.states[id.String()], sch)
	c := NewCounter(shunping(b))
	b.ReportAllocs()
	for b.Loop() {
		if len(Contributions(c, &v, nil)) != 3 {
			b.Fatal("not counted")
		}
	}
}
