package localdb

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// fakeClock is a clock set by a test.
type fakeClock struct {
	wall, mono int64
	boot       string
}

func (c *fakeClock) Wall() int64 { return c.wall }

func (c *fakeClock) Boot() (id string, mono int64) { return c.boot, c.mono }

// start is 15 Dec 2020, 10:00 in Shanghai.
const start = 1607997600000

var ctx = context.Background()

func testRand(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func testKeys(t testing.TB, seed byte) *Keys {
	t.Helper()
	k, err := NewKeys(testRand(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// openEnrolled opens an encrypted database in its own directory, enrolled in unit "window-1".
func openEnrolled(t testing.TB, role string) (*DB, *fakeClock) {
	t.Helper()
	c := &fakeClock{wall: start, mono: 5000, boot: "b0000001"}
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: c, Rand: testRand(2), Catalogue: "shunping-2020@1"})
	enroll(t, db, role)
	return db, c
}

func openDB(t testing.TB, cfg Config) *DB {
	t.Helper()
	db, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func enroll(t testing.TB, db *DB, role string) {
	t.Helper()
	err := db.Enroll(ctx, "http://server.test", wire.Enrolled{
		Device: db.Device(), Unit: "window-1", Role: role, ServerEpoch: "e1", ServerTime: start - 1000,
		ServerKey: testKeys(t, 99).Public(), Kinds: wire.NewKinds(schema.Default())})
	if err != nil {
		t.Fatal(err)
	}
}

// fields parses values as typed; "" clears.
func fields(t testing.TB, db *DB, kind string, pairs ...string) schema.Values {
	t.Helper()
	k, _ := db.Schema().Kind(kind)
	var v schema.Values
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v = v.With(pairs[i], schema.Value{})
			continue
		}
		value, fault := k.Parse(pairs[i], pairs[i+1])
		if fault != nil {
			t.Fatal(fault)
		}
		v = v.With(pairs[i], value)
	}
	return v
}

func plate(t testing.TB, db *DB, number string) Draft {
	t.Helper()
	return Draft{Kind: "plate", Officer: "01234", Fields: fields(t, db, "plate",
		"plate_type", "02", "plate_number", number, "business", "注册", "occurred_at", "2020-12-15T10:00:00+08:00")}
}

func mustSave(t testing.TB, db *DB, d Draft) Saved {
	t.Helper()
	saved, err := db.Save(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func mustNext(t testing.TB, db *DB) *wire.Request {
	t.Helper()
	req, err := db.NextRequest(ctx, RequestOptions{Limits: wire.DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func mustShow(t testing.TB, db *DB, id string) Record {
	t.Helper()
	e, err := db.Show(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// saveFaults tries to save an invalid draft, and returns field → code.
func saveFaults(t testing.TB, db *DB, d Draft) map[string]string {
	t.Helper()
	before, _ := db.Waiting(ctx)
	_, err := db.Save(ctx, d)
	var faults schema.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error %v, want faults", err)
	}
	if after, _ := db.Waiting(ctx); after != before {
		t.Errorf("a refused draft was saved")
	}
	got := map[string]string{}
	for _, f := range faults {
		got[f.Field] = f.Code
	}
	return got
}

func TestSaveWritesTheLineItPromised(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	saved := mustSave(t, db, plate(t, db, "冀F8K2M6"))
	f := mustNext(t, db).Frame
	want := `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","officer":"01234",` +
		`"clock":{"hlc":"105381730713600000","boot":"b0000001","mono":5000,"wall":1607997600000,"known":1607997599000},` +
		`"fields":{"business":"register","occurred_at":"2020-12-15T10:00:00+08:00","plate_number":"冀F8K2M6",` +
		`"plate_type":"02","sets":1,"unit":"window-1"}}`
	if got := string(f.Lines[0]); got != want {
		t.Errorf("line\n%s\nwant\n%s", got, want)
	}
	if err := errors.Join(f.CheckChain(), f.CheckSignature(db.cfg.Keys.Public())); err != nil {
		t.Error(err)
	}
	if id := f.IDs(f.Hashes())[0].String(); id != saved.ID || saved.Record != saved.ID || saved.Subject() != saved.ID {
		t.Errorf("saved %+v, sent %s", saved, id)
	}
}

func TestSaveNamesAllThatIsMissing(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	got := saveFaults(t, db, Draft{Kind: "plate"})
	for _, field := range []string{"plate_type", "plate_number", "business"} {
		if got[field] != schema.FaultRequired {
			t.Errorf("%s: %q", field, got[field])
		}
	}
	if len(got) != 3 {
		t.Errorf("faults %v", got)
	}
}

func TestSaveRefuses(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	accident := Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "财产损失", "procedure", "简易")}
	if got := saveFaults(t, db, accident); got[""] != "wrong_role" {
		t.Errorf("an accident by a clerk: %v", got)
	}
	if _, err := db.Save(ctx, Draft{Kind: "ufo"}); !errors.Is(err, ErrUnknownKind) {
		t.Error(err)
	}
	if _, err := db.Save(ctx, Draft{Act: wire.Amend, ID: "no such"}); !errors.Is(err, ErrUnknownRecord) {
		t.Error(err)
	}
	saved := mustSave(t, db, plate(t, db, "冀F00001"))
	for _, reason := range []string{"", "  ", "\u3000\u200b"} { // a thumb on the space bar, an input method's blank
		if got := saveFaults(t, db, Draft{Act: wire.Void, ID: saved.ID, Reason: reason}); got["reason"] != schema.FaultRequired {
			t.Errorf("a void for the reason %q: %v", reason, got)
		}
	}
	if r := mustShow(t, db, saved.ID); r.View.Void || len(r.Observations) != 1 {
		t.Errorf("the plate is %+v", r.View)
	}
	if _, err := db.Save(ctx, Draft{Act: wire.Link, ID: "x"}); err == nil {
		t.Error("a device linked")
	}
}

func TestOccurredAtIsFilledInAndNamed(t *testing.T) {
	db, c := openEnrolled(t, "officer")
	c.wall = start + 90_000
	saved := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "财产损失", "procedure", "简易")})
	e := mustShow(t, db, saved.ID)
	at, _ := e.View.Fields.Get("occurred_at")
	if at.I != start+90_000 || strings.Join(e.Observations[0].Line.Auto, ",") != "occurred_at" {
		t.Errorf("occurred_at %d, auto %v", at.I, e.Observations[0].Line.Auto)
	}
	if dead, _ := e.View.Fields.Get("dead"); dead.I != 0 || dead.Type != schema.TypeInt {
		t.Errorf("the default is missing: %v", dead)
	}
}

func TestHLCNeverGoesBack(t *testing.T) {
	db, c := openEnrolled(t, "clerk")
	var last uint64
	for i, wall := range []int64{start, 0, start + 10*365*86400_000, start, -5} {
		c.wall = wall
		id := mustSave(t, db, plate(t, db, "冀F8K2M"+string(rune('1'+i)))).ID
		e := mustShow(t, db, id)
		h := uint64(e.Observations[0].Line.Clock.HLC)
		if h <= last {
			t.Errorf("wall %d: stamp %d after %d", wall, h, last)
		}
		last = h
	}
}

func TestAmendNamesWhatItSawAndCompletesRegisters(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	first := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "伤人", "procedure", "一般", "injured", "1")})
	second := mustSave(t, db, Draft{Act: wire.Amend, ID: first.ID, Fields: fields(t, db, "accident", "severity", "财产损失")})
	e := mustShow(t, db, second.ID)
	if e.View.Record != first.ID || second.Record != first.ID || len(e.Observations) != 2 {
		t.Fatalf("record %s, said %d", e.View.Record, len(e.Observations))
	}
	l := e.Observations[1].Line
	if strings.Join(l.Seen, ",") != first.ID {
		t.Errorf("seen %v", l.Seen)
	}
	if got := string(l.Fields); got != `{"dead":0,"procedure":"general","severity":"property"}` {
		t.Errorf("fields %s", got)
	}
	third := mustSave(t, db, Draft{Act: wire.Void, ID: second.ID, Reason: "重复"})
	e = mustShow(t, db, third.ID)
	if !e.View.Void || e.View.VoidReason != "重复" || len(e.Observations[2].Line.Seen) != 2 {
		t.Errorf("void %v %q, seen %v", e.View.Void, e.View.VoidReason, e.Observations[2].Line.Seen)
	}
	mustSave(t, db, Draft{Act: wire.Restore, ID: first.ID})
	if mustShow(t, db, first.ID).View.Void {
		t.Error("still void after its restoring")
	}
}

