package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/query"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// A device reads answers up to 16 MiB. The observations of one unit may be much more: they arrive in parts, complete.
func TestPullComesInParts(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d, other := w.device("li", "office-1", "clerk"), w.device("wu", "office-1", "clerk")
		const lines = 320 // of 60 KiB each, mostly spaces: the signed bytes of a line are kept
		for i := range lines {
			sender := w.device("li", "office-1", "clerk")
			w.plate(sender, fmt.Sprintf("冀F%05d", i), noon)
			raw := sender.Frame(0, 1).Lines[0]
			d.SaveRaw([]byte(string(raw) + strings.Repeat(" ", 60<<10-len(raw))))
		}
		w.push(d, wire.Created)
		p := &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: "e", Now: func() time.Time { return w.now }}
		got, cursor := map[string]bool{}, ""
		for more := true; more; {
			part, err := p.Pull(t.Context(), other.Frame(0, 0).Stream, "office-1", &wire.Pull{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			body, err := wire.EncodeAnswer(&wire.Answer{Pull: part}, wire.Identity)
			if err != nil || len(body) > 16<<20 {
				t.Fatalf("an answer of %d bytes, %v", len(body), err)
			}
			for _, o := range part.Observations {
				got[o.ID] = true
			}
			cursor, more = part.Cursor, part.More
		}
		if len(got) != lines {
			t.Errorf("%d observations arrived of %d", len(got), lines)
		}
	})
}

// HQ imports a table of two counters in one frame, and links two plates across the counters: a device gets the lines of
// its own unit's records, and of no other.
func TestPullIsByRecord(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		hq := w.device("table", "hq", "hq")
		unit := func(name string) schema.Named { return text("unit", schema.TypeText, name) }
		ours := w.plate(hq, "冀F00001", noon, unit("office-1"))
		theirs := w.plate(hq, "冀F00002", noon, unit("office-2"))
		moved := w.plate(hq, "冀F00003", noon, unit("office-1"))
		linked := w.plate(hq, "冀F00004", noon, unit("office-2"))
		w.push(hq, wire.Created)
		w.amend(hq, moved, []wire.ObsID{moved}, unit("office-2"))
		w.push(hq, wire.Created)
		if _, err := w.in.Link(t.Context(), w.hq, ours.String(), linked.String()); err != nil {
			t.Fatal(err)
		}
		for device, want := range map[string][]wire.ObsID{"office-1": {ours}, "office-2": {theirs, moved, linked}, "office-3": nil} {
			if got := w.pulledRecords(w.device("li", device, "clerk")); !sameIDs(got, want) {
				t.Errorf("%s got lines of %v, want %v", device, got, want)
			}
		}
	})
}

// pulledRecords are the records whose lines a new device of the unit pulls, but for its own lines.
func (w *world) pulledRecords(d *fleet.Device) map[string]bool {
	w.t.Helper()
	got := map[string]bool{}
	w.eachPulled(d, func(id wire.ObsID, l *wire.Line) { got[merge.RecordOf(id, l)] = true })
	return got
}

// pulled are the observations that a new device of the unit pulls.
func (w *world) pulled(d *fleet.Device) (ids []wire.ObsID) {
	w.t.Helper()
	w.eachPulled(d, func(id wire.ObsID, _ *wire.Line) { ids = append(ids, id) })
	return ids
}

func (w *world) eachPulled(d *fleet.Device, fn func(wire.ObsID, *wire.Line)) {
	w.t.Helper()
	p := &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: "e", Now: func() time.Time { return w.now }}
	cursor := ""
	for more := true; more; {
		part, err := p.Pull(w.t.Context(), d.Frame(0, 0).Stream, d.Unit, &wire.Pull{Cursor: cursor})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range part.Observations {
			var l wire.Line
			id, err := wire.ParseObsID(o.ID)
			if fault := wire.ParseLine([]byte(o.Line), &l); fault != nil || err != nil {
				w.t.Fatal(fault, err)
			}
			fn(id, &l)
		}
		cursor, more = part.Cursor, part.More
	}
}

func sameIDs(got map[string]bool, want []wire.ObsID) bool {
	for _, id := range want {
		if !got[id.String()] {
			return false
		}
	}
	return len(got) == len(want)
}
