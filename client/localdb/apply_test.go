package localdb

import (
	"crypto/ed25519"
	"testing"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// answer is a server's that takes the whole frame with one status.
func answer(req *wire.Request, status wire.Status) *wire.Answer {
	f := req.Frame
	return &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start,
		Results: []wire.Result{{First: f.First, Last: f.Last(), Status: status}},
		Ranges:  []wire.Range{{First: 1, Last: f.Last(), Prev: wire.Genesis(f.Stream), Head: f.Head}}}
}

func mustApply(t testing.TB, db *DB, ans *wire.Answer, req *wire.Request) Applied {
	t.Helper()
	a, err := db.Apply(ctx, ans, req)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantWaiting(t testing.TB, db *DB, want int64) {
	t.Helper()
	if n, err := db.Waiting(ctx); n != want || err != nil {
		t.Errorf("%d waiting, want %d (%v)", n, want, err)
	}
}

// savePlates saves n plates and returns their ids.
func savePlates(t testing.TB, db *DB, n int) (ids []string) {
	t.Helper()
	for range n {
		ids = append(ids, mustSave(t, db, plate(t, db, "冀F8K2M6")).ID)
	}
	return ids
}

func TestOnlyResultsForSentLinesAcknowledge(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 2)
	req := mustNext(t, db)
	savePlates(t, db, 1) // saved while the request was on its way

	ans := answer(req, wire.Created)
	ans.Results = nil
	mustApply(t, db, ans, req)
	wantWaiting(t, db, 3) // ranges alone acknowledge nothing

	ans.Results = []wire.Result{{First: 1, Last: 3, Status: wire.Retry}}
	mustApply(t, db, ans, req)
	wantWaiting(t, db, 3)

	ans.Results = []wire.Result{{First: 1, Last: 99, Status: wire.Created}}
	if a := mustApply(t, db, ans, req); a.Acknowledged != 2 {
		t.Errorf("acknowledged %d lines, sent were 2", a.Acknowledged)
	}
	wantWaiting(t, db, 1)

	ans.Results = []wire.Result{{First: 1, Last: 99, Status: "wonderful"}}
	mustApply(t, db, ans, req)
	wantWaiting(t, db, 1) // a word of a later protocol promises nothing
}

func TestFramesAreCutByTheLimits(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 5)
	limits := wire.DefaultLimits
	limits.Observations = 2
	for i, want := range []struct {
		first uint64
		n     int
		pull  bool
	}{{1, 2, false}, {3, 2, false}, {5, 1, true}} {
		req, err := db.NextRequest(ctx, RequestOptions{Limits: limits})
		if err != nil || req.Frame.First != want.first || len(req.Frame.Lines) != want.n || (req.Pull != nil) != want.pull {
			t.Fatalf("frame %d: %+v %v", i, req, err)
		}
		mustApply(t, db, answer(req, wire.Created), req)
	}
	if req := mustNext(t, db); req.Frame != nil || req.Pull == nil {
		t.Errorf("nothing waits, yet %+v", req)
	}
}

func TestAFrameHasNoGap(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 3)
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ranges := ans.Ranges
	ans.Results = []wire.Result{{First: 2, Last: 2, Status: wire.Created}}
	mustApply(t, db, ans, req)
	for _, seq := range []uint64{1, 3} {
		req = mustNext(t, db)
		if req.Frame.First != seq || req.Frame.Last() != seq || req.Frame.CheckChain() != nil {
			t.Fatalf("frame %d..%d", req.Frame.First, req.Frame.Last())
		}
		ans := answer(req, wire.Exists)
		ans.Ranges = ranges
		mustApply(t, db, ans, req)
	}
	wantWaiting(t, db, 0)
}

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
			req = mustNext(t, db) // the line that waited goes as it stands, in its old stream
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

