package localdb

import (
	"testing"

	"roadbook/sync/wire"
)

func TestARestoredServerIsOfferedWhatItLacks(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 4)
	req := mustNext(t, db)
	mustApply(t, db, answer(req, wire.Created), req)
	f := req.Frame
	h2 := f.Hashes()[1]
	pull := mustNext(t, db)

	t.Run("ranges went back", func(t *testing.T) {
		ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start,
			Ranges: []wire.Range{{First: 1, Last: 2, Prev: wire.Genesis(f.Stream), Head: h2}}}
		if a := mustApply(t, db, ans, pull); a.Reoffered != 2 || a.Forked {
			t.Errorf("%+v", a)
		}
		again := mustNext(t, db)
		if again.Frame.First != 3 || string(again.Frame.Lines[0]) != string(f.Lines[2]) {
			t.Errorf("offered %d: other bytes than before", again.Frame.First)
		}
		mustApply(t, db, answer(again, wire.Exists), again)
	})
	t.Run("another epoch that holds all", func(t *testing.T) {
		ans := &wire.Answer{V: 1, ServerEpoch: "e2", ServerTime: start,
			Ranges: []wire.Range{{First: 1, Last: 4, Prev: wire.Genesis(f.Stream), Head: f.Head}}}
		if a := mustApply(t, db, ans, pull); a.Reoffered != 0 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("another epoch that holds nothing", func(t *testing.T) {
		if a := mustApply(t, db, &wire.Answer{V: 1, ServerEpoch: "e3", ServerTime: start}, pull); a.Reoffered != 4 {
			t.Errorf("%+v", a)
		}
		wantWaiting(t, db, 4)
	})
}

func TestForkBeginsEpochAndKeepsIDs(t *testing.T) {
	for name, spoil := range map[string]func(ans *wire.Answer, f *wire.Frame){
		"the result says so": func(ans *wire.Answer, _ *wire.Frame) { ans.Results[0].Status = wire.Forked },
		"another hash in the ranges": func(ans *wire.Answer, _ *wire.Frame) {
			ans.Ranges[0].Head = wire.Hash{1}
		},
		"the server knows more than this disk": func(ans *wire.Answer, f *wire.Frame) {
			ans.Ranges[0].Last = f.Last() + 3
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := openEnrolled(t, "clerk")
			ids := savePlates(t, db, 2)
			req := mustNext(t, db)
			ids = append(ids, savePlates(t, db, 1)...) // waits while the fork is found
			ans := answer(req, wire.Created)
			spoil(ans, req.Frame)
			if a := mustApply(t, db, ans, req); !a.Forked || a.Acknowledged != 2 {
				t.Fatalf("%+v", a)
			}
			later := savePlates(t, db, 1)[0]
			old, _ := wire.ParseObsID(ids[2])
			fresh, _ := wire.ParseObsID(later)
			if fresh.Epoch == old.Epoch || fresh.Seq != 1 {
				t.Errorf("%s follows %s in one stream", later, ids[2])
			}
			req = mustNext(t, db) // the waiting line is sent unchanged, in its old stream
			if req.Frame.Stream.Epoch != old.Epoch || req.Frame.IDs(req.Frame.Hashes())[0] != old {
				t.Errorf("the waiting line changed: %s", req.Frame.Stream)
			}
			mustApply(t, db, answer(req, wire.Forked), req)
			req = mustNext(t, db)
			if req.Frame.IDs(req.Frame.Hashes())[0] != fresh {
				t.Error("the new stream does not follow")
			}
			mustApply(t, db, answer(req, wire.Created), req)
			wantWaiting(t, db, 0)
		})
	}
}

func TestGaps(t *testing.T) {
	for _, c := range []struct {
		covered []span
		last    uint64
		want    []span
	}{
		{nil, 0, nil},
		{nil, 3, []span{{1, 3}}},
		{[]span{{1, 3}}, 3, nil},
		{[]span{{2, 2}}, 3, []span{{1, 1}, {3, 3}}},
		{[]span{{4, 9}, {1, 2}}, 5, []span{{3, 3}}},
		{[]span{{1, 5}, {2, 3}}, 6, []span{{6, 6}}},
		{[]span{{7, 9}}, 5, []span{{1, 5}}},
	} {
		got := gaps(c.covered, c.last)
		if len(got) != len(c.want) {
			t.Errorf("%v to %d: %v, want %v", c.covered, c.last, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v to %d: %v, want %v", c.covered, c.last, got, c.want)
			}
		}
	}
}
