package merge

import (
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// caseOf is a complete create of a hit-and-run case at a tick. solved 0: not solved.
func caseOf(device int, tick, solved int64) Obs {
	fields := values("unit", text("squad-1"), "occurred_at", ms(noon), "case_number", text("TY-1"), "opened_at", ms(noon))
	if solved > 0 {
		fields = fields.With("solved_at", ms(solved))
	}
	return Obs{ID: obsID(device, 1), HLC: clock.HLCAt(noon + tick), Act: "create", Kind: "hit_and_run", Grade: clock.Typed, Fields: fields}
}

// What a record of a case lends to its group: by hand, for each state of the record.
func TestSharedByARecord(t *testing.T) {
	solved := caseOf(0, 0, noon+5)
	amend := Obs{ID: obsID(0, 2), HLC: clock.HLCAt(noon + 1), Act: "amend", Kind: "hit_and_run", Fields: values("opened_at", ms(noon), "solved_at", ms(noon+7))}
	reopened := Obs{ID: obsID(0, 3), HLC: clock.HLCAt(noon + 2), Act: "amend", Kind: "hit_and_run", Fields: values("opened_at", ms(noon), "solved_at", cleared)}
	spoil := Obs{ID: obsID(0, 4), HLC: clock.HLCAt(noon + 3), Act: "amend", Kind: "hit_and_run", Fields: values("case_number", cleared)}
	void := Obs{ID: obsID(0, 5), HLC: clock.HLCAt(noon + 4), Act: "void", Kind: "hit_and_run"}
	for name, x := range map[string]struct {
		obs  []Obs
		want schema.Values
	}{
		"open":                           {[]Obs{caseOf(0, 0, 0)}, nil},
		"solved":                         {[]Obs{solved}, values("solved_at", ms(noon+5))},
		"solved in an amendment":         {[]Obs{caseOf(0, 0, 0), amend}, values("solved_at", ms(noon+7))},
		"cleared":                        {[]Obs{solved, reopened}, nil},
		"void":                           {[]Obs{solved, void}, nil},
		"without a case number":          {[]Obs{solved, spoil}, nil},
		"its create has not arrived":     {[]Obs{amend}, nil},
		"a plate, which shares no field": {[]Obs{plateCreate()}, nil},
	} {
		v := Fold(obsID(0, 1).String(), stateOf(x.obs), sch)
		if got := v.Member().Shared; !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

// Of two records that lend the same day, the source shown is the smaller record, whatever the order.
func TestLentTwiceTheSame(t *testing.T) {
	first := Fold(obsID(0, 1).String(), stateOf([]Obs{caseOf(0, 0, 0)}), sch)
	b := Fold(obsID(1, 1).String(), stateOf([]Obs{caseOf(1, 1, noon+5)}), sch)
	c := Fold(obsID(2, 1).String(), stateOf([]Obs{caseOf(2, 2, noon+5)}), sch)
	group := []Member{c.Member(), b.Member(), first.Member()}
	for range 2 {
		lent := LentTo(&first, group)
		if len(lent) != 1 || lent[0].Record != b.Record || lent[0].Value != ms(noon+5) {
			t.Errorf("%+v", lent)
		}
		slices.Reverse(group)
	}
	counted, ok := Counted(&first, group)
	if at, _ := counted.Fields.Get("solved_at"); !ok || at != ms(noon+5) || first.Fields.Has("solved_at") {
		t.Errorf("counted with %v, the record itself says %v", counted.Fields, first.Fields)
	}
}
