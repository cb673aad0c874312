package localdb

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/sync/wire"
)

const (
	segments      = `{"segment":[["S1","省道 1",0,0],["S2","",0,0]],"year":[["2020","",0,0]]}`
	laterSegments = `{"later":{"of":"another form"},"segment":[["S3","",0,0,"more"]]}`
)

// pullSigned applies an answer with a pull, of a server that has all delivered lines, and returns its effect.
func pullSigned(t testing.TB, db *DB, p wire.Pulled) Applied {
	t.Helper()
	req := mustNext(t, db)
	ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Signed: true, Pull: &p}
	var last int64
	err := db.readTx(ctx, func() (err error) {
		last, err = db.queryInt("SELECT max(key & 0xffffffff) FROM lines WHERE status <> ''")
		if err != nil || last == 0 {
			return err
		}
		st, err := db.lastStream()
		if err != nil {
			return err
		}
		h, _, err := db.hashAt(&st, uint64(last))
		ans.Ranges = []wire.Range{{First: 1, Last: uint64(last), Prev: wire.Genesis(db.stream(st.epoch)), Head: h}}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mustApply(t, db, ans, req)
}

// segmentsHere are the segments in use on the device.
func segmentsHere(t testing.TB, db *DB) string {
	t.Helper()
	var names []string
	err := db.readTx(ctx, func() error {
		ref, err := db.reference()
		for _, e := range ref.Entries(schema.ListSegment) {
			names = append(names, e.Value)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func asked(t testing.TB, db *DB) string { return mustNext(t, db).Pull.Reference }

// What HQ's lists go through on a device. No text breaks a sync, and none is asked for twice.
func TestReferenceData(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2), Catalogue: "shunping-2020@1"}
	db := openDB(t, cfg)
	enroll(t, db, "officer")
	if got := asked(t, db); got != wire.AllReference {
		t.Errorf("at first the device asks with %q", got)
	}
	last := wire.AllReference
	for _, c := range []struct{ name, text, want string }{
		{"null", "null", ""},
		{"broken before any other", `{"segment":[1]}`, ""},
		{"the first", segments, "S1 S2"},
		{"no part", "", "S1 S2"},
		{"broken", `{"segment":[["S9"]]}`, "S1 S2"},
		{"broken otherwise", `[]`, "S1 S2"},
		{"too long", `{"segment":[["S9","` + strings.Repeat("x", schema.MaxReferenceBytes) + `",0,0]]}`, "S1 S2"},
		{"of a later version", laterSegments, "S3"},
		{"empty", "{}", ""},
		{"the first once more", segments, "S1 S2"},
	} {
		a := pullSigned(t, db, wire.Pulled{Cursor: c.name, Reference: []byte(c.text)})
		if got := segmentsHere(t, db); got != c.want || a.More {
			t.Errorf("%s: segments %q, want %q", c.name, got, c.want)
		}
		if c.text != "" && c.text != "null" {
			last = schema.ReferenceDigest([]byte(c.text))
		}
		if got := asked(t, db); got != last {
			t.Errorf("%s: the device asks with %q", c.name, got)
		}
		if n, err := db.queryInt("SELECT max(length(text)) FROM reference"); n > 1000 || err != nil {
			t.Errorf("%s: %d bytes kept", c.name, n)
		}
		db.Close()
		db = openDB(t, cfg)
		if got := segmentsHere(t, db); got != c.want {
			t.Errorf("%s: after a restart segments %q, want %q", c.name, got, c.want)
		}
		if c, _ := db.getMeta(metaCursor); c == "" {
			t.Errorf("the pull stopped")
		}
	}
	if err := db.writeTx(ctx, func() error { return db.exec("UPDATE reference SET text = ?", []byte(`{"segment":[["S7","",0,0]]}`)) }); err != nil {
		t.Fatal(err)
	}
	db.refDigest = ""
	if got := segmentsHere(t, db); got != "" {
		t.Errorf("a text of another digest is in use: %q", got)
	}
}

// The lists stay through a move and another epoch, since their digest decides, and go with the server's key.
func TestReferenceOfAnotherServer(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	pullSigned(t, db, wire.Pulled{Cursor: "c", Reference: []byte(segments), Doubts: []wire.RecordDoubts{{Record: mustSave(t, db, incident(t, db)).ID, Doubts: []wire.Doubt{{Code: "duplicate"}}}}})
	told := func() int64 {
		n, _ := db.queryInt("SELECT count(*) FROM told_doubts")
		return n
	}
	if told() != 1 {
		t.Fatal("nothing told")
	}
	req := mustNext(t, db)
	ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Signed: true, Moved: &wire.Moved{Unit: "window-9", At: start, Certificate: "c"}}
	mustApply(t, db, ans, req)
	if got := segmentsHere(t, db); got != "S1 S2" || told() != 0 {
		t.Errorf("after a move: segments %q, %d doubts told", got, told())
	}
	pullSigned(t, db, wire.Pulled{Cursor: "c", Doubts: []wire.RecordDoubts{{Record: mustSave(t, db, incident(t, db)).ID, Doubts: []wire.Doubt{{Code: "duplicate"}}}}})
	other := testKeys(t, 77)
	if err := db.Enroll(ctx, "http://other.test", enrolledAt(db, other, "x1")); !errors.Is(err, ErrOtherServer) {
		t.Fatal(err)
	}
	if err := db.Confirm(ctx); err != nil {
		t.Fatal(err)
	}
	if got := segmentsHere(t, db) + asked(t, db); got != wire.AllReference || told() != 0 {
		t.Errorf("another server: %q, %d doubts told", got, told())
	}
}
