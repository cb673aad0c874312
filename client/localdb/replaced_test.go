package localdb

import (
	"fmt"
	"testing"

	"roadbook/sync/wire"
)

// statuses are the statuses of the lines of all streams, oldest stream first.
func statuses(t *testing.T, db *DB) (all []wire.Status) {
	t.Helper()
	err := db.Lines(ctx, func(_ wire.ObsID, _ []byte, status wire.Status) error {
		all = append(all, status)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnotherDatabase: every sign of another database makes the other streams' lines and the quarantined lines wait again.
// Only a database can tell whether it quarantined a line.
func TestAnotherDatabase(t *testing.T) {
	const rest = "[   created ]" // three lines of the first stream, two of the second
	for name, c := range map[string]struct {
		spoil  func(*wire.Answer)
		want   string
		cursor string
	}{
		"the same":          {func(*wire.Answer) {}, "[created created created created quarantined]", "c1"},
		"another epoch":     {func(a *wire.Answer) { a.ServerEpoch = "e2" }, rest, "c1"},
		"put back":          {func(a *wire.Answer) { a.PutBack = true }, rest, ""},
		"put back, no pull": {func(a *wire.Answer) { a.PutBack, a.Pull = true, nil }, rest, ""},
		"the pull is reset": {func(a *wire.Answer) { a.Pull.Reset = true }, rest, "c1"},
		"a move resets the pull": {func(a *wire.Answer) {
			a.Pull.Reset, a.Moved = true, &wire.Moved{Unit: "window-2", Earlier: []string{"window-1"}, At: start, Certificate: "c"}
		}, "[created created created created quarantined]", "c1"},
	} {
		t.Run(name, func(t *testing.T) {
			db := twoStreams(t)
			if err := db.writeTx(ctx, func() error {
				if err := db.exec("UPDATE lines SET status = 'quarantined' WHERE key = ?", keyOf(2, 2)); err != nil {
					return err
				}
				if err := db.exec("INSERT INTO told_doubts VALUES ('r1', '[]')"); err != nil {
					return err
				}
				return db.exec("INSERT INTO elsewhere VALUES ('r1', 'window-9', '', 1)")
			}); err != nil {
				t.Fatal(err)
			}
			ans := rangesAnswer(start, wholeStreams(t, db)[1].Ranges)
			ans.Pull = &wire.Pulled{Cursor: "c1"}
			c.spoil(ans)
			mustApply(t, db, ans, mustNext(t, db))
			if got := fmt.Sprint(statuses(t, db)); got != c.want {
				t.Errorf("the lines are %s, want %s", got, c.want)
			}
			if cursor, _ := db.getMeta(metaCursor); cursor != c.cursor {
				t.Errorf("the next pull goes on at %q, want %q", cursor, c.cursor)
			}
			if gone, _ := db.goneTo("r1"); gone == "" != (c.cursor == "" || ans.Pull.Reset) {
				t.Errorf("the record is marked as gone to %q", gone)
			}
			if _, found, err := db.toldDoubts("r1"); err != nil || found == (c.cursor == "" || ans.Pull.Reset) {
				t.Errorf("the doubts are known: %v, %v", found, err)
			}
		})
	}
}

// TestAFrameIsNotOfferedAgainToTheDatabaseThatAnsweredIt: the answer itself tells the lines' results.
func TestAFrameIsNotOfferedAgainToTheDatabaseThatAnsweredIt(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 2)
	req := mustNext(t, db)
	ans := answer(req, wire.Quarantined)
	ans.Signed, ans.PutBack = true, true
	mustApply(t, db, ans, req)
	wantWaiting(t, db, 0)
}

// TestArrivals: each stream shows its own last arrival, also in a file; a database that was put back ends a arrival.
func TestArrivals(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	send := func(shown, arrival string, putBack bool) {
		t.Helper()
		savePlates(t, db, 1)
		req := mustNext(t, db)
		if req.Arrival != shown {
			t.Errorf("the request shows %q, want %q", req.Arrival, shown)
		}
		var inFile string
		if err := db.WaitingRequests(ctx, wire.DefaultLimits, func(r *wire.Request) (bool, error) {
			inFile = r.Arrival
			return true, nil
		}); err != nil || inFile != shown {
			t.Errorf("the file shows %q, want %q; %v", inFile, shown, err)
		}
		ans := answer(req, wire.Created)
		ans.Signed, ans.Arrival, ans.PutBack = true, arrival, putBack
		mustApply(t, db, ans, req)
	}
	send("", "1.a", false)
	mustApply(t, db, rangesAnswer(start, nil), &wire.Request{Stream: wire.StreamID{Device: db.device, Epoch: "otherone"}})
	send("1.a", "2.b", false)
	send("2.b", "", false) // an older server's answer tells no arrival
	send("2.b", "4.d", true)
	send("4.d", "", true)
	send("", "6.f", false)
	if err := db.writeTx(ctx, func() error { return db.exec("UPDATE streams SET closed = 1") }); err != nil {
		t.Fatal(err)
	}
	send("", "1.z", false)
	mustApply(t, db, &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Signed: true, PutBack: true}, &wire.Request{Stream: db.stream("otherone")})
	send("", "2.z", false) // the word of any stream ends the arrivals of all
	if err := db.Enroll(ctx, "http://server.test", enrolledAt(db, testKeys(t, 99), "e2")); err != nil {
		t.Fatal(err)
	}
	if req := mustNext(t, db); req.Arrival != "" {
		t.Errorf("a server that lost everything is shown %q", req.Arrival)
	}
}

// TestFatesOfALostDatabase: a device that enrolls again at a server without its lines forgets their fates as well.
func TestFatesOfALostDatabase(t *testing.T) {
	db := twoStreams(t)
	id := wholeStreams(t, db)[1].Ranges[0].Head
	req, ans := mustNext(t, db), rangesAnswer(start, wholeStreams(t, db)[1].Ranges)
	line := wire.NewObsID(req.Stream, 2, id).String()
	ans.Pull = &wire.Pulled{Cursor: "told", Fates: []wire.Fate{{ID: line, Status: "quarantined"}}}
	mustApply(t, db, ans, req)
	if got := statuses(t, db)[4]; got != wire.Quarantined {
		t.Fatalf("the line is %s", got)
	}
	if err := db.Enroll(ctx, "http://server.test", enrolledAt(db, testKeys(t, 99), "e2")); err != nil {
		t.Fatal(err)
	}
	if cursor, err := db.getMeta(metaCursor); err != nil || cursor != "" {
		t.Errorf("the next pull goes on at %q, where the fates are told already (%v)", cursor, err)
	}
	for req = mustNext(t, db); req.Frame != nil; req = mustNext(t, db) {
		ans := answer(req, wire.Exists)
		ans.Signed, ans.ServerEpoch = true, "e2"
		mustApply(t, db, ans, req)
	}
	if got := statuses(t, db)[4]; got != wire.Exists {
		t.Errorf("the line is %s, though the new database accepted it", got)
	}
	// The same database, once more: nothing is lost, and the word about the line stands.
	ans = rangesAnswer(start, wholeStreams(t, db)[1].Ranges)
	ans.Signed, ans.ServerEpoch = true, "e2"
	ans.Pull = &wire.Pulled{Cursor: "told", Fates: []wire.Fate{{ID: line, Status: "quarantined"}}}
	mustApply(t, db, ans, req)
	if err := db.Enroll(ctx, "http://server.test", enrolledAt(db, testKeys(t, 99), "e2")); err != nil {
		t.Fatal(err)
	}
	if cursor, _ := db.getMeta(metaCursor); cursor != "told" || statuses(t, db)[4] != wire.Quarantined {
		t.Errorf("enrolled again at the same database: the line is %s, the cursor %q", statuses(t, db)[4], cursor)
	}
}

// TestAFileFromTheReplacedDatabase: an answer in a file counts for nothing once another database has answered.
func TestAFileFromTheReplacedDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		putBack bool
		at      int64
		want    int64 // lines waiting afterwards
	}{
		"the same database":           {false, start - 1, 0},
		"from before it was put back": {true, start - 1, 2},
		"from after it was put back":  {true, start + 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := openEnrolled(t, "clerk")
			savePlates(t, db, 2)
			req := mustNext(t, db)
			ans := rangesAnswer(start, nil)
			ans.PutBack = c.putBack
			mustApply(t, db, ans, &wire.Request{Stream: req.Stream})
			if err := db.writeTx(ctx, func() error { return db.putMeta(metaCursor, "c1") }); err != nil {
				t.Fatal(err)
			}
			late := answer(req, wire.Created)
			late.ServerTime, late.PutBack, late.Arrival = c.at, true, "2.b"
			f := req.Frame
			if _, stale, err := db.ApplyBundled(ctx, &wire.BundledAnswer{
				Stream: f.Stream.String(), First: f.First, Last: f.Last(), Head: f.Head, Answer: late,
			}); err != nil || stale != (c.want > 0) {
				t.Errorf("stale: %v, %v", stale, err)
			}
			wantWaiting(t, db, c.want)
			if arrival := mustNext(t, db).Arrival; arrival == "2.b" != (c.at > start) {
				t.Errorf("the request shows %q", arrival)
			}
			if cursor, _ := db.getMeta(metaCursor); cursor == "" != (c.at > start) {
				t.Errorf("the next pull goes on at %q", cursor)
			}
		})
	}
}
