package tally

import (
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// caseRecord is one record of a hit-and-run case, in days of March 2020; 0 = no value.
type caseRecord struct {
	stamp, opened, solved int
	void, incomplete      bool
}

var caseRecords = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) caseRecord {
	return caseRecord{
		stamp: rapid.IntRange(0, 2).Draw(t, "stamp"), opened: rapid.IntRange(1, 5).Draw(t, "opened"),
		solved: max(0, rapid.IntRange(-20, 31).Draw(t, "solved")),
		void:   rapid.IntRange(0, 3).Draw(t, "void") == 0, incomplete: rapid.IntRange(0, 3).Draw(t, "incomplete") == 0,
	}
}), 1, 5)

// caseViews are the views of the records; the record of a number is the same in every order.
func caseViews(records []caseRecord) (views []merge.View) {
	at := func(day int) schema.Value {
		return schema.Value{Type: schema.TypeTime, I: clock.Date(2020, 3, day).Start()}
	}
	for i, r := range records {
		id := wire.ObsID{Device: "0000000000", Epoch: "epch0000", Seq: uint64(i + 1)}
		v := merge.View{
			Record: id.String(), Kind: "hit_and_run", Unit: "squad-1", Group: "g", Day: 20200301, Void: r.void,
			Least:  merge.Stamp{HLC: clock.HLC(r.stamp), ID: id},
			Fields: schema.Values{{Name: "opened_at", Value: at(r.opened)}},
		}
		if r.solved > 0 {
			v.Shared = schema.Values{{Name: "solved_at", Value: at(r.solved)}}
			v.Fields = append(v.Fields, v.Shared...)
		}
		if r.incomplete {
			v.Faults = schema.Faults{{Code: "required"}}
		}
		views = append(views, v)
	}
	return views
}

// caseRules are the rules of the recount, so that a test can leave one out.
type caseRules struct{ ownOnly, groupFirst, latest, voidLends, incompleteLends, openedShared bool }

// recountCase counts by hand: the first eligible record opens the case; it is solved on that record's own day, else on
// the earliest day of the other eligible records.
func recountCase(records []caseRecord, r caseRules) map[string]int64 {
	winner, solved, opened := -1, 0, 0
	for i, c := range records {
		if !c.void && !c.incomplete && (winner < 0 || c.stamp < records[winner].stamp) {
			winner = i
		}
	}
	if winner < 0 {
		return map[string]int64{}
	}
	for _, c := range records {
		if c.solved == 0 || c.void && !r.voidLends || c.incomplete && !r.incompleteLends {
			continue
		}
		if solved == 0 || c.solved < solved != r.latest {
			solved = c.solved
		}
		if r.openedShared && (opened == 0 || c.opened < opened) {
			opened = c.opened
		}
	}
	if own := records[winner].solved; r.ownOnly || own > 0 && !r.groupFirst {
		solved = own
	}
	if opened == 0 {
		opened = records[winner].opened
	}
	sums := map[string]int64{fmt.Sprintf("2020-03-%02d hit_and_run_opened", opened): 1, "2020-03-01 reported:hit_and_run": 1}
	if solved > 0 {
		sums[fmt.Sprintf("2020-03-%02d hit_and_run_solved", solved)] = 1
	}
	return sums
}

// A case is solved once, on a day that depends on the set of its records and never on their order.
func TestSolvedInAnyRecord(t *testing.T) {
	c := NewCounter(shunping(t))
	rapid.Check(t, func(t *rapid.T) {
		records := caseRecords.Draw(t, "records")
		got := groupSums(c, rapid.Permutation(caseViews(records)).Draw(t, "order"))
		if want := recountCase(records, caseRules{}); !maps.Equal(got, want) {
			t.Fatalf("sums %v, want %v", got, want)
		}
	})
}

func TestBrokenSharingIsSeen(t *testing.T) {
	c := NewCounter(shunping(t))
	for name, broken := range map[string]caseRules{
		"only the record's own day":         {ownOnly: true},
		"the group's day before one's own":  {groupFirst: true},
		"the latest day":                    {latest: true},
		"a void record lends its day":       {voidLends: true},
		"an incomplete record lends a day":  {incompleteLends: true},
		"the opening day is shared as well": {openedShared: true},
	} {
		seen := false
		for seed := 0; seed < 200 && !seen; seed++ {
			records := caseRecords.Example(seed)
			seen = !maps.Equal(groupSums(c, caseViews(records)), recountCase(records, broken))
		}
		if !seen {
			t.Errorf("%s: 200 groups do not show it", name)
		}
	}
}
