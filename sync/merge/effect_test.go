package merge

import (
	"slices"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

func by(o Obs, s Sender) Obs { o.Sender = s; return o }

var (
	squad1, squad2, squad3 = SenderOf("squad-1"), SenderOf("squad-2"), SenderOf("squad-3")
	hq                     = FromHQ()
)

// Whose accident is it? It was begun by squad-1 with the remark "a"; id 1.9 is the statement in question.
func TestWhoMaySpeakAboutARecord(t *testing.T) {
	first := by(accident("remark", text("a")), squad1)
	says := func(s Sender) Obs { return by(remark(obsID(1, 9), 9, "b", first.ID), s) }
	gives := func(unit string) Obs {
		o := by(remark(obsID(2, 2), 2, "", first.ID), hq)
		o.Fields = values("unit", text(unit))
		return o
	}
	shares := func(device int, seq uint64, s Sender, units ...string) Obs {
		o := by(remark(obsID(device, seq), int64(seq), "a", first.ID), s)
		o.Share = units
		return o
	}
	taken := by(remark(obsID(2, 8), 8, "", first.ID), squad2)
	taken.Fields = values("unit", text("squad-2"), "remark", text("b"))
	takenBack := taken
	takenBack.Sender = Sender{}
	for name, x := range map[string]struct {
		more    []Obs
		want    string
		foreign int
		unit    string
	}{
		"its own unit":                              {[]Obs{says(squad1)}, "b", 0, "squad-1"},
		"HQ":                                        {[]Obs{says(hq)}, "b", 0, "squad-1"},
		"another unit":                              {[]Obs{says(squad2)}, "a", 1, "squad-1"},
		"another unit, released by HQ":              {[]Obs{says(squad2.Join(Sender{}))}, "b", 0, "squad-1"},
		"a device that came from its unit":          {[]Obs{says(SenderOf("squad-2", "squad-1"))}, "b", 0, "squad-1"},
		"a unit that HQ gave the record":            {[]Obs{gives("squad-2"), says(squad2)}, "b", 0, "squad-2"},
		"its first unit, after HQ gave it away":     {[]Obs{gives("squad-2"), says(squad1)}, "b", 0, "squad-2"},
		"a third unit, after HQ gave it away":       {[]Obs{gives("squad-2"), says(squad3)}, "a", 1, "squad-2"},
		"a unit with which it was shared":           {[]Obs{shares(0, 2, squad1, "squad-2"), says(squad2)}, "b", 0, "squad-1"},
		"shared on by that unit":                    {[]Obs{shares(0, 2, squad1, "squad-2"), shares(1, 3, squad2, "squad-3"), says(squad3)}, "b", 0, "squad-1"},
		"a unit that shares it with itself":         {[]Obs{shares(1, 3, squad2, "squad-2"), says(squad2)}, "a", 2, "squad-1"},
		"a device that takes the record":            {[]Obs{taken}, "a", 1, "squad-1"},
		"taken, and released by HQ":                 {[]Obs{takenBack}, "b", 0, "squad-2"},
		"its own unit's device gives it away":       {[]Obs{by(taken, squad1)}, "a", 1, "squad-1"},
		"a unit to which such a device gave it":     {[]Obs{by(taken, squad1), shares(1, 3, squad2, "squad-3")}, "a", 2, "squad-1"},
		"a unit that holds it by a released change": {[]Obs{takenBack, shares(1, 3, squad2, "squad-3"), says(squad3)}, "b", 0, "squad-2"},
	} {
		t.Run(name, func(t *testing.T) {
			all := append(slices.Clone(x.more), first)
			v := Fold(first.ID.String(), stateOf(all), sch)
			if got, _ := v.Fields.Get("remark"); got.S != x.want || len(v.Foreign()) != x.foreign || v.Unit != x.unit {
				t.Errorf("remark %q of %s, foreign %v; want %q of %s, %d", got.S, v.Unit, v.Foreign(), x.want, x.unit, x.foreign)
			}
			if v := Fold(first.ID.String(), stateOf(x.more), sch); len(v.Foreign()) > 0 {
				t.Errorf("foreign before the create has come: %v", v.Foreign())
			}
		})
	}
}

// A foreign void, link, correction of a death, and another unit's death.
func TestWhoMaySpeakAboutAnItem(t *testing.T) {
	first := by(accident(), squad1)
	death := Obs{
		ID: obsID(1, 2), HLC: clock.HLCAt(noon + 1), Act: wire.Create, Kind: "casualty", Grade: clock.Typed, Sender: squad2,
		Fields: values("unit", text("squad-2"), "occurred_at", ms(noon), "died_at", ms(noon+1000)),
	}
	about := func(act wire.Act, s Sender) Obs {
		o := Obs{ID: obsID(2, 3), HLC: clock.HLCAt(noon + 2), Act: act, Kind: "casualty", Item: death.ID, Seen: []wire.ObsID{death.ID}, Sender: s}
		if act == wire.Amend {
			o.Fields = values("died_at", ms(noon+2000))
		}
		return o
	}
	for name, x := range map[string]struct {
		more     []Obs
		died     int64
		void     bool
		complete bool
		foreign  int
	}{
		"added by another unit":               {nil, noon + 1000, false, true, 0},
		"amended by the unit that added it":   {[]Obs{about(wire.Amend, squad2)}, noon + 2000, false, true, 0},
		"void by the unit that added it":      {[]Obs{about(wire.Void, squad2)}, noon + 1000, true, true, 0},
		"void by the accident's unit":         {[]Obs{about(wire.Void, squad1)}, noon + 1000, true, true, 0},
		"void by HQ":                          {[]Obs{about(wire.Void, hq)}, noon + 1000, true, true, 0},
		"void by a third unit":                {[]Obs{about(wire.Void, squad3)}, noon + 1000, false, true, 1},
		"amended by a third unit":             {[]Obs{about(wire.Amend, squad3)}, noon + 1000, false, true, 1},
		"the accident void by the adding one": {[]Obs{{ID: obsID(2, 4), Act: wire.Void, Kind: "accident", Reason: "x", Sender: squad2}}, noon + 1000, false, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := Fold(first.ID.String(), stateOf(append(slices.Clone(x.more), first, death)), sch)
			if len(v.Items) != 1 || v.Void || len(v.Foreign()) != x.foreign {
				t.Fatalf("items %+v, void %v, foreign %v", v.Items, v.Void, v.Foreign())
			}
			i := v.Items[0]
			if died, _ := i.Fields.Get("died_at"); died.I != x.died || i.Void != x.void || i.Complete() != x.complete {
				t.Errorf("item %+v", i)
			}
		})
	}
	ours := by(death, squad1)
	if v := Fold(first.ID.String(), stateOf([]Obs{first, ours, about(wire.Void, squad2)}), sch); v.Items[0].Void || len(v.Foreign()) != 1 {
		t.Errorf("another unit voids the death that the accident's unit added: %+v", v.Items)
	}
}

