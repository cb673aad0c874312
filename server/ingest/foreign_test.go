package ingest_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// share lets a device share a record with units.
func (w *world) share(d *fleet.Device, id wire.ObsID, units ...string) wire.ObsID {
	return d.Save(fleet.Observation{
		Kind: kind("plate"), Act: wire.Amend, At: w.now.UnixMilli(), Record: id.String(), Seen: []string{id.String()}, Share: units,
		Fields: schema.Values{text("remark", schema.TypeText, "协查")},
	})
}

// give lets HQ give a record to a unit.
func (w *world) give(id wire.ObsID, unit string) wire.ObsID {
	w.t.Helper()
	fields := json.RawMessage(`{"unit":"` + unit + `"}`)
	if _, err := w.in.Do(w.t.Context(), w.hq, ingest.Act{Act: wire.Amend, Record: id.String(), Fields: fields}); err != nil {
		w.t.Fatal(err)
	}
	rec, err := w.store.Record(w.t.Context(), id.String())
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(rec.State.Obs, func(o merge.Obs) bool { u, ok := o.Fields.Get("unit"); return ok && u.S == unit && o.Sender.HQ() })
	return rec.State.Obs[i].ID
}

// listed are all quarantined and released lines, notes about accepted lines among them.
func (w *world) listed() (all []store.Quarantined) {
	w.t.Helper()
	for _, released := range []bool{false, true} {
		for q, err := range store.AllQuarantined(w.t.Context(), w.store, wire.StreamID{}, released) {
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, *q)
		}
	}
	return all
}

// notes lists the quarantined and the released lines: "ID code" and "ID code released".
func (w *world) notes() (out []string) {
	w.t.Helper()
	for _, q := range w.listed() {
		text := q.ID.String() + " " + q.Faults[0].Code
		if q.Released != "" {
			text += " released by " + q.Released
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func (w *world) wantNotes(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.notes(); !slices.Equal(got, want) {
		w.t.Errorf("listed are\n%q, want\n%q", got, want)
	}
}

// sendAs sends the waiting lines of a device that had been given units before its present one.
func (w *world) sendAs(d *fleet.Device, want wire.Status, unit string, earlier ...string) {
	w.t.Helper()
	f, as := d.Next(), who(d)
	as.Unit, as.Earlier = unit, earlier
	a, err := w.in.Sync(w.t.Context(), as, d.Request(f, w.now.UnixMilli()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.wantStatuses(a, want)
	if err := d.Acknowledge(f, a); err != nil {
		w.t.Fatal(err)
	}
}

// A clerk of office-2 corrects a plate of office-1: the correction waits, listed, for HQ, for a share, or for the record to
// become office-2's; then it takes effect by itself.
func TestAnotherUnitsRecord(t *testing.T) {
	for name, admit := range map[string]func(w *world, li *fleet.Device, plate, change wire.ObsID) (by wire.ObsID, unit string){
		"released": func(w *world, _ *fleet.Device, _, change wire.ObsID) (wire.ObsID, string) {
			w.release(change)
			q := w.listed()
			by, _ := wire.ParseObsID(q[0].Released)
			return by, "office-1"
		},
		"shared": func(w *world, li *fleet.Device, plate, _ wire.ObsID) (wire.ObsID, string) {
			by := w.share(li, plate, "office-2")
			w.push(li, wire.Created)
			return by, "office-1"
		},
		"given": func(w *world, _ *fleet.Device, plate, _ wire.ObsID) (wire.ObsID, string) {
			return w.give(plate, "office-2"), "office-2"
		},
	} {
		for _, early := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				eachStore(t, func(t *testing.T, w *world) {
					li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
					plate := w.plate(li, "冀F00001", noon)
					w.now = w.now.Add(1000)
					change := w.amend(wang, plate, []wire.ObsID{plate}, count("sets", 2))
					if early { // the correction comes before the plate
						w.push(wang, wire.Created)
						w.wantNotes()
						w.push(li, wire.Created)
					} else {
						w.push(li, wire.Created)
						w.push(wang, wire.Created)
					}
					w.wantSets("", 1)
					w.wantNotes(change.String() + " foreign_unit")
					by, unit := admit(w, li, plate, change)
					w.wantNotes(change.String() + " foreign_unit released by " + by.String())
					w.wantSets(unit, 2)
					w.rebuild()
					w.wantSets(unit, 2)
				})
			})
		}
	}
}

// A frame of before the rule counts as it did.
func TestFramesOfOlderRulesMayChangeEveryRecord(t *testing.T) {
	eachStore(t, func(t *testing.T, from *world) {
		li, wang := from.device("li", "office-1", "clerk"), from.device("wang", "office-2", "clerk")
		plate := from.plate(li, "冀F00001", noon)
		from.push(li, wire.Created)
		from.amend(wang, plate, []wire.ObsID{plate}, count("sets", 2))
		from.push(wang, wire.Created)
		from.wantSets("", 1)
		eachStore(t, func(t *testing.T, to *world) {
			for _, f := range storedFrames(from).([]store.Frame) {
				f.Rules, f.Earlier = 0, nil
				if err := to.in.Replay(t.Context(), f, nil); err != nil {
					t.Fatal(err)
				}
			}
			to.wantSets("office-1", 2)
			to.wantNotes()
		})
	})
}

// A device changes its record's unit: HQ alone does that, so the line waits for HQ.
func TestADeviceGivesItsRecordAway(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li := w.device("li", "office-1", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		taken := w.amend(li, plate, []wire.ObsID{plate}, text("unit", schema.TypeText, "office-2"), count("sets", 3))
		w.push(li, wire.Quarantined)
		w.wantNotes(taken.String() + " unit_by_hq")
		w.wantSets("office-1", 1)
		w.release(taken)
		w.wantSets("office-2", 3)
	})
}

// A hostile device of another unit sends 511 corrections of a plate: the plate's own unit still corrects it, and HQ voids
// it; the corrections beyond the device's room are told.
func TestARecordIsNotFilledByAnother(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, bad := w.device("li", "office-1", "clerk"), w.device("bad", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		for range 511 {
			w.amend(bad, plate, nil, count("sets", 9))
		}
		for f := bad.Next(); f != nil; f = bad.Next() {
			if err := bad.Acknowledge(f, w.send(bad, f)); err != nil {
				t.Fatal(err)
			}
		}
		w.amend(li, plate, []wire.ObsID{plate}, count("sets", 2))
		w.push(li, wire.Created)
		w.wantSets("office-1", 2)
		told := map[string]int{}
		for _, q := range w.listed() {
			told[q.Faults[0].Code]++
		}
		if told["foreign_unit"] != merge.MaxPerOther || told["record_full"] != 511-merge.MaxPerOther {
			t.Errorf("told: %v", told)
		}
		full := w.listed()[slices.IndexFunc(w.listed(), func(q store.Quarantined) bool { return q.Faults[0].Code == "record_full" })]
		var refused *wire.Error
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Release, Target: full.ID.String()}); !errors.As(err, &refused) || refused.Code != wire.CodeRecordFull {
			t.Errorf("released without room: %v", err)
		}
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Void, Record: plate.String(), Reason: "查"}); err != nil {
			t.Fatal(err)
		}
		w.wantSets("", 0)
	})
}

