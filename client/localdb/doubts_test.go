package localdb

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// codesOf are the codes of a record's doubts: in brackets if HQ has looked, with a * if the server has not told.
func codesOf(t testing.TB, db *DB, id string) string {
	t.Helper()
	r := mustShow(t, db, id)
	var out []string
	for _, d := range r.Doubts {
		code := d.Code + map[bool]string{true: "*"}[d.Here]
		if d.Seen {
			code = "(" + code + ")"
		}
		if d.Text.ZH == "" || d.Text.EN == "" || strings.ContainsAny(d.Text.ZH+d.Text.EN, "{}") {
			t.Errorf("%s: %+v", d.Code, d.Text)
		}
		out = append(out, code)
	}
	return strings.Join(out, " ")
}

func wantDoubts(t testing.TB, db *DB, what, id, want string) {
	t.Helper()
	if got := codesOf(t, db, id); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func accident(t testing.TB, db *DB, at, number string) Draft {
	t.Helper()
	return Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "property", "procedure", "simple", "occurred_at", at, "case_number", number)}
}

func plateOn(t testing.TB, db *DB, at string) Draft {
	t.Helper()
	return Draft{Kind: "plate", Fields: fields(t, db, "plate", "plate_type", "02", "plate_number", "冀F8K2M6", "business", "注册", "occurred_at", at)}
}

// One thing typed twice on one device is told at saving, without a network, on both records; and no more once one is void.
func TestTypedTwiceOnThisDevice(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	first := mustSave(t, db, accident(t, db, "2020-12-15T08:00:00+08:00", "122-7")).ID
	wantDoubts(t, db, "alone", first, "")
	second := mustSave(t, db, accident(t, db, "2020-12-15T09:00:00+08:00", "１２２-7")).ID
	third := mustSave(t, db, accident(t, db, "2020-12-15T09:00:00+08:00", "无")).ID
	fourth := mustSave(t, db, accident(t, db, "2020-12-15T09:00:00+08:00", "无")).ID
	wantDoubts(t, db, "the first", first, "same_number*")
	wantDoubts(t, db, "the second", second, "same_number*")
	wantDoubts(t, db, "without a number", third+"", "")
	wantDoubts(t, db, "without a number", fourth, "")
	if d := mustShow(t, db, second).Doubts[0]; d.Other != first || !strings.Contains(d.Text.ZH, "（事故 122-7 2020-12-15）") || !strings.Contains(d.Text.ZH, "仅据本机") {
		t.Errorf("%+v", d)
	}
	mustSave(t, db, Draft{Act: wire.Amend, ID: second, Fields: fields(t, db, "accident", "case_number", "122-8")})
	wantDoubts(t, db, "the number mended", first, "")
	mustSave(t, db, Draft{Act: wire.Amend, ID: second, Fields: fields(t, db, "accident", "case_number", "122-7")})
	mustSave(t, db, Draft{Act: wire.Void, ID: second, Reason: "登重了"})
	wantDoubts(t, db, "the second is void", first, "")
	mustSave(t, db, Draft{Act: wire.Restore, ID: second})
	wantDoubts(t, db, "restored", first, "same_number*")
}

