package doubts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// One plate at two counters, and once more within the week: each record has its doubts, and a void takes all doubts
// back, from the other records too.
func TestPlates(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		a, b := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk")
		first := w.create(a, "plate", "2020-06-21", nil)
		w.push(a)
		w.settle(w.follow)
		w.want("alone")
		twice := w.create(b, "plate", "2020-06-21", nil)
		near := w.create(b, "plate", "2020-06-24", nil)
		w.create(b, "plate", "2020-07-05", nil) // too far from the others
		w.push(b)
		w.settle(w.follow)
		one, two, three := first.String(), twice.String(), near.String()
		w.want("three", one+" repeated "+two, two+" duplicate "+one, one+" near "+three, three+" near "+one)
		w.save(a, wire.Void, "plate", one, []wire.ObsID{first}, nil)
		w.push(a)
		w.settle(w.follow)
		w.want("the first is void", two+" near "+three, three+" near "+two)
		w.save(b, wire.Amend, "plate", three, []wire.ObsID{near}, map[string]string{"plate_number": "冀F00009"})
		w.push(b)
		w.settle(w.follow)
		w.want("the number was wrong")
	})
}

// Neighbours still find a record linked elsewhere by HQ, in any order of arrival.
func TestLinkedPlatesAreFound(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		one, two := w.create(d, "plate", "2020-06-01", nil).String(), w.create(d, "plate", "2020-06-05", nil).String()
		w.push(d)
		w.settle(w.follow)
		w.want("before", one+" near "+two, two+" near "+one)
		w.act(ingest.Act{Act: wire.Link, Record: one, With: two})
		w.settle(w.follow)
		w.want("linked")
		third := w.create(d, "plate", "2020-06-07", nil).String()
		w.push(d)
		w.settle(w.follow)
		counts := one
		if strings.Contains(strings.Join(w.told(), " "), third+" near "+two) {
			counts = two
		}
		w.want("a third", counts+" near "+third, third+" near "+counts)
		w.act(ingest.Act{Act: wire.Separate, Record: one})
		w.act(ingest.Act{Act: wire.Separate, Record: two})
		w.settle(w.follow)
		w.want("separated", one+" near "+two, two+" near "+one, one+" near "+third, third+" near "+one, two+" near "+third, third+" near "+two)
	})
}

// A review settles a cause, also through a rebuild; another cause asks anew. An import or a publication mends a cause and
// clears the doubts without a restart.
func TestReferenceDataAndReviews(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("zhao", "squad-1", "officer")
		create := w.create(d, "patrol", "2020-06-21", map[string]string{"segment": "S9"})
		id := create.String()
		next := w.create(d, "patrol", "2021-01-05", nil).String()
		w.push(d)
		w.settle(w.follow)
		w.want("before", id+" unknown_segment", next+" no_targets", next+" far_future")
		page, _, err := w.reader.List(t.Context(), doubts.Question{Code: "unknown_segment", Unit: "squad-1", Open: true, Limit: 9})
		must(t, err)
		if len(page) != 1 || page[0].Doubts[0].Value != "S9" || !strings.Contains(page[0].Doubts[0].Text.ZH, "S1") || page[0].Kind != "patrol" {
			t.Fatalf("%+v", page)
		}
		w.act(ingest.Act{Act: wire.Review, Record: id, Target: page[0].Doubts[0].Target, Reason: "台账待补"})
		w.lists[schema.ListYear] = append(w.lists[schema.ListYear], schema.Entry{Value: "2021"})
		w.settle(w.follow)
		w.want("reviewed, and targets published", "("+id+" unknown_segment)", next+" far_future")
		_, err = doubts.RequestRebuild(t.Context(), w.store)
		must(t, err)
		w.settle(w.follow)
		w.want("rebuilt", "("+id+" unknown_segment)", next+" far_future")
		if page, _, err := w.reader.List(t.Context(), doubts.Question{Code: "unknown_segment", Open: true, Limit: 9}); err != nil || len(page) != 0 {
			t.Errorf("open: %+v, %v", page, err)
		}
		w.save(d, wire.Amend, "patrol", id, []wire.ObsID{create}, map[string]string{"segment": "S8"})
		w.push(d)
		w.settle(w.follow)
		w.want("another segment", id+" unknown_segment", next+" far_future")
		w.lists[schema.ListSegment] = append(w.lists[schema.ListSegment], schema.Entry{Value: "S8"})
		w.settle(w.follow)
		w.want("the segment is imported", next+" far_future")
		w.lists[schema.ListSegment] = w.lists[schema.ListSegment][:1]
		w.settle(w.follow)
		w.want("and taken back", id+" unknown_segment", next+" far_future")
	})
}

// A list changes back and forth within a pass: in the end nothing stands by the other list.
func TestListChangesWithinAPass(t *testing.T) {
	w := newWorld(t, stores["mongo"](t))
	defer w.in.Close()
	d := w.device("zhao", "squad-1", "officer")
	var want []string
	for i := range 12 {
		want = append(want, w.create(d, "patrol", fmt.Sprintf("2020-06-%02d", i+1), nil).String()+" unknown_segment")
	}
	w.push(d)
	w.settle(w.follow)
	w.want("S1 is listed")
	known := w.lists[schema.ListSegment]
	w.lists[schema.ListSegment] = []schema.Entry{{Value: "S2"}}
	must(t, w.until(w.follow)) // the change is seen, and has to be quiet
	w.now = w.now.Add(time.Minute)
	for i := range 4 {
		if i == 2 {
			w.lists[schema.ListSegment] = known
		} else {
			w.lists[schema.ListSegment] = []schema.Entry{{Value: "S2"}}
		}
		_, err := w.follow.Round(t.Context())
		must(t, err)
	}
	w.settle(w.follow)
	w.settle(w.follow)
	w.want("S2 is listed", want...)
}

