package ingest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// pullReader is a device that pulls and remembers its cursor.
type pullReader struct {
	w      *world
	d      *fleet.Device
	unit   string
	cursor string
	page   int // entries in one answer; 0 = as many as fit
}

// read pulls all news and returns what it tells: "RECORD lines", "RECORD gone UNIT" and "RECORD linked UNIT", sorted, each as
// often as told in separate answers.
func (r *pullReader) read() (news []string) {
	r.w.t.Helper()
	p := &query.Puller{Store: r.w.store, Schema: schema.Default(), Epoch: "e", Now: func() time.Time { return r.w.now }}
	for more := true; more; {
		part, err := p.Pull(r.w.t.Context(), r.d.Frame(0, 0).Stream, r.unit, &wire.Pull{Cursor: r.cursor, Limit: r.page})
		if err != nil {
			r.w.t.Fatal(err)
		}
		said := map[string]bool{}
		for _, o := range part.Observations {
			var l wire.Line
			id, err := wire.ParseObsID(o.ID)
			if fault := wire.ParseLine([]byte(o.Line), &l); fault != nil || err != nil {
				r.w.t.Fatal(fault, err)
			}
			said[merge.RecordOf(id, &l)+" lines"] = true
		}
		for _, e := range part.Gone {
			said[e.Record+" gone "+e.Unit] = true
		}
		for _, e := range part.Linked {
			said[e.Record+" linked "+e.Unit] = true
		}
		for text := range said {
			news = append(news, text)
		}
		r.cursor, more = part.Cursor, part.More
	}
	slices.Sort(news)
	return news
}

func (r *pullReader) want(what string, want ...string) {
	r.w.t.Helper()
	slices.Sort(want)
	if got := r.read(); !slices.Equal(got, want) {
		r.w.t.Errorf("%s: told\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// HQ gives a plate of office-1 to office-2 and back. Each device hears once that the plate left, and nothing of what becomes
// of it there; the device that had it hears it too. When it comes back, so do its lines.
func TestARecordThatLeavesTheUnitIsToldOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		p := plate.String()
		w.push(li, wire.Created)
		author := &pullReader{w: w, d: li, unit: "office-1"}
		mate := &pullReader{w: w, d: w.device("sun", "office-1", "clerk"), unit: "office-1"}
		taker := &pullReader{w: w, d: wang, unit: "office-2"}
		author.want("its own", p+" lines") // a device without a cursor gets its own lines too
		mate.want("at first", p+" lines")
		taker.want("nothing yet")
		w.give(plate, "office-2")
		author.want("given away", p+" gone office-2")
		mate.want("given away", p+" gone office-2")
		taker.want("got it", p+" lines")
		w.amend(wang, plate, []wire.ObsID{plate}, count("sets", 2))
		w.push(wang, wire.Created)
		w.amend(li, plate, []wire.ObsID{plate}, count("sets", 3)) // its unit was the plate's, so this has effect
		w.push(li, wire.Created)
		author.want("changed there")
		mate.want("changed there")
		taker.want("changed", p+" lines")
		w.give(plate, "office-1")
		mate.want("came back", p+" lines")
		taker.want("left again", p+" gone office-1")
		w.give(plate, "office-2")
		mate.want("left for the second time", p+" gone office-2")

		fresh := &pullReader{w: w, d: w.device("zhou", "office-1", "clerk"), unit: "office-1", page: 1}
		if news := fresh.read(); slices.Contains(news, p+" lines") || !slices.Contains(news, p+" gone office-2") {
			t.Errorf("a new device is told %v", news)
		}
		lost := &pullReader{w: w, d: li, unit: "office-1"} // its disk was lost: its own lines, and that the plate left
		lost.want("a lost disk", p+" lines", p+" gone office-2")
		third := &pullReader{w: w, d: w.device("zhao", "office-3", "clerk"), unit: "office-3"}
		third.want("a unit that never had it")
	})
}

// The plate is shared with office-3 before it leaves office-1, and so with office-1 itself after: both go on getting it.
func TestASharedRecordStays(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		p := plate.String()
		w.share(li, plate, "office-3")
		w.push(li, wire.Created)
		helper := &pullReader{w: w, d: w.device("zhao", "office-3", "clerk"), unit: "office-3"}
		mate := &pullReader{w: w, d: w.device("sun", "office-1", "clerk"), unit: "office-1"}
		helper.want("shared", p+" lines")
		mate.want("its own", p+" lines")
		w.give(plate, "office-2")
		helper.want("still shared", p+" lines")
		mate.want("left", p+" gone office-2")
		w.share(wang, plate, "office-1")
		w.push(wang, wire.Created)
		mate.want("shared by the new unit", p+" lines")
	})
}

// HQ releases a device's own word about its record's unit: the release is HQ's act.
func TestALeaveByARelease(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li := w.device("li", "office-1", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		mate := &pullReader{w: w, d: w.device("sun", "office-1", "clerk"), unit: "office-1"}
		mate.want("its own", plate.String()+" lines")
		taken := w.amend(li, plate, []wire.ObsID{plate}, text("unit", schema.TypeText, "office-2"))
		w.push(li, wire.Quarantined)
		mate.want("quarantined: nothing has changed")
		w.release(taken)
		mate.want("released", plate.String()+" gone office-2")
	})
}

// A device of another unit has spoken about the plate, without effect: that opens no record to it.
func TestAWordAboutAForeignRecordOpensNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		change := w.amend(wang, plate, []wire.ObsID{plate}, count("sets", 2))
		w.push(wang, wire.Created)
		p := &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: "e", Now: func() time.Time { return w.now }}
		part, err := p.Pull(t.Context(), change.Stream(), "office-2", &wire.Pull{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range part.Observations {
			if o.ID != change.String() {
				t.Errorf("it got %s of another unit's record", o.ID)
			}
		}
	})
}

// Two counters record one plate, and HQ links two others: each unit hears that the other has one, by id and unit.
func TestOfAnotherUnitsRecordOnlyThatThereIsOne(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wang := w.device("li", "office-1", "clerk"), w.device("wang", "office-2", "clerk")
		a, b := w.plate(li, "冀F00001", noon), w.plate(wang, "冀F00001", noon)
		c, d := w.plate(li, "冀F00003", noon), w.plate(wang, "冀F00004", noon)
		w.push(li, wire.Created)
		first := &pullReader{w: w, d: w.device("sun", "office-1", "clerk"), unit: "office-1"}
		first.want("alone", a.String()+" lines", c.String()+" lines")
		w.push(wang, wire.Created)
		first.want("the same plate at office-2", a.String()+" lines", b.String()+" linked office-2")
		if _, err := w.in.Link(t.Context(), w.hq, c.String(), d.String()); err != nil {
			t.Fatal(err)
		}
		first.want("linked", c.String()+" lines", d.String()+" linked office-2")
		second := &pullReader{w: w, d: w.device("qian", "office-2", "clerk"), unit: "office-2"}
		second.want("from the start", a.String()+" linked office-1", b.String()+" lines", c.String()+" linked office-1", d.String()+" lines")
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Separate, Record: d.String()}); err != nil {
			t.Fatal(err)
		}
		second.want("separated", d.String()+" lines")
	})
}