func TestPlatesTypedTwice(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	first := mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00")).ID
	second := mustSave(t, db, plateOn(t, db, "2020-12-14T16:00:00+08:00")).ID
	wantDoubts(t, db, "the first", first, "repeated*")
	wantDoubts(t, db, "the second", second, "duplicate*")
	later := mustSave(t, db, plateOn(t, db, "2020-12-12T10:00:00+08:00")).ID
	wantDoubts(t, db, "two days apart", later, "near*")
	wantDoubts(t, db, "two days apart", first, "repeated* near*")
	if d := mustShow(t, db, later).Doubts[0]; d.Text.ZH != "几天内另有同一号牌、同一业务的登记（号牌发放 冀F8K2M6，2020-12-14）：两条都计入，请核对是否同一件事（仅据本机的登记，同步后以服务器为准）" {
		t.Errorf("%s", d.Text.ZH)
	}
	list, err := db.List(ctx, Filter{Doubts: true, Limit: 2})
	if err != nil || len(list) != 2 || !list[1].Uncounted() || list[0].Uncounted() {
		t.Errorf("%d listed, %v", len(list), err)
	}
	if n, err := db.CountInDoubt(ctx, 100); n.Records != 3 || n.Looked != 3 || len(n.NoTargets) != 0 || err != nil {
		t.Errorf("%+v in doubt, %v", n, err)
	}
	if n, err := db.CountInDoubt(ctx, 2); n.Records != 2 || n.Looked != 2 || err != nil {
		t.Errorf("%+v in doubt, %v", n, err)
	}
}

// A database of an older program has no keys; they are filled in at the first start.
func TestKeysOfAnOlderProgram(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2), Catalogue: "shunping-2020@1"}
	db := openDB(t, cfg)
	enroll(t, db, "officer")
	mustSave(t, db, accident(t, db, "2020-12-15T08:00:00+08:00", "122-7"))
	if err := db.conn.Exec("DELETE FROM record_keys; DELETE FROM meta WHERE name = 'record_keys'"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = openDB(t, cfg)
	wantDoubts(t, db, "typed again", mustSave(t, db, accident(t, db, "2020-12-15T08:00:00+08:00", "122-7")).ID, "same_number*")
}

// Years mistyped, by a clock that a server has fixed or not. A clock that stands before the last word of the server proves nothing.
func TestYearsMistyped(t *testing.T) {
	for _, c := range []struct {
		name, at string
		wall     int64
		want     string
	}{
		{"1920", "1920-12-15T08:00:00+08:00", start, "far_past"},
		{"2030", "2030-12-15T08:00:00+08:00", start, "far_future"},
		{"thirteen months", "2019-11-15T08:00:00+08:00", start, ""},
		{"last night", "2020-12-14T23:00:00+08:00", start, ""},
		{"tomorrow, by a clock in 1970", "2020-12-30T08:00:00+08:00", 1000, ""},
	} {
		db, clk := openEnrolled(t, "officer")
		clk.wall = c.wall
		wantDoubts(t, db, c.name, mustSave(t, db, accident(t, db, c.at, "")).ID, c.want)
	}
}

