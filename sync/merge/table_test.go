package merge

import (
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// remark is an amendment of the field remark at a tick, having seen the given observations.
func remark(id wire.ObsID, tick int64, s string, seen ...wire.ObsID) Obs {
	sortIDs(seen)
	return Obs{
		ID: id, HLC: clock.HLCAt(noon + tick), Act: wire.Amend, Kind: "accident", Grade: clock.Typed,
		Fields: values("remark", text(s)), Seen: seen,
	}
}

func plateCreate() Obs {
	return Obs{
		ID: obsID(0, 1), Moment: noon, HLC: clock.HLCAt(noon), Act: wire.Create, Kind: "plate", Grade: clock.Typed, Officer: "01234",
		Fields: values("unit", text("check-1"), "occurred_at", ms(noon), "plate_type", code("02"),
			"plate_number", schema.Value{Type: schema.TypePlate, S: "冀F8K2M6"}, "business", code("register"), "sets", num(1)),
	}
}

func accident(fields ...any) Obs {
	all := append([]any{"unit", text("squad-1"), "occurred_at", ms(noon), "severity", code("property"),
		"procedure", code("simple"), "dead", num(0)}, fields...)
	return Obs{ID: obsID(0, 1), HLC: clock.HLCAt(noon), Act: wire.Create, Kind: "accident", Grade: clock.Typed, Fields: values(all...)}
}

// The winner of a single field. The create has the remark "a" at tick 0; ids grow with the device's number.
func TestWinnerOfAField(t *testing.T) {
	first := accident("remark", text("a"))
	itself := remark(obsID(1, 2), 1, "b", first.ID, obsID(1, 2)) // impossible in a line, possible in a damaged store
	a, b, c := first.ID, obsID(1, 2), obsID(2, 3)
	for name, x := range map[string]struct {
		more      []Obs
		want      string
		conflicts []wire.ObsID
	}{
		"alone":                               {nil, "a", nil},
		"amended knowingly":                   {[]Obs{remark(b, 1, "b", a)}, "b", nil},
		"an amendment that names itself":      {[]Obs{itself}, "b", nil},
		"corrected by a clock that is behind": {[]Obs{remark(b, -99, "b", a)}, "b", nil},
		"a chain of corrections, clocks falling": {
			[]Obs{remark(b, -1, "b", a), remark(c, -2, "c", b)}, "c", nil},
		"the last saw both": {[]Obs{remark(b, 5, "b"), remark(c, 1, "c", a, b)}, "c", nil},
		"two at once, the later wins": {
			[]Obs{remark(b, 7, "b", a), remark(c, 6, "c", a)}, "b", []wire.ObsID{c}},
		"two at once in the same instant, the greater id wins": {
			[]Obs{remark(b, 7, "b", a), remark(c, 7, "c", a)}, "c", []wire.ObsID{b}},
		"two at once saying the same is no conflict": {
			[]Obs{remark(b, 7, "b", a), remark(c, 6, "b", a)}, "b", nil},
		"an amendment that saw nothing, earlier than the original": {
			[]Obs{remark(b, -3, "b")}, "a", []wire.ObsID{b}},
		"seen before it has arrived": {[]Obs{remark(c, 1, "c", a, b)}, "c", nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := Fold(a.String(), stateOf(append(slices.Clone(x.more), first)), sch)
			if got, _ := v.Fields.Get("remark"); got.S != x.want {
				t.Errorf("remark = %q, want %q", got.S, x.want)
			}
			var by []wire.ObsID
			for _, c := range v.Conflicts {
				by = append(by, c.By)
			}
			if !slices.Equal(by, x.conflicts) {
				t.Errorf("conflicts by %v, want %v", by, x.conflicts)
			}
			if !v.Complete() {
				t.Errorf("faults: %v", v.Faults)
			}
		})
	}
}

