package merge

import (
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"roadbook/schema"
	"roadbook/sync/clock"
)

func TestWinnerOfAGroup(t *testing.T) {
	m := func(record string, tick int64, eligible bool) Member {
		return Member{Record: record, Least: Stamp{HLC: clock.HLCAt(noon + tick)}, Eligible: eligible}
	}
	last := func(record string, tick int64, eligible bool) Member {
		self := m(record, tick, eligible)
		self.Last = true
		return self
	}
	for name, x := range map[string]struct {
		members []Member
		want    string
	}{
		"nobody":               {nil, ""},
		"one":                  {[]Member{m("a", 1, true)}, "a"},
		"the first":            {[]Member{m("a", 2, true), m("b", 1, true), m("c", 3, true)}, "b"},
		"the first that may":   {[]Member{m("a", 2, true), m("b", 1, false), m("c", 3, true)}, "a"},
		"none that may":        {[]Member{m("a", 2, false), m("b", 1, false)}, ""},
		"the same stamp twice": {[]Member{m("b", 1, true), m("a", 1, true)}, "a"},

		"the last":              {[]Member{last("a", 2, true), last("b", 1, true), last("c", 3, true)}, "c"},
		"the last that may":     {[]Member{last("a", 2, true), last("b", 1, true), last("c", 3, false)}, "a"},
		"the last, twice":       {[]Member{last("b", 1, true), last("a", 1, true)}, "b"},
		"of two kinds":          {[]Member{last("a", 2, true), m("b", 1, true), last("c", 3, true)}, "b"},
		"of two kinds, one may": {[]Member{last("a", 2, true), m("b", 1, false), last("c", 3, true)}, "c"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				if got, ok := Winner(x.members); got != x.want || ok != (x.want != "") {
					t.Errorf("winner %q %v, want %q", got, ok, x.want)
				}
				slices.Reverse(x.members)
			}
		})
	}
}

// Among tasks with the same key the last counts, as the kind demands; among plates the first counts.
func TestWinnerIsTheKinds(t *testing.T) {
	for kind, want := range map[string]bool{"task": true, "baseline": true, "plate": false, "accident": false} {
		create := plateCreate()
		create.Kind, create.Fields = kind, schema.Values{{Name: "unit", Value: text("hq")}}
		amend := create
		amend.ID, amend.Act = obsID(1, 2), "amend"
		fresh := Fold(create.ID.String(), stateOf([]Obs{create}), sch)
		amended := Fold(create.ID.String(), stateOf([]Obs{create, amend}), sch)
		if fresh.Last != want || amended.Last != want || fresh.Member().Last != want {
			t.Errorf("%s: the last counts is %v, amended %v, of the group %v", kind, fresh.Last, amended.Last, fresh.Member().Last)
		}
	}
}

// Groups were stored before kinds with WinnerLast existed: the stored form reads as "the first".
func TestStoredGroupsStayReadable(t *testing.T) {
	type before struct {
		Record   string
		Least    Stamp
		Eligible bool
		Items    []Item
	}
	old, err := cbor.Marshal([]before{{Record: "a", Eligible: true}})
	if err != nil {
		t.Fatal(err)
	}
	var now []Member
	if err := cbor.Unmarshal(old, &now); err != nil || len(now) != 1 || now[0].Record != "a" || !now[0].Eligible || now[0].Last {
		t.Errorf("%+v, %v", now, err)
	}
	again, err := cbor.Marshal([]Member{{Record: "a", Last: true}})
	if err != nil {
		t.Fatal(err)
	}
	var back []Member
	if err := cbor.Unmarshal(again, &back); err != nil || !back[0].Last {
		t.Errorf("%+v, %v", back, err)
	}
}