// Many accidents bear a number: each gets a bounded number of doubts, and the rest moves up when the first accidents go.
func TestManyOfOneNumber(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("zhao", "squad-1", "officer")
		const many = 14
		ids := map[string]wire.ObsID{}
		for range many {
			id := w.create(d, "accident", "2020-06-21", map[string]string{"case_number": "122-7"})
			ids[id.String()] = id
		}
		w.create(d, "accident", "2020-06-21", map[string]string{"case_number": "无"})
		w.push(d)
		w.settle(w.follow)
		w.want("all", firstTen(ids)...)
		_, err := doubts.RequestRebuild(t.Context(), w.store)
		must(t, err)
		w.settle(w.follow)
		w.want("rebuilt", firstTen(ids)...)
		for range 3 {
			first := slices.Min(slices.Collect(maps.Keys(ids)))
			w.save(d, wire.Void, "accident", first, []wire.ObsID{ids[first]}, nil)
			w.push(d)
			delete(ids, first)
			w.settle(w.follow)
			w.want("without the first", firstTen(ids)...)
		}
	})
}

// firstTen are the doubts among accidents of one number: each names the first ten besides itself.
func firstTen(ids map[string]wire.ObsID) (lines []string) {
	all := slices.Sorted(maps.Keys(ids))
	for _, id := range all {
		n := 0
		for _, other := range all {
			if other != id && n < 10 {
				lines = append(lines, id+" same_number "+other)
				n++
			}
		}
	}
	return lines
}

// A database put back from a copy, a lost table, unreadable rows: everything is found anew.
func TestLostRows(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		one, two := w.create(d, "plate", "2020-06-01", nil).String(), w.create(d, "plate", "2020-06-05", nil).String()
		w.push(d)
		w.settle(w.follow)
		want := []string{one + " near " + two, two + " near " + one}
		ghost := d.ID + ".00000000.9.ffffffffffffffffffff"
		for what, spoil := range map[string]func() ([]store.SideRow, []string){
			"the state": func() ([]store.SideRow, []string) { return nil, []string{"doubts/state"} },
			"another's cursor": func() ([]store.SideRow, []string) {
				return []store.SideRow{{Key: "doubts/state", Data: []byte(`{"epoch":"x","round":7,"cursor":"no cursor","basis":"y","ended":1}`)},
					{Key: "doubts/r/" + ghost, Data: []byte(`{"u":"office-9","t":[{"c":"near","x":"1"}],"v":["dev"],"n":5}`)}}, nil
			},
			"an unreadable row": func() ([]store.SideRow, []string) {
				return []store.SideRow{{Key: "doubts/r/" + one, Data: []byte(`{`)}}, nil
			},
			"an unreadable state": func() ([]store.SideRow, []string) {
				return []store.SideRow{{Key: "doubts/state", Data: []byte(`{`)}}, nil
			},
			"all": func() ([]store.SideRow, []string) {
				rows, err := w.store.ScanSide(t.Context(), "doubts/", "", 999)
				must(t, err)
				var keys []string
				for _, r := range rows {
					keys = append(keys, r.Key)
				}
				return nil, keys
			},
		} {
			rows, gone := spoil()
			must(t, w.store.WriteSide(t.Context(), rows, gone))
			_, err := doubts.RequestRebuild(t.Context(), w.store)
			must(t, err)
			w.settle(w.newFollower(w.store))
			w.want(what, want...)
		}
	})
}

// The Follower evaluates a neighbour as it is now, though the neighbour's own change stands further on: the records that this
// change affects are evaluated too, and not forgotten at the neighbour's turn.
func TestNeighbourChangedFurtherOn(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		number := func(n int) map[string]string { return map[string]string{"plate_number": fmt.Sprintf("冀F%05d", n)} }
		a, b := w.device("a", "office-1", "hq"), w.device("b", "office-1", "hq")
		first := w.create(a, "plate", "2020-06-01", number(1))
		middle := w.create(b, "plate", "2020-06-05", number(1))
		last := w.create(a, "plate", "2020-06-09", number(1))
		w.push(a)
		w.push(b)
		w.settle(w.follow)
		w.want("three", fmt.Sprint(first, " near ", middle), fmt.Sprint(middle, " near ", first),
			fmt.Sprint(middle, " near ", last), fmt.Sprint(last, " near ", middle))
		w.save(a, wire.Amend, "plate", first.String(), []wire.ObsID{first}, number(2))
		w.push(a) // the first page of the feed holds this frame and some others
		for range 10 {
			w.create(a, "accident", "2020-06-01", nil)
			w.push(a)
		}
		w.save(b, wire.Amend, "plate", middle.String(), []wire.ObsID{middle}, number(3))
		w.push(b)
		w.settle(w.follow)
		w.want("nobody near")
	})
}
