package ingest_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// spellings of one document number, as copies from chats, pages, files and input methods give it.
var spellings = []string{
	"1306-0001", "1306-0001\u200b", "13\u00ad06-0001", "\ufeff1306-0001", "\u202d1306-0001\u202c",
	"1306-0001\ufe0f", "１３０６－０００１", "1306–0001", "1306——0001",
}

func fine(d *fleet.Device, w *world, number string) wire.ObsID {
	at := w.now.UnixMilli()
	return d.Save(fleet.Observation{Kind: kind("enforcement"), Act: wire.Create, At: at, Fields: fineFields(d.Unit, number, at)})
}

func fineFields(unit, number string, at int64) schema.Values {
	vs := schema.Values{
		text("unit", schema.TypeText, unit), {Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: at}},
		text("violation_code", schema.TypeText, "1344"), text("plate_number", schema.TypePlate, "冀F8K2M6"),
		text("road_type", schema.TypeCode, "12"), text("action", schema.TypeCode, "fine"),
		text("document_number", schema.TypeText, number),
	}
	vs.Sort()
	return vs
}

// groupSizes counts the records of each group.
func groupSizes(t testing.TB, s store.Store) map[string]int {
	recs, err := s.ScanRecords(t.Context(), store.RecordQuery{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, r := range recs {
		out[r.Group]++
	}
	return out
}

// Nine spellings of one document number, from two squads, are one event, and a single record counts. The lines stay as
// signed: each record is named by the hash of its own bytes.
func TestNineSpellingsCountOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		east, west := w.device("east", "east", "officer"), w.device("west", "west", "officer")
		ids := map[wire.ObsID]bool{}
		for i, s := range spellings {
			ids[fine([]*fleet.Device{east, west}[i%2], w, s)] = true
		}
		w.push(west, wire.Created)
		w.push(east, wire.Created)
		if got := groupSizes(t, w.store); len(got) != 1 || got["enforcement|1306-0001"] != 9 || len(ids) != 9 {
			t.Errorf("the groups are %v, of %d lines", got, len(ids))
		}
		if got := w.total("enforcement_on_site", "", 20200101, 20201231); got != 1 {
			t.Errorf("%d cases count", got)
		}
		fine(east, w, "1306-0002")
		w.push(east, wire.Created)
		if got := w.total("enforcement_on_site", "", 20200101, 20201231); got != 2 {
			t.Errorf("%d cases count with another number", got)
		}
	})
}

// Whatever the order of arrival, the spellings give the same groups and sums.
func TestSpellingsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, openSimulated(t))
		all := rapid.Permutation(spellings).Draw(rt, "order")
		for i, s := range all[:rapid.IntRange(1, len(all)).Draw(rt, "many")] {
			d := w.device(fmt.Sprint("squad", i), fmt.Sprint("squad-", i), "officer")
			fine(d, w, s)
			w.push(d, wire.Created)
		}
		if got := w.total("enforcement_on_site", "", 20200101, 20201231); got != 1 || len(groupSizes(t, w.store)) != 1 {
			rt.Fatalf("%d count", got)
		}
	})
}

// A unit that was written in full width when its devices were enrolled is still the unit of their lines, in whatever
// spelling; its sums stand under one name.
func TestUnitInAnySpelling(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		old, now := w.device("a", "ｃｈｅｃｋ－１", "clerk"), w.device("b", "check-1", "clerk")
		w.plate(old, "冀F00001", w.now)
		w.plate(now, "冀F00002", w.now)
		now.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: w.now.UnixMilli(), Fields: plateFields("check\u20111", "冀F00003", w.now)})
		w.push(old, wire.Created)
		w.push(now, wire.Created)
		w.wantSets("check-1", 3)
	})
}