func TestDeathsInDoubt(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	a := mustSave(t, db, accident(t, db, "2020-12-10T08:00:00+08:00", "")).ID
	death := func(at string) string {
		return mustSave(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", a, "died_at", at)}).ID
	}
	before, seventh, eighth := death("2020-12-10T07:59:00+08:00"), death("2020-12-17T08:00:00+08:00"), death("2020-12-17T08:00:01+08:00")
	wantDoubts(t, db, "three deaths", a, "death_before death_late")
	ds := mustShow(t, db, a).Doubts
	if ds[0].Item != before || ds[1].Item != eighth || ds[0].Item == seventh {
		t.Errorf("%+v", ds)
	}
	mustSave(t, db, Draft{Act: wire.Void, ID: before, Reason: "记错"})
	wantDoubts(t, db, "a void item", a, "death_late")
	i := mustSave(t, db, incident(t, db)).ID
	got := saveFaults(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", i, "died_at", "2020-12-17T08:00:00+08:00")})
	if got["accident"] != "item_mismatch" {
		t.Errorf("a casualty of an incident: %v", got)
	}
}

// The server's word replaces what this device found, and falls when this device changes what the word is about.
func TestServersWord(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	first := mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00")).ID
	second := mustSave(t, db, plateOn(t, db, "2020-12-14T16:00:00+08:00")).ID
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Signed = true
	ans.Doubts = []wire.Doubt{{Seq: 2, Code: "duplicate"}, {Seq: 2, Code: "far_past"}, {Seq: 2, Code: "of_a_newer_server"}, {Seq: 9, Code: "duplicate"}, {Code: "duplicate"}}
	if a := mustApply(t, db, ans, req); fmt.Sprint(a.Told) != "["+second+"]" {
		t.Errorf("told %v", a.Told)
	}
	wantDoubts(t, db, "told nothing", first, "repeated*")
	wantDoubts(t, db, "told", second, "duplicate of_a_newer_server")
	if d := mustShow(t, db, second).Doubts[0]; d.Other != "" || !strings.Contains(d.Text.ZH, "（其他单位的一条登记）") || d.Severity != schema.Uncounted {
		t.Errorf("%+v", d)
	}
	ans.Doubts = []wire.Doubt{{Seq: 2, Code: "repeated"}}
	if a := mustApply(t, db, ans, req); len(a.Told) > 0 {
		t.Errorf("a late answer to delivered lines tells %v", a.Told)
	}
	tell := func(record string, told ...wire.Doubt) Applied {
		return pullSigned(t, db, wire.Pulled{Cursor: "c", Doubts: []wire.RecordDoubts{{Record: record, Doubts: told}, {Record: "?", Doubts: told}}})
	}
	tell(second, wire.Doubt{Code: "duplicate", Other: first, Day: "2020-12-14"}, wire.Doubt{Code: "near", Day: "2020-12-15"}, wire.Doubt{Code: "near", Day: "2020-12-15"})
	wantDoubts(t, db, "told by a pull", second, "duplicate near")
	if n, _ := db.queryInt("SELECT count(*) FROM told_doubts WHERE record = '?'"); n != 0 {
		t.Error("what is no record id is kept")
	}
	tell(second, wire.Doubt{Code: "duplicate", Other: first, Day: "2020-12-14"}, wire.Doubt{Code: "near", Day: "2020-12-15"}, wire.Doubt{Code: "newer"})
	if a := tell(second, wire.Doubt{Code: "duplicate", Other: first, Day: "2020-12-14"}, wire.Doubt{Code: "near", Day: "2020-12-15"}, wire.Doubt{Code: "newer"}); len(a.Told) > 0 {
		t.Errorf("the same again tells %v", a.Told)
	}
	if a := tell(second, wire.Doubt{Code: "duplicate", Other: first}, wire.Doubt{Code: "near"}, wire.Doubt{Code: "newer"}); len(a.Told) > 0 {
		t.Errorf("the same without the days of the others tells %v", a.Told)
	}
	if a := tell(second, wire.Doubt{Code: "duplicate"}, wire.Doubt{Code: "near"}, wire.Doubt{Code: "newer"}); len(a.Told) != 1 {
		t.Errorf("another unit's record in place of the own one tells %v", a.Told)
	}
	tell(first)
	wantDoubts(t, db, "told that there is none", first, "")

	mustSave(t, db, Draft{Act: wire.Amend, ID: second, Fields: fields(t, db, "plate", "remark", "补")})
	wantDoubts(t, db, "a remark", second, "duplicate near newer")
	deliver(t, db, testKeys(t, 99))
	wantDoubts(t, db, "a remark, delivered", second, "duplicate near newer")
	mustSave(t, db, Draft{Act: wire.Amend, ID: second, Fields: fields(t, db, "plate", "plate_number", "冀F8K2M7")})
	wantDoubts(t, db, "another plate", second, "")
	deliver(t, db, testKeys(t, 99))
	wantDoubts(t, db, "another plate, delivered", second, "")

	if n, _ := db.queryInt("SELECT count(*) FROM told_doubts WHERE record = ?", second); n != 0 {
		t.Error("the server's word on another plate is kept")
	}
	tell(second, wire.Doubt{Code: "duplicate", Seen: true, Words: "已核实"})
	wantDoubts(t, db, "HQ has looked", second, "(duplicate)")
	if r := mustShow(t, db, second); r.InDoubt() || r.Doubts[0].Words != "已核实" {
		t.Errorf("%+v", r.Doubts)
	}
	many := make([]wire.Doubt, 200)
	for i := range many {
		many[i] = wire.Doubt{Code: fmt.Sprint("newer_", i)}
	}
	tell(second, many...)
	if n := len(mustShow(t, db, second).Doubts); n != maxTold {
		t.Errorf("%d doubts kept", n)
	}
	pullSigned(t, db, wire.Pulled{Cursor: "c", DoubtsAnew: true, Doubts: []wire.RecordDoubts{{Record: first, Doubts: []wire.Doubt{{Code: "repeated"}}}}})
	wantDoubts(t, db, "the server's doubts began anew", second, "")
	wantDoubts(t, db, "the server's doubts began anew", first, "repeated")
	pullSigned(t, db, wire.Pulled{Cursor: "c", Reset: true})
	wantDoubts(t, db, "a pull from the start", second, "")
	wantDoubts(t, db, "a pull from the start", first, "")
}

// The answer to a line does not know neighbours: what was told of them stays beside what it tells.
func TestAnswerKeepsNeighbours(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00")).ID
	deliver(t, db, testKeys(t, 99))
	pullSigned(t, db, wire.Pulled{Cursor: "c", Doubts: []wire.RecordDoubts{{Record: id, Doubts: []wire.Doubt{{Code: "near"}, {Code: "repeated"}}}}})
	mustSave(t, db, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "plate", "remark", "补")})
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Signed, ans.Doubts = true, []wire.Doubt{{Seq: 2, Code: "duplicate"}}
	mustApply(t, db, ans, req)
	wantDoubts(t, db, "told of the event anew", id, "duplicate near")
}

