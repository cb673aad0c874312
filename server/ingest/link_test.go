package ingest_test

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// accident records an accident without casualties at noon.
func (w *world) accident(d *fleet.Device) wire.ObsID {
	return d.Save(fleet.Observation{Kind: kind("accident"), Act: wire.Create, At: w.now.UnixMilli(), Fields: schema.Values{
		count("dead", 0), {Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: noon.UnixMilli()}},
		text("procedure", schema.TypeCode, "simple"), text("severity", schema.TypeCode, "property"), text("unit", schema.TypeText, d.Unit),
	}})
}

// A–B and B–C become one event, in any order of the links; when the counting record is voided, another record counts.
func TestLinks(t *testing.T) {
	for _, order := range [][][2]int{{{0, 1}, {1, 2}}, {{1, 2}, {0, 1}}, {{2, 0}, {1, 0}}} {
		eachStore(t, func(t *testing.T, w *world) {
			d := w.device("li", "office-1", "clerk")
			var ids []wire.ObsID
			for _, n := range []string{"冀F00001", "冀F00002", "冀F00003"} {
				ids = append(ids, w.plate(d, n, noon))
			}
			w.push(d, wire.Created)
			w.wantSets("", 3)
			for _, pair := range order {
				if _, err := w.in.Link(t.Context(), w.hq, ids[pair[0]].String(), ids[pair[1]].String()); err != nil {
					t.Fatal(err)
				}
			}
			w.wantSets("", 1)
			w.act(d, wire.Void, ids[0], ids[:1])
			w.push(d, wire.Created)
			w.wantSets("", 1)
			if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Separate, Record: ids[2].String()}); err != nil {
				t.Fatal(err)
			}
			w.wantSets("", 2)
		})
	}
}

// The group of two linked records bears the id of one of them. Separated, that record counts for itself all the same; linked
// anew and separated anew too.
func TestTheRecordThatNamesTheGroupIsSeparated(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		a, b := w.plate(d, "冀F00001", noon), w.plate(d, "冀F00002", noon)
		w.push(d, wire.Created)
		for range 2 {
			for _, id := range []wire.ObsID{a, b} {
				if _, err := w.in.Link(t.Context(), w.hq, a.String(), b.String()); err != nil {
					t.Fatal(err)
				}
				w.wantSets("", 1)
				if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Separate, Record: id.String()}); err != nil {
					t.Fatal(err)
				}
				w.wantSets("", 2)
			}
		}
	})
}

// HQ takes the wrong id from a list: an accident and a plate are never one event. The link is refused by name, nothing
// moves, and a third record cannot bring both together.
func TestLinksAcrossKindsAreRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "hq")
		plate := w.plate(d, "冀F00001", noon).String()
		other := w.plate(d, "冀F00002", noon).String()
		accident := w.accident(d).String()
		w.push(d, wire.Created)
		link := func(a, b string) error {
			_, err := w.in.Link(t.Context(), w.hq, a, b)
			return err
		}
		if err := link(plate, other); err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]string{{plate, accident}, {accident, plate}, {accident, other}} {
			refusal := &wire.Error{}
			if err := link(pair[0], pair[1]); !errors.As(err, &refusal) || refusal.Code != wire.CodeKindsDiffer || refusal.HTTP() != 409 || refusal.Retryable {
				t.Errorf("%v: %v", pair, err)
			}
			if !strings.Contains(refusal.Message.ZH, "登记种类不同") || !strings.Contains(refusal.Message.EN, "accident "+accident) {
				t.Errorf("%v: %+v", pair, refusal.Message)
			}
		}
		if rec, err := w.store.Record(t.Context(), accident); err != nil || rec.Group != accident || len(rec.State.Obs) != 1 {
			t.Errorf("the accident is in group %s with %d observations, %v", rec.Group, len(rec.State.Obs), err)
		}
		w.wantSets("", 1)
	})
}

// A link of an accident and a plate was taken before: both count, each as the winner of its kind.
func TestOldLinkAcrossKinds(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "hq", "hq")
		accident, plate := w.accident(d), w.plate(d, "冀F00001", noon)
		w.push(d, wire.Created)
		line := wire.Line{
			V: wire.LineVersion, Kind: "plate", Act: wire.Link, Catalogue: "shunping-2020@1", Officer: "chen",
			Record: plate.String(), Group: accident.String(), Seen: []string{plate.String()},
			Clock: clock.Evidence{HLC: clock.HLCAt(w.now.UnixMilli() + 1000), Boot: "b0000001", Mono: 1, Wall: w.now.UnixMilli()},
		}
		d.SaveRaw(line.Marshal())
		w.push(d, wire.Created)
		if rec, err := w.store.Record(t.Context(), plate.String()); err != nil || rec.Group != accident.String() {
			t.Fatalf("the plate is in group %q, %v", rec.Group, err)
		}
		w.wantSets("", 1)
		if n := w.total("accident_counted", "", 20200101, 20201231); n != 1 {
			t.Errorf("%d accidents count", n)
		}
	})
}