func TestAmendMayNotBreakARecord(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	a := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "伤人", "procedure", "简易")})
	got := saveFaults(t, db, Draft{Act: wire.Amend, ID: a.ID, Fields: fields(t, db, "accident", "severity", "死亡")})
	if len(got) == 0 {
		t.Error("a fatal accident without dead was accepted")
	}
	if got := saveFaults(t, db, Draft{Act: wire.Amend, ID: a.ID, Fields: fields(t, db, "accident", "unit", "")}); got["unit"] != "unit_by_hq" {
		t.Errorf("clearing the unit: %v", got)
	}
	if got := saveFaults(t, db, Draft{Act: wire.Amend, ID: a.ID, Fields: fields(t, db, "accident", "occurred_at", "")}); got["occurred_at"] != schema.FaultRequired {
		t.Errorf("clearing what is required: %v", got)
	}
	if got := saveFaults(t, db, Draft{Act: wire.Amend, ID: a.ID}); got[""] != schema.FaultRequired {
		t.Errorf("an empty amendment: %v", got)
	}
}

func TestCasualtyIsAnItemOfItsAccident(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	a := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "伤人", "procedure", "一般")})
	c := mustSave(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", a.ID, "died_at", "2020-12-16T08:00:00+08:00")})
	if c.Record != a.ID || c.Item != c.ID || c.Subject() != c.ID {
		t.Fatalf("saved %+v", c)
	}
	amended := mustSave(t, db, Draft{Act: wire.Amend, ID: c.ID, Fields: fields(t, db, "casualty", "note", "更正")})
	if amended.Record != a.ID || amended.Item != c.ID {
		t.Errorf("amended %+v", amended)
	}
	items := mustShow(t, db, c.ID).View.Items
	if len(items) != 1 || items[0].ID.String() != c.ID {
		t.Fatalf("items %+v", items)
	}
	if note, _ := items[0].Fields.Get("note"); note.S != "更正" {
		t.Errorf("note %v", note)
	}
	mustSave(t, db, Draft{Act: wire.Void, ID: c.ID, Reason: "误报"})
	e := mustShow(t, db, a.ID)
	if e.View.Void || !e.View.Items[0].Void {
		t.Errorf("record void %v, item void %v", e.View.Void, e.View.Items[0].Void)
	}
	if got := saveFaults(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "died_at", "2020-12-16T08:00:00+08:00")}); got["accident"] != schema.FaultRequired {
		t.Errorf("a casualty of nothing: %v", got)
	}
}