func TestClearingAField(t *testing.T) {
	first := accident("remark", text("a"))
	erase := remark(obsID(1, 2), 1, "", first.ID)
	erase.Fields = values("remark", cleared)
	v := Fold(first.ID.String(), stateOf([]Obs{first, erase}), sch)
	if v.Fields.Has("remark") || len(v.Conflicts) != 0 {
		t.Errorf("still there: %+v %+v", v.Fields, v.Conflicts)
	}
	unit := remark(obsID(1, 3), 1, "", first.ID)
	unit.Fields = values("unit", cleared)
	if v = Fold(first.ID.String(), stateOf([]Obs{first, unit}), sch); v.Complete() || v.Unit != "" {
		t.Errorf("a record without its unit counts: %+v", v)
	}
}

// A tablet's empty battery set its clock to 1970, and a phone stands in 2109: both said something about a record of the
// counter at noon, one a minute before and one a minute after, and had seen nothing of each other.
func TestWrongClocksDoNotDecide(t *testing.T) {
	at := func(o Obs, moment int64, hlc clock.HLC) Obs { o.Moment, o.HLC = moment, hlc; return o }
	first := at(accident("remark", text("noon")), noon, clock.HLCAt(noon))
	early := at(remark(obsID(1, 1), 0, "a minute before"), noon-60_000, clock.HLCAt(clock.MaxMs))
	late := at(remark(obsID(2, 1), 0, "a minute after"), noon+60_000, clock.HLCAt(0))
	v := Fold(first.ID.String(), stateOf([]Obs{first, early, late}), sch)
	if got, _ := v.Fields.Get("remark"); got.S != "a minute after" || len(v.Conflicts) != 2 {
		t.Errorf("the remark is %q, with %d conflicts", got.S, len(v.Conflicts))
	}
	same := func(n int, moment int64, hlc clock.HLC) Member {
		o := at(plateCreate(), moment, hlc)
		o.ID = obsID(n, 1)
		v := Fold(o.ID.String(), stateOf([]Obs{o}), sch)
		return v.Member()
	}
	members := []Member{same(0, noon+1, 0), same(1, noon, clock.HLCAt(clock.MaxMs)), same(2, noon+2, clock.HLCAt(noon))}
	if winner, ok := Winner(members, "plate"); !ok || winner != obsID(1, 1).String() {
		t.Errorf("%s counts, of the plates recorded at noon and one and two milliseconds later", winner)
	}
}

func TestVoidAndRestore(t *testing.T) {
	first := accident()
	void := Obs{ID: obsID(1, 2), HLC: clock.HLCAt(noon + 1), Act: wire.Void, Kind: "accident", Reason: "重复", Seen: []wire.ObsID{first.ID}}
	restore := Obs{ID: obsID(0, 3), HLC: clock.HLCAt(noon - 5), Act: wire.Restore, Kind: "accident", Seen: []wire.ObsID{void.ID}}
	blind := Obs{ID: obsID(2, 4), HLC: clock.HLCAt(noon - 5), Act: wire.Restore, Kind: "accident"}
	amend := remark(obsID(0, 5), 9, "x", void.ID)
	for name, x := range map[string]struct {
		obs       []Obs
		void      bool
		conflicts int
	}{
		"void":                                  {[]Obs{first, void}, true, 0},
		"void before its original":              {[]Obs{void, first}, true, 0},
		"restored by a clock that is behind":    {[]Obs{first, void, restore}, false, 0},
		"a restore that saw no void, earlier":   {[]Obs{first, void, blind}, true, 1},
		"an amendment takes no void back":       {[]Obs{first, void, amend}, true, 0},
		"a restore without a void does no harm": {[]Obs{first, blind}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := Fold(first.ID.String(), stateOf(x.obs), sch)
			if v.Void != x.void || v.Member().Eligible == x.void || len(v.Conflicts) != x.conflicts {
				t.Errorf("void = %v, eligible = %v, conflicts %v", v.Void, v.Member().Eligible, v.Conflicts)
			}
			if x.void && v.VoidReason != "重复" {
				t.Errorf("reason %q", v.VoidReason)
			}
		})
	}
}

