package merge

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// A group has one winner of each kind. A member is written as kind, record and tick: "accident a 2"; "-" at the end: it
// may not count. The record that counts is compared both ways: by the members, and by each record's own view.
func TestWinnerOfAGroup(t *testing.T) {
	for name, x := range map[string]struct {
		members string
		want    map[string]string // winner by kind
	}{
		"nobody":               {"", nil},
		"one":                  {"plate a 1", map[string]string{"plate": "a"}},
		"the first":            {"plate a 2, plate b 1, plate c 3", map[string]string{"plate": "b"}},
		"the first that may":   {"plate a 2, plate b 1 -, plate c 3", map[string]string{"plate": "a"}},
		"none that may":        {"plate a 2 -, plate b 1 -", nil},
		"the same stamp twice": {"plate b 1, plate a 1", map[string]string{"plate": "a"}},

		"the last":          {"task a 2, task b 1, task c 3", map[string]string{"task": "c"}},
		"the last that may": {"task a 2, task b 1, task c 3 -", map[string]string{"task": "a"}},
		"the last, twice":   {"task b 1, task a 1", map[string]string{"task": "b"}},

		"an accident linked with a plate": {"accident a 1, plate b 2", map[string]string{"accident": "a", "plate": "b"}},
		"the first and the last":          {"task a 2, plate b 1, task c 3, plate d 4", map[string]string{"task": "c", "plate": "b"}},
		"another kind may not":            {"task a 2, plate b 1 -, task c 3", map[string]string{"task": "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			members := membersOf(t, x.members)
			for range 2 {
				for _, kind := range []string{"plate", "accident", "task"} {
					if got, ok := Winner(members, kind); got != x.want[kind] || ok != (x.want[kind] != "") {
						t.Errorf("of %s wins %q, want %q", kind, got, x.want[kind])
					}
				}
				for _, m := range members {
					if got := Counts(viewOf(m), members); got != (x.want[m.Kind] == m.Record) {
						t.Errorf("%s %s counts: %v", m.Kind, m.Record, got)
					}
				}
				slices.Reverse(members)
			}
		})
	}
}

func membersOf(t *testing.T, text string) (out []Member) {
	t.Helper()
	for one := range strings.SplitSeq(text, ", ") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		tick, err := strconv.Atoi(words[2])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Member{
			Kind: words[0], Record: words[1], Least: Stamp{HLC: clock.HLCAt(noon + int64(tick))},
			Last: words[0] == "task", Eligible: len(words) == 3,
		})
	}
	return out
}

// viewOf is a view of a record that says m to its group.
func viewOf(m Member) *View {
	return &View{Record: m.Record, Kind: m.Kind, Least: m.Least, Last: m.Last, Void: !m.Eligible}
}

// The record's own entry in the group may be missing or older than the view: the view decides.
func TestTheViewDecidesAboutItself(t *testing.T) {
	self, other := membersOf(t, "plate a 1")[0], membersOf(t, "plate b 2")[0]
	old := self
	old.Eligible = false
	for name, group := range map[string][]Member{"missing": {other}, "older": {old, other}, "alone": nil} {
		if v := viewOf(self); !Counts(v, group) {
			t.Errorf("%s: does not count", name)
		}
		if v := viewOf(old); Counts(v, append(group, self)) {
			t.Errorf("%s: counts though it is void", name)
		}
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
		if m := fresh.Member(); fresh.Last != want || amended.Last != want || m.Last != want || m.Kind != kind {
			t.Errorf("%s: the last counts is %v, amended %v, of the group %+v", kind, fresh.Last, amended.Last, m)
		}
	}
}

// Groups were stored before members told their kind, or whether the last counts.
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
	if err := cbor.Unmarshal(old, &now); err != nil || len(now) != 1 || now[0].Record != "a" || !now[0].Eligible || now[0].Last || now[0].Kind != "" {
		t.Errorf("%+v, %v", now, err)
	}
	again, err := cbor.Marshal([]Member{{Record: "a", Last: true, Kind: "task"}})
	if err != nil {
		t.Fatal(err)
	}
	var back []Member
	if err := cbor.Unmarshal(again, &back); err != nil || !back[0].Last || back[0].Kind != "task" {
		t.Errorf("%+v, %v", back, err)
	}
}