// Whoever mends a road says so on the hazard that a squad found; nothing else of it.
func TestFieldsThatEveryUnitMayWrite(t *testing.T) {
	first := by(Obs{ID: obsID(0, 1), HLC: clock.HLCAt(noon), Act: wire.Create, Kind: "hazard", Grade: clock.Typed,
		Fields: values("unit", text("squad-1"), "occurred_at", ms(noon), "category", code("other"), "found_at", ms(noon))}, squad1)
	amend := func(pairs ...any) Obs {
		return Obs{ID: obsID(1, 2), HLC: clock.HLCAt(noon + 5), Act: wire.Amend, Kind: "hazard", Sender: squad2,
			Seen: []wire.ObsID{first.ID}, Fields: values(pairs...)}
	}
	for name, x := range map[string]struct {
		o    Obs
		want bool
	}{
		"fixed":              {amend("fixed_at", ms(noon+5)), true},
		"fixed and verified": {amend("fixed_at", ms(noon+5), "verified_at", ms(noon+6)), true},
		"and more":           {amend("fixed_at", ms(noon+5), "category", code("sign")), false},
		"nothing":            {amend(), false},
	} {
		v := Fold(first.ID.String(), stateOf([]Obs{first, x.o}), sch)
		if got := v.Fields.Has("fixed_at"); got != x.want || (len(v.Foreign()) == 0) != x.want {
			t.Errorf("%s: fixed %v, foreign %v", name, got, v.Foreign())
		}
	}
}

// The observation that gave a unit the record is named, for the note to the device that was told to wait.
func TestAdmittedNamesTheGivingAct(t *testing.T) {
	first, waits := by(accident(), squad1), by(remark(obsID(1, 9), 9, "b"), squad2)
	share := by(remark(obsID(0, 2), 1, "a"), squad1)
	share.Share = []string{"squad-2"}
	v := Fold(first.ID.String(), stateOf([]Obs{waits, share, first}), sch)
	if want := []Admitted{{waits.ID, share.ID}}; !slices.Equal(v.Admitted(), want) || !slices.Equal(v.Units(), []string{"squad-1", "squad-2"}) {
		t.Errorf("admitted %v, units %v", v.Admitted(), v.Units())
	}
	if v := Fold(first.ID.String(), stateOf([]Obs{by(waits, squad1), first}), sch); v.Admitted() != nil || v.Units() != nil {
		t.Errorf("of its own unit: admitted %v, units %v", v.Admitted(), v.Units())
	}
}