func TestNotEnrolled(t *testing.T) {
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{boot: "b0000001"}})
	if _, err := db.Save(ctx, plate(t, db, "冀F8K2M6")); !errors.Is(err, ErrNotEnrolled) {
		t.Error(err)
	}
	s, err := db.Status(ctx)
	if err != nil || s.Enrolled || s.Device != db.Device() {
		t.Errorf("%+v %v", s, err)
	}
}

func TestListIsNewestFirst(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	a := mustSave(t, db, plate(t, db, "冀F8K2M6"))
	b := mustSave(t, db, plate(t, db, "冀F8K2M7"))
	list, err := db.List(ctx, Filter{})
	if err != nil || len(list) != 2 || list[0].View.Record != b.ID || list[1].View.Record != a.ID {
		t.Fatalf("%v %v", list, err)
	}
	mustSave(t, db, Draft{Act: wire.Amend, ID: a.ID, Fields: fields(t, db, "plate", "sets", "2")})
	list, _ = db.List(ctx, Filter{Limit: 1})
	if len(list) != 1 || list[0].View.Record != a.ID || list[0].Waiting() != 2 {
		t.Errorf("%v", list)
	}
	if !list[0].View.Complete() {
		t.Errorf("faults %v", list[0].View.Faults)
	}
}