// Items: a waiting casualty overrules what was told of items, and a void item is in doubt no more. A void record has no doubts.
func TestServersWordAboutItems(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	a := mustSave(t, db, accident(t, db, "2020-12-10T08:00:00+08:00", "")).ID
	casualty := Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", a, "died_at", "2020-12-11T08:00:00+08:00")}
	item := mustSave(t, db, casualty).ID
	deliver(t, db, testKeys(t, 99))
	tell := func() {
		pullSigned(t, db, wire.Pulled{Cursor: "c", Doubts: []wire.RecordDoubts{{Record: a, Doubts: []wire.Doubt{{Code: "alike", Item: item}, {Code: "left_out"}}}}})
	}
	tell()
	wantDoubts(t, db, "told", a, "left_out alike")
	mustSave(t, db, casualty)
	wantDoubts(t, db, "one more casualty", a, "")
	mustSave(t, db, Draft{Act: wire.Void, ID: item, Reason: "登重了"})
	deliver(t, db, testKeys(t, 99))
	tell()
	wantDoubts(t, db, "told of a void item", a, "left_out")
	mustSave(t, db, Draft{Act: wire.Void, ID: a, Reason: "误登"})
	deliver(t, db, testKeys(t, 99))
	tell()
	wantDoubts(t, db, "told of a void record", a, "")
}

// A plate that does not count is no neighbour: who mends its pair should not be asked twice.
func TestOnlyRecordsThatCountAreNeighbours(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00"))
	mustSave(t, db, plateOn(t, db, "2020-12-14T16:00:00+08:00"))
	wantDoubts(t, db, "near two records of one event", mustSave(t, db, plateOn(t, db, "2020-12-12T10:00:00+08:00")).ID, "near*")
}

// The server's word on another record of this device falls when that record is void here.
func TestOtherRecordVoidHere(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	first := mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00")).ID
	second := mustSave(t, db, plateOn(t, db, "2020-12-14T16:00:00+08:00")).ID
	deliver(t, db, testKeys(t, 99))
	pullSigned(t, db, wire.Pulled{Cursor: "c", Doubts: []wire.RecordDoubts{{Record: second, Doubts: []wire.Doubt{{Code: "duplicate", Other: first}}}}})
	wantDoubts(t, db, "told", second, "duplicate")
	mustSave(t, db, Draft{Act: wire.Void, ID: first, Reason: "登重了"})
	wantDoubts(t, db, "the other is void", second, "")
}