func TestGroupOfARecord(t *testing.T) {
	plate := plateCreate()
	record := plate.ID.String()
	hq := func(seq uint64, tick int64, act wire.Act, group string, seen ...wire.ObsID) Obs {
		return Obs{ID: obsID(2, seq), HLC: clock.HLCAt(noon + tick), Act: act, Kind: "plate", Group: group, Seen: seen}
	}
	const natural = "plate|02|冀F8K2M6|register|20201215"
	for name, x := range map[string]struct {
		more []Obs
		want string
	}{
		"the event it names":          {nil, natural},
		"linked":                      {[]Obs{hq(2, 1, wire.Link, "g")}, "g"},
		"linked in another spelling":  {[]Obs{hq(2, 1, wire.Link, "ｇ——１\u200b")}, "g-1"},
		"linked to nothing to see":    {[]Obs{hq(2, 1, wire.Link, "\u200b")}, record},
		"separated":                   {[]Obs{hq(2, 1, wire.Separate, "")}, "alone|" + obsID(2, 2).String()},
		"linked, then separated":      {[]Obs{hq(2, 1, wire.Link, "g"), hq(3, 0, wire.Separate, "", obsID(2, 2))}, "alone|" + obsID(2, 3).String()},
		"separated by two at once":    {[]Obs{hq(2, 1, wire.Separate, ""), hq(3, 2, wire.Separate, "")}, "alone|" + obsID(2, 3).String()},
		"two links at once":           {[]Obs{hq(2, 2, wire.Link, "g"), hq(3, 1, wire.Link, "h")}, "g"},
		"amended to another day":      {[]Obs{day(plate.ID)}, "plate|02|冀F8K2M6|register|20201216"},
		"linked stays when amended":   {[]Obs{hq(2, 1, wire.Link, "g"), day(plate.ID)}, "g"},
		"without a number, itself":    {[]Obs{noNumber(plate.ID)}, record},
		"a review leaves it as it is": {[]Obs{hq(2, 1, wire.Review, "")}, natural},
	} {
		t.Run(name, func(t *testing.T) {
			if v := Fold(record, stateOf(append(slices.Clone(x.more), plate)), sch); v.Group != x.want {
				t.Errorf("group %q, want %q", v.Group, x.want)
			}
		})
	}
}

func day(seen wire.ObsID) Obs {
	o := remark(obsID(1, 9), 1, "", seen)
	o.Kind, o.Fields = "plate", values("occurred_at", ms(noon+86400000))
	return o
}

func noNumber(seen wire.ObsID) Obs {
	o := remark(obsID(1, 9), 1, "", seen)
	o.Kind, o.Fields = "plate", values("plate_number", schema.Value{Type: schema.TypePlate, S: "-"})
	return o
}

