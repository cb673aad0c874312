package localdb

import (
	"testing"

	"roadbook/schema"
	"roadbook/sync/wire"
)

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
		t.Error("released, and still quarantined")
	}
	if p := mustNext(t, db).Pull; p.Cursor != "c1" {
		t.Errorf("cursor %q", p.Cursor)
	}
	if e := mustShow(t, db, id); len(e.Fates[e.Observations[0].ID]) != 1 {
		t.Error("the fate is not shown")
	}
	// A line sent again gets its first result again; the release is not repeated.
	if err := db.writeTx(ctx, func() error { return db.reoffer("key > 0", &Applied{}) }); err != nil {
		t.Fatal(err)
	}
	mustApply(t, db, ans, mustNext(t, db))
	if st, _ = db.Status(ctx); len(st.Quarantined) != 0 || st.Waiting != 0 {
		t.Error("released and sent again, and quarantined")
	}
	// A server restored to an earlier time reports the quarantine again, and is believed.
	fate.Pull.Fates[0].Status = string(wire.Quarantined)
	mustApply(t, db, fate, mustNext(t, db))
	if err := db.writeTx(ctx, func() error { return db.reoffer("key > 0", &Applied{}) }); err != nil {
		t.Fatal(err)
	}
	mustApply(t, db, ans, mustNext(t, db))
	if st, _ = db.Status(ctx); len(st.Quarantined) != 1 {
		t.Error("quarantined again, and not shown")
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
	mustApply(t, db, ans, req) // the same page twice

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

// The last saved record comes first, in any order of ids.
func TestPulledRecordsAreListedNewestFirst(t *testing.T) {
	other, _ := openEnrolled(t, "clerk")
	ids := savePlates(t, other, 12)
	lines := mustNext(t, other).Frame.Lines
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"},
		Rand: testRand(3), Catalogue: "shunping-2020@1"})
	enroll(t, db, "clerk")
	ids = append(ids, savePlates(t, db, 1)...) // an own record comes before all pulled ones
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
