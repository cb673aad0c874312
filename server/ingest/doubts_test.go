package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// told are the doubts of the answer to the device's next frame, as "seq code other".
func (w *world) told(d *fleet.Device) string {
	w.t.Helper()
	f := d.Next()
	a := w.send(d, f)
	if err := d.Acknowledge(f, a); err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, told := range a.Doubts {
		out = append(out, strings.TrimSpace(fmt.Sprint(told.Seq-f.First+1, " ", told.Code, " ", told.Other)))
	}
	return strings.Join(out, ", ")
}

// The answer to a frame tells the doubts that are known at once. Of another unit's record a device learns that there is one, and no
// more; its own record is named.
func TestDoubtsInTheAnswer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		lists := map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}, schema.ListUnit: {{Value: "office-1"}, {Value: "office-2"}}}
		w.reference = func(context.Context) (*schema.Reference, error) { return schema.NewReference(lists), nil }
		w.open("shunping-2020@1")
		a, b := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk")
		first := w.plate(a, "冀F00001", noon)
		w.plate(a, "冀F00002", noon.AddDate(1, 0, 0)) // a year without targets
		if got := w.told(a); got != "2 no_targets, 2 far_future" {
			t.Errorf("the first counter is told %q", got)
		}
		twice := w.plate(b, "冀F00001", noon)
		w.plate(b, "冀F00003", noon)
		if got := w.told(b); got != "1 duplicate" {
			t.Errorf("the second counter is told %q", got)
		}
		w.plate(a, "冀F00001", noon)
		if got := w.told(a); got != "1 duplicate "+first.String() {
			t.Errorf("the first counter, once more, is told %q", got)
		}
		w.plate(b, "冀F00004", noon)
		w.plate(b, "冀F00004", noon)
		if got := w.told(b); !strings.HasPrefix(got, "1 repeated "+b.ID) || !strings.Contains(got, ", 2 duplicate "+b.ID) {
			t.Errorf("twice in one frame: %q", got)
		}
		w.act(b, wire.Void, twice, []wire.ObsID{twice})
		if got := w.told(b); got != "" {
			t.Errorf("a void is told %q", got)
		}
		lists = map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}, schema.ListUnit: {{Value: "office-1"}}}
		w.amend(b, twice, []wire.ObsID{twice}, text("remark", schema.TypeText, "补"))
		w.plate(b, "冀F00005", noon)
		if got := w.told(b); got != "2 unknown_unit" {
			t.Errorf("an amended void record and a unit that closed: %q", got)
		}
	})
}

// HQ linked two plates: that pair is settled, and an amendment of the record that counts brings no word of it.
func TestLinkedPairIsNoDoubtInTheAnswer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		lists := map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}}
		w.reference = func(context.Context) (*schema.Reference, error) { return schema.NewReference(lists), nil }
		w.open("shunping-2020@1")
		d := w.device("li", "office-1", "clerk")
		first, later := w.plate(d, "冀F00001", noon), w.plate(d, "冀F00001", noon.AddDate(0, 0, 3))
		if got := w.told(d); got != "" {
			t.Errorf("two days apart: %q", got)
		}
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Link, Record: later.String(), With: first.String()}); err != nil {
			t.Fatal(err)
		}
		w.amend(d, first, []wire.ObsID{first}, text("remark", schema.TypeText, "补"))
		if got := w.told(d); got != "" {
			t.Errorf("linked by HQ: %q", got)
		}
		again := w.plate(d, "冀F00001", noon)
		w.amend(d, first, []wire.ObsID{first}, text("remark", schema.TypeText, "再补"))
		if got := w.told(d); got != "1 duplicate "+first.String()+", 2 repeated "+again.String() {
			t.Errorf("typed once more: %q", got)
		}
	})
}

// A casualty's doubt is told at the casualty's line, whose record came before.
func TestDoubtsOfItemsInTheAnswer(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	w.reference = func(context.Context) (*schema.Reference, error) {
		return schema.NewReference(map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}}), nil
	}
	w.open("shunping-2020@1")
	d := w.device("zhao", "squad-1", "officer")
	at := func(name string, days int) schema.Named {
		return schema.Named{Name: name, Value: schema.Value{Type: schema.TypeTime, I: noon.AddDate(0, 0, days).UnixMilli()}}
	}
	fields := schema.Values{at("occurred_at", 0), text("unit", schema.TypeText, "squad-1"), text("severity", schema.TypeCode, "injury"), text("procedure", schema.TypeCode, "general"), count("dead", 0)}
	fields.Sort()
	id := d.Save(fleet.Observation{Kind: kind("accident"), Act: wire.Create, At: w.now.UnixMilli(), Fields: fields})
	if got := w.told(d); got != "" {
		t.Errorf("the accident is told %q", got)
	}
	for _, days := range []int{3, -1, 9} {
		c := schema.Values{at("died_at", days), at("occurred_at", days), text("unit", schema.TypeText, "squad-1")}
		d.Save(fleet.Observation{Kind: kind("casualty"), Act: wire.Create, At: w.now.UnixMilli(), Record: id.String(), Fields: c})
	}
	if got := w.told(d); got != "2 death_before, 3 death_late" {
		t.Errorf("the deaths are told %q", got)
	}
}
