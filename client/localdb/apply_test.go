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

// A boot of version 2 is kept whole: offered as it was signed, and own and pulled lines are corrected by it. One that a
// restored server fixed anew in version 1 takes its place.
func TestBootsOfVersion2(t *testing.T) {
	db, c := openEnrolled(t, "clerk")
	id := savePlates(t, db, 1)[0]
	c.wall, c.mono = c.wall+8*3600_000, c.mono+1000 // asleep
	req := mustNext(t, db)
	if req.Boots != 2 || req.Now.Wall != c.wall {
		t.Fatalf("the request says version %d, wall %d", req.Boots, req.Now.Wall)
	}
	server := testKeys(t, 99).Device
	b2 := clock.Boot{ID: "b0000001", Base: c.wall - 6000, V: 2, Offset: c.wall - 6000, Mono: 6000}
	ans := answer(req, wire.Created)
	ans.Boots = []wire.SignedBoot{wire.SignBoot(server, req.Stream, b2)}
	other := testKeys(t, 98)
	stream := wire.StreamID{Device: other.DeviceID(), Epoch: "ab12cd34"}
	line := (&wire.Line{V: 1, Kind: "plate", Act: wire.Create, Clock: clock.Evidence{HLC: 1, Boot: "q5w7e9r1", Mono: 1000, Wall: start}}).Marshal()
	pulled := wire.NewObsID(stream, 1, wire.ChainHash(wire.Genesis(stream), line)).String()
	p2 := clock.Boot{ID: "q5w7e9r1", Base: start + 3600_000, V: 2, Offset: start - 1000 + 3600_000, Mono: 2000}
	ans.Pull = &wire.Pulled{Cursor: "c", Observations: []wire.PulledLine{{ID: pulled, Line: string(line), Boot: p2}}}
	mustApply(t, db, ans, req)

	wantBoot := func(id string, want clock.Boot, moment int64) {
		t.Helper()
		all, err := db.observationsOf(id)
		if err != nil || len(all) != 1 || all[0].Boot != want || all[0].stamp().Moment != moment {
			t.Errorf("%s: %+v (%v), want %+v and the moment %d", id, all, err, want, moment)
		}
	}
	wantBoot(id, b2, start)          // an 8 h sleep before the fixing
	wantBoot(pulled, p2, start+1000) // an hour, by the other's wall clock: 1 s slow
	savePlates(t, db, 1)
	if offers := mustNext(t, db).Offers; len(offers) != 1 || offers[0].Boot != b2 || wire.CheckBoot(server.Public().(ed25519.PublicKey), req.Stream, offers[0]) != nil {
		t.Errorf("offers %+v", offers)
	}

	ans = &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Boots: []wire.SignedBoot{wire.SignBoot(server, req.Stream, b2.In(1))}}
	mustApply(t, db, ans, req)
	wantBoot(id, b2.In(1), start+8*3600_000-1000)
	if offers := mustNext(t, db).Offers; len(offers) != 1 || offers[0].Boot != b2.In(1) {
		t.Errorf("offers %+v", offers)
	}
}

// An older program that still runs saves a boot as signed in version 1, beside what version 2 says of it.
func TestBootSavedByAnOlderRunningProgram(t *testing.T) {
	db, c := openEnrolled(t, "clerk")
	savePlates(t, db, 1)
	req, server := mustNext(t, db), testKeys(t, 99).Device
	b2 := clock.Boot{ID: "b0000001", Base: start - 5000, V: 2, Offset: c.wall - 5000, Mono: 5000}
	ans := answer(req, wire.Retry)
	ans.Boots = []wire.SignedBoot{wire.SignBoot(server, req.Stream, b2)}
	mustApply(t, db, ans, req)
	sig1 := wire.SignBoot(server, req.Stream, b2.In(1)).Sig
	if err := db.conn.Exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	if err := db.exec("INSERT INTO boots VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (boot, epoch) DO UPDATE SET sig = ?5",
		req.Stream.Epoch, b2.ID, b2.Base, b2.Ceiling, sig1); err != nil {
		t.Fatal(err)
	}
	if err := db.conn.Exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if offers := mustNext(t, db).Offers; len(offers) != 1 || offers[0].Boot != b2.In(1) {
		t.Errorf("offers %+v", offers)
	}
}