func TestBootsAreKeptAndOfferedAgain(t *testing.T) {
	db, c := openEnrolled(t, "clerk")
	savePlates(t, db, 1)
	req := mustNext(t, db)
	if req.Now.Boot != "b0000001" || req.Now.Mono != 5000 || len(req.Offers) != 0 {
		t.Fatalf("%+v", req)
	}
	server := testKeys(t, 99).Device
	ans := answer(req, wire.Created)
	ans.Boots = []wire.SignedBoot{wire.SignBoot(server, req.Stream, clock.Boot{ID: "b0000001", Base: start - 5000})}
	forged := wire.SignBoot(testKeys(t, 98).Device, req.Stream, clock.Boot{ID: "b0000002", Base: 1})
	ans.Boots = append(ans.Boots, forged)
	mustApply(t, db, ans, req)

	c.wall, c.mono = 0, 65_000 // the wall clock falls to 1970, the boot goes on
	saved := mustSave(t, db, Draft{Kind: "plate", Fields: fields(t, db, "plate", "plate_type", "02", "plate_number", "冀F8K2M6", "business", "注册")})
	e := mustShow(t, db, saved.ID)
	if at, _ := e.View.Fields.Get("occurred_at"); at.I != start+60_000 || e.View.Grade != clock.Exact {
		t.Errorf("occurred_at %d (%s), want a minute after the first", at.I, e.View.Grade)
	}
	if ev := e.Observations[0].Line.Clock; ev.Base != start-5000 || ev.Wall != 0 || ev.Known != start {
		t.Errorf("evidence %+v", ev)
	}
	req = mustNext(t, db)
	if len(req.Offers) != 1 || req.Offers[0].ID != "b0000001" || wire.CheckBoot(server.Public().(ed25519.PublicKey), req.Stream, req.Offers[0]) != nil {
		t.Errorf("offers %+v", req.Offers)
	}
	if n, _ := db.queryInt("SELECT count(*) FROM boots"); n != 1 {
		t.Error("a forged boot was kept")
	}
}

func TestQuarantineIsShownAndReleased(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := savePlates(t, db, 1)[0]
	req := mustNext(t, db)
	ans := answer(req, wire.Quarantined)
	ans.Results[0].Faults = schema.Faults{{Code: "x", Field: "sets", Message: schema.Text{ZH: "不对", EN: "wrong"}}}
	if a := mustApply(t, db, ans, req); a.Quarantined != 1 {
		t.Errorf("%+v", a)
	}
	st, err := db.Status(ctx)
	if err != nil || len(st.Quarantined) != 1 || st.Quarantined[0].ID != id || st.Quarantined[0].Observation.Faults[0].Message.ZH != "不对" {
		t.Fatalf("%+v %v", st.Quarantined, err)
	}
	fate := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Ranges: ans.Ranges,
		Pull: &wire.Pulled{Cursor: "c1", Fates: []wire.Fate{{ID: id, Status: "released"}}}}
	mustApply(t, db, fate, mustNext(t, db))
	if st, _ = db.Status(ctx); len(st.Quarantined) != 0 {
		t.Error("released, and still held")
	}
	if p := mustNext(t, db).Pull; p.Cursor != "c1" {
		t.Errorf("cursor %q", p.Cursor)
	}
	if e := mustShow(t, db, id); len(e.Fates[e.Observations[0].ID]) != 1 {
		t.Error("the fate is not shown")
	}
	// Sent again, as after a reoffer, it is answered by what it was when it came; that it was let go is not told again.
	if err := db.writeTx(ctx, func() error { return db.reoffer("key > 0", &Applied{}) }); err != nil {
		t.Fatal(err)
	}
	mustApply(t, db, ans, mustNext(t, db))
	if st, _ = db.Status(ctx); len(st.Quarantined) != 0 || st.Waiting != 0 {
		t.Error("released and sent again, and held")
	}
	// A server that was restored to a time before says otherwise, and is believed.
	fate.Pull.Fates[0].Status = string(wire.Quarantined)
	mustApply(t, db, fate, mustNext(t, db))
	if err := db.writeTx(ctx, func() error { return db.reoffer("key > 0", &Applied{}) }); err != nil {
		t.Fatal(err)
	}
	mustApply(t, db, ans, mustNext(t, db))
	if st, _ = db.Status(ctx); len(st.Quarantined) != 1 {
		t.Error("held again, and not shown")
	}
}