// A share names units; nonsense is not kept as a name.
func TestSharesAreNames(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li := w.device("li", "office-1", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		w.share(li, plate, "a|b")
		w.share(li, plate, slices.Repeat([]string{"office-2"}, 17)...)
		a := w.send(li, li.Next())
		w.wantStatuses(a, wire.Quarantined, wire.Quarantined)
		for i, want := range []string{"bad_share", "too_long"} {
			if got := a.Results[i].Faults[0].Code; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

// A shared record reaches the other unit; a correction without effect reaches nobody, and its device is told, also of the
// correction's taking effect.
func TestPullOfForeignObservations(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		change := w.amend(wang, plate, []wire.ObsID{plate}, count("sets", 2))
		w.push(wang, wire.Created)
		p := &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: "e", Now: func() time.Time { return w.now }}
		cursor := ""
		wantFates := func(want ...string) {
			t.Helper()
			news, err := p.Pull(t.Context(), change.Stream(), "office-2", &wire.Pull{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range news.Fates {
				got = append(got, f.ID+" "+f.Status)
			}
			if cursor = news.Cursor; !slices.Equal(got, want) {
				t.Errorf("fates %v, want %v", got, want)
			}
		}
		wantFates(change.String() + " quarantined")
		wantFates()
		third := w.device("zhao", "office-3", "clerk")
		if got := w.pulledRecords(third); len(got) > 0 {
			t.Errorf("office-3 got lines of %v", got)
		}
		for _, o := range w.pulled(w.device("sun", "office-1", "clerk")) {
			if o == change {
				t.Error("the unit of the plate got a correction without effect")
			}
		}
		w.share(li, plate, "office-2", "office-3")
		w.push(li, wire.Created)
		wantFates(change.String() + " released")
		if got := w.pulledRecords(third); !sameIDs(got, []wire.ObsID{plate}) {
			t.Errorf("office-3 got lines of %v, want the shared plate", got)
		}
		if got := w.pulled(w.device("sun", "office-1", "clerk")); !slices.Contains(got, change) {
			t.Errorf("the unit of the plate got %v, want the correction too", got)
		}
	})
}
