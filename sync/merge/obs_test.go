package merge

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// wholeValue has a type that this program does not know yet.
func wholeValue() schema.Value { return schema.Value{Type: 200, I: -7, S: "新"} }

func TestFromLine(t *testing.T) {
	plate, _ := sch.Kind("plate")
	id, a, b := obsID(0, 3), obsID(1, 1), obsID(0, 1)
	fields := values("unit", text("check-1"), "occurred_at", ms(1000))
	line := wire.Line{
		Kind: "plate", Act: wire.Amend, Officer: "01234", Record: b.String(), Item: a.String(),
		Seen: []string{a.String(), b.String(), a.String()}, Group: "g", Reason: "r",
		Clock: clock.Evidence{HLC: 77, Boot: "boot0000", Mono: 500, Wall: 90_000, Known: 60_000},
	}
	typed := Obs{
		ID: id, Moment: 200_500, HLC: 77, Act: wire.Amend, Kind: "plate", Item: a, Seen: []wire.ObsID{b, a},
		Fields: fields, Grade: clock.Typed, Group: "g", Reason: "r", Officer: "01234",
	}
	filled := func(at int64, grade clock.Grade) Obs {
		o := typed
		o.Moment, o.Fields, o.Grade = at, fields.With("occurred_at", ms(at)), grade
		return o
	}
	for name, x := range map[string]struct {
		auto []string
		boot clock.Boot
		want Obs
	}{
		"typed by a person: never corrected": {nil, clock.Boot{Base: 200_000}, typed},
		"filled in, base known":              {[]string{"occurred_at"}, clock.Boot{Base: 200_000}, filled(200_500, clock.Exact)},
		"filled in, never connected":         {[]string{"occurred_at"}, clock.Boot{Ceiling: 80_000}, filled(80_000, clock.Estimated)},
		"another field filled in":            {[]string{"unit", "remark"}, clock.Boot{Base: 200_000}, typed},
	} {
		line.Auto = x.auto
		if got := FromLine(id, &line, plate, fields, x.boot); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, x.want)
		}
	}
	if at, _ := fields.Get("occurred_at"); at.I != 1000 {
		t.Error("the line's own values were changed")
	}
	accident, _ := sch.Kind("accident")
	closed := values("closed_at", ms(1000))
	line.Auto = []string{"closed_at"}
	if got := FromLine(id, &line, accident, closed, clock.Boot{Base: 200_000}); !slices.Equal(got.Fields, closed) {
		t.Errorf("a time that no device may fill in was corrected: %v", got.Fields)
	}
	void := FromLine(id, &wire.Line{Act: wire.Void, Auto: []string{"occurred_at"}}, plate, nil, clock.Boot{})
	if void.Grade != "" || void.Fields != nil || void.Seen != nil {
		t.Errorf("an act without fields: %+v", void)
	}
}

func TestRecordOf(t *testing.T) {
	id, other := obsID(0, 3), obsID(1, 1).String()
	if got := RecordOf(id, &wire.Line{}); got != id.String() {
		t.Errorf("a record begins: %q", got)
	}
	if got := RecordOf(id, &wire.Line{Record: other}); got != other {
		t.Errorf("about another: %q", got)
	}
}

func TestIsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := obsID(rapid.IntRange(0, 2).Draw(t, "device"), rapid.Uint64().Draw(t, "seq"))
		record := id.String()
		if !isRecord(id, record) {
			t.Fatalf("%v is not itself", id)
		}
		i := rapid.IntRange(0, len(record)-1).Draw(t, "changed")
		other := []byte(record)
		other[i] ^= 1
		if isRecord(id, string(other)) || isRecord(id, record[:i]) || isRecord(id, record+"0") {
			t.Fatalf("%v is also %s", id, other)
		}
	})
}

func TestStampsAreATotalOrder(t *testing.T) {
	stamps := []Stamp{
		{7, 9, obsID(2, 9)}, {8, 1, obsID(2, 9)}, {8, 2, obsID(0, 1)}, {8, 2, obsID(0, 2)}, {8, 2, obsID(1, 1)}, {8, 3, obsID(0, 1)},
		{9, 0, obsID(0, 1)},
	}
	for i, a := range stamps {
		for j, b := range stamps {
			if want := map[bool]int{true: -1}[i < j] + map[bool]int{true: 1}[i > j]; a.Compare(b) != want {
				t.Errorf("%d against %d: %d", i, j, a.Compare(b))
			}
		}
	}
	if !slices.IsSortedFunc(stamps, Stamp.Compare) {
		t.Error("not sorted")
	}
}
