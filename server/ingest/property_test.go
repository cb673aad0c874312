package ingest_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roadbook/server/fleet"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// delivery is a frame of one device on its way to one of the servers.
type delivery struct {
	device   int
	from, to int
	server   int
}

// TestDeliveryDoesNotMatter: for any order and repetition of frames, any cutting of their lines, and any of the servers
// on one store, the same records, groups and sums result, byte for byte, on both stores.
func TestDeliveryDoesNotMatter(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		straight := newWorld(t, openSQLite(t, fmt.Sprintf("%s/a%d.db", dir, n)))
		devices := sendStory(rt, straight)
		for i, d := range devices {
			straight.sendDelivery(rt, d, delivery{device: i, to: d.Waiting()})
		}
		want := snapshot(rt, straight.store)

		plan := deliveries(rt, devices)
		for name, s := range map[string]store.Store{
			"sqlite": openSQLite(t, fmt.Sprintf("%s/b%d.db", dir, n)), "mongo": openSimulated(t),
		} {
			one, two := newWorld(t, s), newWorld(t, s)
			for _, d := range plan {
				[]*world{one, two}[d.server].sendDelivery(rt, devices[d.device], d)
			}
			if got := snapshot(rt, s); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s: delivered as %+v\n got %+v\nwant %+v", name, plan, got, want)
			}
		}
	})
}

func openSQLite(t testing.TB, path string) store.Store {
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openSimulated(t testing.TB) store.Store {
	s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sendStory lets up to three clerks issue a few different plates, and correct, share and void each other's records.
func sendStory(rt *rapid.T, w *world) []*fleet.Device {
	var devices []*fleet.Device
	for i := range rapid.IntRange(1, 3).Draw(rt, "devices") {
		devices = append(devices, w.device(fmt.Sprint("clerk", i), fmt.Sprint("office-", i), "clerk"))
	}
	var records [][]wire.ObsID // each: its observations so far
	for range rapid.IntRange(2, 25).Draw(rt, "observations") {
		d := rapid.SampledFrom(devices).Draw(rt, "who")
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "later")) * time.Second)
		act := rapid.IntRange(0, 4).Draw(rt, "act")
		if act < 2 || len(records) == 0 {
			at := noon.AddDate(0, 0, rapid.IntRange(0, 1).Draw(rt, "day"))
			id := w.plate(d, fmt.Sprintf("冀F0000%d", rapid.IntRange(0, 3).Draw(rt, "number")), at)
			records = append(records, []wire.ObsID{id})
			continue
		}
		i := rapid.IntRange(0, len(records)-1).Draw(rt, "record")
		seen := records[i][:rapid.IntRange(0, len(records[i])).Draw(rt, "seen")]
		records[i] = append(records[i], w.change(rt, d, act, records[i][0], seen))
	}
	return devices
}

func (w *world) change(rt *rapid.T, d *fleet.Device, act int, id wire.ObsID, seen []wire.ObsID) wire.ObsID {
	switch act {
	case 2:
		return w.act(d, wire.Void, id, seen)
	case 3:
		return w.share(d, id, fmt.Sprint("office-", rapid.IntRange(0, 2).Draw(rt, "unit")))
	}
	return w.amend(d, id, seen, count("sets", int64(rapid.IntRange(1, 3).Draw(rt, "sets"))))
}

// deliveries cuts each device's lines anew, some more than once, and shuffles.
func deliveries(rt *rapid.T, devices []*fleet.Device) []delivery {
	var plan []delivery
	for i, d := range devices {
		for range rapid.IntRange(1, 2).Draw(rt, "rounds") {
			for from := 0; from < d.Waiting(); {
				to := rapid.IntRange(from+1, d.Waiting()).Draw(rt, "to")
				plan = append(plan, delivery{i, from, to, rapid.IntRange(0, 1).Draw(rt, "server")})
				from = to
			}
		}
	}
	return rapid.Permutation(plan).Draw(rt, "order")
}

func (w *world) sendDelivery(rt *rapid.T, d *fleet.Device, x delivery) {
	if x.to == 0 {
		return
	}
	a, err := w.in.Sync(w.t.Context(), who(d), d.Request(d.Frame(x.from, x.to), w.now.UnixMilli()))
	if err != nil {
		rt.Fatalf("%+v: %v", x, err)
	}
	for _, r := range a.Results {
		if r.Status != wire.Created && r.Status != wire.Exists {
			rt.Fatalf("%+v: %+v", x, r)
		}
	}
}

// storeState is everything independent of the delivery.
type storeState struct {
	Records map[string]string // id → bytes of its state, place without bucket, group
	Groups  map[string][]string
	Sums    []tally.Sum
}

func snapshot(rt *rapid.T, s store.Store) storeState {
	out := storeState{Records: map[string]string{}, Groups: map[string][]string{}}
	recs, err := s.ScanRecords(rt.Context(), store.RecordQuery{})
	if err != nil {
		rt.Fatal(err)
	}
	for _, r := range recs {
		out.Records[r.ID] = fmt.Sprintf("%x|%s|%d|%s|%s", merge.Encode(&r.State, r.ID), r.Place.Unit, r.Place.Day, r.Place.Kind, r.Group)
		members, err := s.RecordsOfGroups(rt.Context(), r.Group)
		if err != nil {
			rt.Fatal(err)
		}
		var ids []string
		for _, m := range members {
			ids = append(ids, m.ID)
		}
		out.Groups[r.Group] = ids
	}
	sums, err := s.Sums(rt.Context(), store.SumQuery{From: 20200101, To: 20211231, ByUnit: true, ByDay: true})
	if err != nil {
		rt.Fatal(err)
	}
	for _, sum := range sums {
		if sum.Amount != 0 {
			out.Sums = append(out.Sums, sum)
		}
	}
	return out
}