// Without lists the server's word about lists counts, as long as the value stands; with lists the device's own.
func TestServersWordAboutLists(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	patrol := mustSave(t, db, Draft{Kind: "patrol", Fields: fields(t, db, "patrol", "segment", "S9", "shift", "early", "shift_day", "2020-12-14",
		"start_at", "2020-12-14T08:00:00+08:00", "end_at", "2020-12-14T12:00:00+08:00", "occurred_at", "2020-12-14T08:00:00+08:00")}).ID
	wantDoubts(t, db, "no list", patrol, "")
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ans.Signed = true
	ans.Doubts = []wire.Doubt{{Seq: 1, Code: "unknown_segment", Field: "segment", Value: "S9"}}
	mustApply(t, db, ans, req)
	wantDoubts(t, db, "told", patrol, "unknown_segment")
	mustSave(t, db, Draft{Act: wire.Amend, ID: patrol, Fields: fields(t, db, "patrol", "segment", "S8")})
	wantDoubts(t, db, "another segment", patrol, "")
	mustSave(t, db, Draft{Act: wire.Amend, ID: patrol, Fields: fields(t, db, "patrol", "segment", "S9")})
	pullSigned(t, db, wire.Pulled{Cursor: "c", Reference: []byte(`{"segment":[["S9","",0,0]],"year":[["2020","",0,0]]}`)})
	wantDoubts(t, db, "in the list", patrol, "")
	pullSigned(t, db, wire.Pulled{Cursor: "c", Reference: []byte(segments)})
	wantDoubts(t, db, "in the list no more", patrol, "unknown_segment")
	if d := mustShow(t, db, patrol).Doubts[0]; !strings.HasSuffix(d.Text.ZH, "最接近：S1 省道 1、S2") {
		t.Errorf("%s", d.Text.ZH)
	}
}

// A record of a colleague that a pull brings is a neighbour like an own record.
func TestNeighbourOfAColleague(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	line := wire.PulledLine{ID: "6htgz65xb7.ab12cd34.1.q74d97jbs21qszh3", Boot: clock.Boot{ID: "q5w7e9r1"}, Line: `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1",` +
		`"clock":{"hlc":"105381888000000000","boot":"q5w7e9r1","mono":1,"wall":1608000000000},"fields":{"unit":"window-1",` +
		`"occurred_at":"2020-12-13T10:00:00+08:00","plate_type":"02","plate_number":"冀F8K2M6","business":"register"}}`}
	pullSigned(t, db, wire.Pulled{Cursor: "c", Observations: []wire.PulledLine{line}})
	old := line
	old.ID, old.Line = "6htgz65xb7.ab12cd34.2.q74d97jbs21qszh3", strings.Replace(line.Line, "2020-12-13", "2018-12-13", 1)
	pullSigned(t, db, wire.Pulled{Cursor: "c", Observations: []wire.PulledLine{old}})
	wantDoubts(t, db, "an old record of another device, perhaps imported", old.ID, "")
	own := mustSave(t, db, plateOn(t, db, "2020-12-14T10:00:00+08:00")).ID
	wantDoubts(t, db, "a day after a colleague", own, "near*")
	wantDoubts(t, db, "the colleague's", line.ID, "near*")
	if err := db.writeTx(ctx, db.forgetPulled); err != nil {
		t.Fatal(err)
	}
	wantDoubts(t, db, "after a move to another unit", own, "")
	if n, _ := db.queryInt("SELECT count(DISTINCT record) FROM record_keys"); n != 1 {
		t.Errorf("keys of %d records are kept", n)
	}
	if _, err := db.Show(ctx, line.ID); !errors.Is(err, ErrUnknownRecord) {
		t.Error(err)
	}
}