func TestItems(t *testing.T) {
	first := accident()
	death := Obs{
		ID: obsID(1, 2), HLC: clock.HLCAt(noon + 1), Act: wire.Create, Kind: "casualty", Grade: clock.Typed,
		Fields: values("unit", text("squad-1"), "occurred_at", ms(noon), "died_at", ms(noon+1000)),
	}
	about := func(seq uint64, act wire.Act, fields ...any) Obs {
		return Obs{ID: obsID(1, seq), HLC: clock.HLCAt(noon + 2), Act: act, Kind: "casualty", Item: death.ID,
			Seen: []wire.ObsID{death.ID}, Fields: values(fields...)}
	}
	later := about(3, wire.Amend, "died_at", ms(noon+2000))
	for name, x := range map[string]struct {
		obs            []Obs
		void, complete bool
		died           int64
	}{
		"logged":                       {[]Obs{first, death}, false, true, noon + 1000},
		"on an accident still unknown": {[]Obs{death}, false, true, noon + 1000},
		"amended":                      {[]Obs{first, death, later}, false, true, noon + 2000},
		"amended before it is known":   {[]Obs{first, later}, false, false, noon + 2000},
		"void":                         {[]Obs{first, death, about(4, wire.Void)}, true, true, noon + 1000},
		"cleared":                      {[]Obs{first, death, about(5, wire.Amend, "died_at", cleared)}, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := Fold(first.ID.String(), stateOf(x.obs), sch)
			if len(v.Items) != 1 {
				t.Fatalf("items: %+v", v.Items)
			}
			i := v.Items[0]
			died, _ := i.Fields.Get("died_at")
			if i.ID != death.ID || i.Void != x.void || i.Complete() != x.complete || died.I != x.died {
				t.Errorf("item %+v", i)
			}
			if _, own := v.Fields.Get("died_at"); own || len(v.Member().Items) != map[bool]int{true: 0, false: 1}[x.void] {
				t.Errorf("own fields %v, self items %v", v.Fields, v.Member().Items)
			}
		})
	}
	onPlate := plateCreate()
	v := Fold(onPlate.ID.String(), stateOf([]Obs{onPlate, death}), sch)
	if !v.Complete() || v.Items[0].Complete() || v.Items[0].Faults[0].Code != FaultItemKind {
		t.Errorf("a casualty on a plate: %+v", v)
	}
}

// Observations that do not fit a record are shown and have no effect.
func TestStrays(t *testing.T) {
	first := accident("remark", text("a"))
	other := accident("remark", text("b"))
	other.ID = obsID(2, 7)
	wrong := remark(obsID(1, 8), 5, "c", first.ID)
	wrong.Kind = "plate"
	v := Fold(first.ID.String(), stateOf([]Obs{first, other, wrong}), sch)
	if got, _ := v.Fields.Get("remark"); got.S != "a" || !v.Complete() {
		t.Errorf("remark %q, faults %v", got.S, v.Faults)
	}
	if want := []wire.ObsID{wrong.ID, other.ID}; !slices.Equal(v.Ignored, want) {
		t.Errorf("ignored %v, want %v", v.Ignored, want)
	}
	future := accident()
	future.Kind = "from the future"
	if v := Fold(first.ID.String(), stateOf([]Obs{future}), sch); v.Complete() || v.Faults[0].Code != FaultUnknownKind {
		t.Errorf("an unknown kind counts: %+v", v)
	}
}

// Before its create has arrived a record names no event, whatever its amendments contain.
func TestGroupWithoutACreate(t *testing.T) {
	plate := plateCreate()
	amend := plate
	amend.ID, amend.Act = obsID(1, 2), wire.Amend
	v := Fold(plate.ID.String(), stateOf([]Obs{amend}), sch)
	if v.Group != plate.ID.String() || v.Unit != "check-1" || v.Day != 20201215 {
		t.Errorf("group %q, unit %q, day %d", v.Group, v.Unit, v.Day)
	}
}

// A field unknown to this program's kind stays in the state and out of the view.
func TestFieldsOfAnotherVersion(t *testing.T) {
	plate := plateCreate()
	record, want := plate.ID.String(), plate.Fields
	plate.Fields = plate.Fields.With("from_the_future", text("x"))
	if v := Fold(record, stateOf([]Obs{plate}), sch); !slices.Equal(v.Fields, want) || !v.Complete() {
		t.Errorf("fields %v, faults %v", v.Fields, v.Faults)
	}
}

func TestLeastStampIsTheCreates(t *testing.T) {
	first := accident()
	early, earlier := remark(obsID(1, 2), -1, "x"), remark(obsID(2, 3), -2, "y")
	if v := Fold(first.ID.String(), stateOf([]Obs{first, early}), sch); v.Least != first.Stamp() {
		t.Errorf("with its create: %v", v.Least)
	}
	if v := Fold(first.ID.String(), stateOf([]Obs{early, earlier}), sch); v.Least != earlier.Stamp() {
		t.Errorf("without: %v", v.Least)
	}
}
