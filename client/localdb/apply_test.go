package localdb

import (
	"crypto/ed25519"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// answer accepts the whole frame with one status.
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
	savePlates(t, db, 1) // saved while the request was under way

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
	wantWaiting(t, db, 1) // a status of a later protocol promises nothing
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

	c.wall, c.mono = 0, 65_000 // the wall clock falls back to 1970, the boot continues
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
