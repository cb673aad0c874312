package reconcile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// drawEntry draws an entry out of few values, so that keys, plates and moments meet often.
func drawEntry(t *rapid.T, kind string, here bool, n int) Entry {
	day := clock.Date(2020, 5, rapid.IntRange(1, 9).Draw(t, "day"))
	if rapid.IntRange(0, 9).Draw(t, "year") == 0 {
		day = clock.Date(2021, 1, 1)
	}
	e := Entry{Row: n + 2, Day: day, At: day.Start() + int64(rapid.IntRange(0, 30).Draw(t, "hour"))*3_000_000, Amount: 1}
	e.Day = clock.DayOf(e.At)
	add := func(field string, typ schema.Type, values ...string) {
		if v := rapid.SampledFrom(values).Draw(t, field); v != "" {
			e.Fields = append(e.Fields, schema.Named{Name: field, Value: schema.Value{Type: typ, S: v}})
		}
	}
	switch kind {
	case "plate":
		add("plate_type", schema.TypeCode, "02", "02", "52", "")
		add("plate_number", schema.TypePlate, "冀F00001", "冀FO0001", "冀F00002")
		add("business", schema.TypeCode, "register", "register", "renew", "")
	case "enforcement":
		add("document_number", schema.TypeText, "130636000001", "130636000001-1", "13063600OO01", "130636000002", "")
		add("plate_number", schema.TypePlate, "冀F00001", "冀F00002", "-")
		add("violation_code", schema.TypeText, "1344", "1039")
	case "accident":
		add("platform_number", schema.TypeText, "130636000001", "1306360000011", "130636000002", "", "")
		add("case_number", schema.TypeText, "122-1", "122-2", "", "")
		add("road_type", schema.TypeCode, "12", "22", "")
	}
	e.Fields = append(e.Fields, schema.Named{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: e.At}})
	e.Fields.Sort()
	if here {
		e.Row, e.Record = 0, fmt.Sprintf("record-%02d", n)
		e.Standing = rapid.SampledFrom([]Standing{Counts, Counts, Counts, Void, Duplicate, Incomplete}).Draw(t, "standing")
		if e.Amount = int64(rapid.IntRange(0, 2).Draw(t, "amount")); e.Standing != Counts {
			e.Amount = 0
		}
		return e
	}
	if e.Cancelled = rapid.IntRange(0, 9).Draw(t, "cancelled") == 0; e.Cancelled {
		e.Amount = 0
	}
	return e
}

// TestOrderDoesNotMatter: lists in any order give the same findings. Every row, and every record that counts, has one finding, so the
// shares add up to the difference.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(Kinds).Draw(t, "kind")
		kind, _ := schema.Default().Kind(name)
		var there, here []Entry
		for n := range rapid.IntRange(0, 9).Draw(t, "rows") {
			there = append(there, drawEntry(t, name, false, n))
		}
		for n := range rapid.IntRange(0, 9).Draw(t, "records") {
			here = append(here, drawEntry(t, name, true, n))
		}
		ask := func(there, here []Entry) []Finding {
			out, err := Compare(kind, Scope{Year: 2020}, func(string) bool { return true }, slices.Clone(there), slices.Clone(here), nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range out {
				out[i].index = 0
			}
			slices.SortFunc(out, func(a, b Finding) int { return a.Row*100 - b.Row*100 + strings.Compare(a.Record, b.Record) })
			return out
		}
		first := ask(there, here)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffle := func(es []Entry) []Entry {
			es = slices.Clone(es)
			rng.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
			return es
		}
		if again := ask(shuffle(there), shuffle(here)); fmt.Sprint(again) != fmt.Sprint(first) {
			t.Fatalf("%v\nin another order %v", first, again)
		}
		conserved(t, there, here, first)
	})
}

func conserved(t *rapid.T, there, here []Entry, findings []Finding) {
	rows, records := map[int]int{}, map[string]int{}
	var left int64
	for _, f := range findings {
		left -= f.There - f.Here
		rows[f.Row]++
		records[f.Record]++
	}
	for _, e := range there {
		left += e.Amount
		if rows[e.Row] != 1 {
			t.Fatalf("row %d has %d findings", e.Row, rows[e.Row])
		}
	}
	for _, e := range here {
		left -= e.Amount
		if n := records[e.Record]; n > 1 || n == 0 && e.Standing == Counts {
			t.Fatalf("%s has %d findings", e.Record, n)
		}
	}
	if left != 0 {
		t.Fatalf("%d unexplained", left)
	}
}

// TestWorkIsBounded: ten thousand accidents of one minute on either side, without a number: each row looks at a fixed number of records.
func TestWorkIsBounded(t *testing.T) {
	const number = 10_000
	kind, _ := schema.Default().Kind("accident")
	const most = number * 3 * 3 * 2 * neighbours
	judged := 0
	of := *rulesOf["accident"]
	of.judge = func(v *verdict, there, here *Entry) {
		if judged++; judged > most {
			t.Fatalf("more than %d pairs judged", most)
		}
		judgeAccident(v, there, here)
	}
	m := &matcher{kind: kind, rules: &of, has: func(string) bool { return true }}
	day := clock.Date(2020, 5, 4)
	make1 := func(side string) (out []Entry) {
		for n := range number {
			e := Entry{Day: day, At: day.Start() + 3_600_000, Amount: 1, Row: n, Record: fmt.Sprint(side, n)}
			e.prepare(kind)
			out = append(out, e)
		}
		return out
	}
	m.there = sorted(make1("there"))
	here := sorted(make1("here"))
	if n := len(m.candidates(m.there[0], newBuckets(here, func(*Entry) []string { return []string{"day=" + day.String()} }))); n != mostPerRow {
		t.Errorf("%d candidates of a row are kept", n)
	}
	m.near(here)
	if judged < number {
		t.Errorf("only %d pairs judged", judged)
	}
}
