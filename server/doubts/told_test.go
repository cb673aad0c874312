package doubts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// phone pulls for a device and keeps the doubts told.
type phone struct {
	*world
	device *fleet.Device
	pull   *query.Puller
	cursor string
	told   map[string]string // record → doubts
	pages  int
}

func (w *world) phone(d *fleet.Device) *phone {
	return &phone{world: w, device: d, told: map[string]string{}, pull: &query.Puller{
		Store: w.store, Epoch: "epoch001", Schema: schema.Default(), Catalogues: query.Always("shunping-2020@1"), Now: w.clock, Doubts: w.reader,
	}}
}

// hear pulls until there is no more, and returns the records told.
func (p *phone) hear() (records []string) {
	p.t.Helper()
	for more := true; more; p.pages++ {
		out, err := p.pull.Pull(p.t.Context(), wire.StreamID{Device: p.device.ID}, p.device.Unit, &wire.Pull{Cursor: p.cursor})
		must(p.t, err)
		if out.DoubtsAnew || out.Reset {
			clear(p.told)
		}
		for _, r := range out.Doubts {
			var all []string
			for _, d := range r.Doubts {
				all = append(all, strings.TrimSpace(d.Code+" "+d.Other+" "+d.Day+map[bool]string{true: " seen " + d.Words}[d.Seen]))
			}
			p.told[r.Record] = strings.Join(all, ", ")
			records = append(records, r.Record)
		}
		p.cursor, more = out.Cursor, out.More
	}
	return records
}

// A device hears of the doubts about its own records: once, again after a change, and when settled. Another unit's
// record is never named.
func TestDeviceHears(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		a, b, c := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk"), w.device("hu", "office-1", "clerk")
		pa, pb := w.phone(a), w.phone(b)
		if heard := pa.hear(); len(heard) > 0 {
			t.Errorf("before a follower has begun: %q", heard)
		}
		one := w.create(a, "plate", "2020-06-21", nil)
		w.push(a)
		two := w.create(b, "plate", "2020-06-21", nil)
		w.push(b)
		three := w.create(c, "plate", "2020-06-23", nil)
		w.push(c)
		w.settle(w.follow)
		pa.hear()
		pb.hear()
		want := "repeated, near " + three.String() + " 2020-06-23"
		if pa.told[one.String()] != want || pb.told[two.String()] != "duplicate" || len(pa.told) != 1 || len(pb.told) != 1 {
			t.Errorf("%q, %q; want %q", pa.told, pb.told, want)
		}
		if heard := append(pa.hear(), pb.hear()...); len(heard) > 0 {
			t.Errorf("told twice: %q", heard)
		}
		under := a.ID + ".46ae0x5z.99.4a52jchkqrnrnywz"
		must(t, w.store.WriteSide(t.Context(), []store.SideRow{ // left by a cut, and of a round under way
			{Key: "doubts/c/" + a.ID + "/000000000000001/" + one.String()},
			{Key: "doubts/c/" + a.ID + "/999999999999999/" + under}, {Key: "doubts/r/" + under, Data: []byte(`{"n":999999999999999,"v":["` + a.ID + `"]}`)},
		}, nil))
		if heard := w.phone(a).hear(); len(heard) != 1 {
			t.Errorf("another phone with the same device hears %q", heard)
		}
		page, _, err := w.reader.List(t.Context(), doubts.Question{Code: "near", Limit: 9})
		must(t, err)
		i := slices.IndexFunc(page, func(r doubts.Record) bool { return r.ID == one.String() })
		w.act(ingest.Act{Act: wire.Review, Record: one.String(), Target: page[i].Doubts[0].Target, Reason: "两回事"})
		w.save(b, wire.Void, "plate", two.String(), []wire.ObsID{two}, nil)
		w.push(b)
		w.settle(w.follow)
		pa.hear()
		pb.hear()
		if got := pa.told[one.String()]; got != "near "+three.String()+" 2020-06-23 seen 两回事" || pb.told[two.String()] != "" {
			t.Errorf("reviewed and void: %q, %q", pa.told, pb.told)
		}
		w.rowsBeginAnew(t)
		w.save(a, wire.Void, "plate", one.String(), []wire.ObsID{one}, nil)
		w.push(a)
		w.settle(w.newFollower(w.store))
		pa.hear()
		if len(pa.told) != 0 {
			t.Errorf("the rows were lost meanwhile, and nothing is in doubt: %q", pa.told)
		}
	})
}

// rowsBeginAnew deletes all rows, as after a move to another store.
func (w *world) rowsBeginAnew(t *testing.T) {
	rows, err := w.store.ScanSide(t.Context(), "doubts/", "", 999)
	must(t, err)
	var keys []string
	for _, r := range rows {
		keys = append(keys, r.Key)
	}
	must(t, w.store.WriteSide(t.Context(), nil, keys))
}

// Many changes come in pages, each record once however often it changed in between; a cursor of before tells all again, and a
// rebuild tells nothing known already.
func TestDeviceHearsInPages(t *testing.T) {
	w := newWorld(t, stores["mongo"](t))
	defer w.in.Close()
	d := w.device("zhao", "squad-1", "officer")
	const many = 450
	for i := range many {
		w.create(d, "patrol", "2020-06-21", map[string]string{"segment": fmt.Sprint("X", i)})
	}
	w.push(d)
	w.settle(w.follow)
	w.lists[schema.ListSegment] = []schema.Entry{{Value: "S7"}}
	w.settle(w.follow)
	p := w.phone(d)
	if heard := p.hear(); len(heard) != many || len(p.told) != many || p.pages < 3 {
		t.Errorf("%d told, of %d records, in %d pages", len(heard), len(p.told), p.pages)
	}
	_, err := doubts.RequestRebuild(t.Context(), w.store)
	must(t, err)
	w.settle(w.follow)
	if heard := p.hear(); len(heard) != 0 {
		t.Errorf("after a rebuild %d are told again", len(heard))
	}
	rows := 0
	must(t, store.WalkSide(t.Context(), w.store, "doubts/c/", func(*store.SideRow) error { rows++; return nil }))
	if rows != many {
		t.Errorf("%d rows for %d records", rows, many)
	}
	p.cursor = "garbage"
	if heard := p.hear(); len(heard) != many {
		t.Errorf("after a reset %d are told", len(heard))
	}
	w.lists[schema.ListSegment] = nil
	w.settle(w.follow)
	if heard := p.hear(); len(heard) != many || strings.Join(slices.Collect(maps.Values(p.told)), "") != "" {
		t.Errorf("settled: %d told", len(heard))
	}
}