func TestPulledObservationsAreSeenByAmendments(t *testing.T) {
	other, _ := openEnrolled(t, "clerk")
	theirs := mustSave(t, other, plate(t, other, "冀F8K2M9"))
	line := string(mustNext(t, other).Frame.Lines[0])

	c := &fakeClock{wall: start - 86400_000, boot: "b0000009"} // a day behind
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: c, Rand: testRand(3), Catalogue: "shunping-2020@1"})
	enroll(t, db, "clerk")
	savePlates(t, db, 1)
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Pull = &wire.Pulled{Cursor: "c1", Catalogues: []string{"shunping-2020@2", "shunping-2020@1"},
		Observations: []wire.PulledLine{{ID: theirs.ID, Line: line}, {ID: "nonsense", Line: "{"}}}
	mustApply(t, db, ans, req)
	mustApply(t, db, ans, req) // a page that comes twice

	a := mustSave(t, db, Draft{Act: wire.Amend, ID: theirs.ID, Fields: fields(t, db, "plate", "sets", "3")})
	e := mustShow(t, db, theirs.ID)
	if len(e.Observations) != 2 || a.Record != theirs.ID {
		t.Fatalf("%d said", len(e.Observations))
	}
	mine := e.Observations[1].Line
	if len(mine.Seen) != 1 || mine.Seen[0] != theirs.ID || mine.Catalogue != "shunping-2020@2" {
		t.Errorf("seen %v, catalogue %s", mine.Seen, mine.Catalogue)
	}
	if mine.Clock.HLC <= e.Observations[0].Line.Clock.HLC {
		t.Error("the stamp does not follow what was seen")
	}
	if sets, _ := e.View.Fields.Get("sets"); sets.I != 3 {
		t.Errorf("sets %d", sets.I)
	}
	if list, _ := db.List(ctx, Filter{}); len(list) != 2 {
		t.Errorf("%d listed", len(list))
	}
}

// The one that was said last comes first, whatever the ids say.
func TestPulledRecordsAreListedNewestFirst(t *testing.T) {
	other, _ := openEnrolled(t, "clerk")
	ids := savePlates(t, other, 12)
	lines := mustNext(t, other).Frame.Lines
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"},
		Rand: testRand(3), Catalogue: "shunping-2020@1"})
	enroll(t, db, "clerk")
	ids = append(ids, savePlates(t, db, 1)...) // its own stands before them all
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Pull = &wire.Pulled{Cursor: "c1"}
	for i, line := range lines {
		ans.Pull.Observations = append(ans.Pull.Observations, wire.PulledLine{ID: ids[i], Line: string(line)})
	}
	mustApply(t, db, ans, req)
	list, err := db.List(ctx, Filter{Limit: 3})
	if err != nil || len(list) != 3 {
		t.Fatal(len(list), err)
	}
	for i, e := range list {
		if want := ids[len(ids)-1-i]; e.View.Record != want {
			t.Errorf("%d is %s, want %s", i, e.View.Record, want)
		}
	}
}

func TestALineTooLongForTheServerTravelsAsItsHash(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	ids := savePlates(t, db, 1)
	limits := wire.DefaultLimits
	limits.Line = 100
	req, err := db.NextRequest(ctx, RequestOptions{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := wire.IsTombstone(req.Frame.Lines[0]); !ok || req.Frame.CheckChain() != nil {
		t.Fatalf("%s", req.Frame.Lines[0])
	}
	if got := req.Frame.IDs(req.Frame.Hashes())[0].String(); got != ids[0] {
		t.Errorf("the tombstone has id %s, the line %s", got, ids[0])
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
