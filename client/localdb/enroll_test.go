package localdb

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// deliver lets a server accept all waiting lines.
func deliver(t *testing.T, db *DB, server *Keys) {
	t.Helper()
	deliverAs(t, db, server, wire.Created)
}

// deliverAs sends all waiting lines; the server answers each with status.
func deliverAs(t *testing.T, db *DB, server *Keys, status wire.Status) {
	t.Helper()
	for {
		req := mustNext(t, db)
		if req.Frame == nil {
			return
		}
		ans := answer(req, status)
		ans.Signed = true
		ans.Boots = []wire.SignedBoot{wire.SignBoot(server.Device, req.Stream, clock.Boot{ID: req.Now.Boot, Base: start - 5000})}
		mustApply(t, db, ans, req)
	}
}

// twoStreams opens a device with 3 lines in a first stream and 2 in a second, all delivered.
func twoStreams(t *testing.T) *DB {
	t.Helper()
	db, _ := openEnrolled(t, "clerk")
	server := testKeys(t, 99)
	savePlates(t, db, 3)
	deliver(t, db, server)
	if err := db.writeTx(ctx, func() error { return db.exec("UPDATE streams SET closed = 1") }); err != nil {
		t.Fatal(err)
	}
	savePlates(t, db, 2)
	deliver(t, db, server)
	wantWaiting(t, db, 0)
	return db
}

func enrolledAt(db *DB, server *Keys, epoch string) wire.Enrolled {
	return wire.Enrolled{Device: db.Device(), Unit: "window-1", Role: "clerk", ServerEpoch: epoch, ServerTime: start, ServerKey: server.Public(), Signs: 1}
}

func TestEnrolledAtTheSameServerThatLostEverything(t *testing.T) {
	db := twoStreams(t)
	if err := db.Enroll(ctx, "http://server.test", enrolledAt(db, testKeys(t, 99), "e1")); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, db, 0) // the server has lost nothing
	if err := db.Enroll(ctx, "http://server.test", enrolledAt(db, testKeys(t, 99), "e2")); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, db, 5)
}

func TestOtherServerWaitsForConfirmation(t *testing.T) {
	db := twoStreams(t)
	other := testKeys(t, 77)
	if err := db.Enroll(ctx, "http://other.test", enrolledAt(db, other, "x1")); !errors.Is(err, ErrOtherServer) {
		t.Fatal(err)
	}
	id, err := db.Identity(ctx)
	if err != nil || id.Server != "http://server.test" || !testKeys(t, 99).Public().Equal(ed25519.PublicKey(id.ServerKey)) {
		t.Errorf("the device belongs to %s already (%v)", id.Server, err)
	}
	wantWaiting(t, db, 0)
	p, err := db.Pending(ctx)
	if err != nil || p == nil || p.Lines != 5 || p.Server != "http://other.test" {
		t.Fatalf("%+v %v", p, err)
	}
	if st, err := db.Status(ctx); err != nil || st.Pending == nil {
		t.Errorf("status does not say it (%v)", err)
	}
	if err := db.Confirm(ctx); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, db, 5)
	if req := mustNext(t, db); len(req.Offers) > 0 {
		t.Errorf("offers what another server signed: %v", req.Offers)
	}
	if err := db.Confirm(ctx); !errors.Is(err, ErrNoPending) {
		t.Error(err)
	}
	deliver(t, db, other)
	savePlates(t, db, 1)
	if req := mustNext(t, db); len(req.Offers) != 1 {
		t.Errorf("offers %v", req.Offers)
	}
}

func TestADeclinedServerIsForgotten(t *testing.T) {
	db := twoStreams(t)
	if err := db.Enroll(ctx, "http://other.test", enrolledAt(db, testKeys(t, 77), "x1")); !errors.Is(err, ErrOtherServer) {
		t.Fatal(err)
	}
	if err := db.Decline(ctx); err != nil {
		t.Fatal(err)
	}
	if p, err := db.Pending(ctx); p != nil || err != nil {
		t.Errorf("%v %v", p, err)
	}
	wantWaiting(t, db, 0)
}

func TestUnsignedAnswerIsRefusedAfterASignedOne(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 1)
	req := mustNext(t, db)
	mustApply(t, db, answer(req, wire.Created), req) // of an older server
	savePlates(t, db, 1)
	req = mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Signed = true
	mustApply(t, db, ans, req)

	savePlates(t, db, 1)
	req = mustNext(t, db)
	ans = answer(req, wire.Created)
	ans.ServerTime, ans.Limits = start+1e9, wire.Limits{Observations: 1, Line: 1}
	if _, err := db.Apply(ctx, ans, req); !errors.Is(err, wire.ErrUnsigned) {
		t.Errorf("an unsigned answer: %v", err)
	}
	wantWaiting(t, db, 1)
	if st, _ := db.Status(ctx); st.LastContact != start {
		t.Errorf("the time of an unsigned answer was kept: %d", st.LastContact)
	}
	if l, _ := db.Limits(ctx); l.Observations == 1 {
		t.Errorf("limits of an unsigned answer were kept: %+v", l)
	}
}

func TestNoLimitMakesShortLineATombstone(t *testing.T) {
	for _, c := range []struct {
		name   string
		signed bool
		line   int
		want   int
	}{
		{"a signed 1", true, 1, 4096}, {"a signed 5000", true, 5000, 5000}, {"a signed minus", true, -7, 4096},
		{"an unsigned 5000", false, 5000, 65536}, {"an unsigned 100000", false, 100_000, 100_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, _ := openEnrolled(t, "clerk")
			savePlates(t, db, 1)
			req := mustNext(t, db)
			ans := answer(req, wire.Created)
			ans.Signed, ans.Limits = c.signed, wire.Limits{Observations: 1, Line: c.line}
			mustApply(t, db, ans, req)
			if l, err := db.Limits(ctx); err != nil || l.Line != c.want || l.Soft < 4096 {
				t.Errorf("%+v %v, want %d", l, err, c.want)
			}
		})
	}
}
