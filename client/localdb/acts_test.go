package localdb

import (
	"fmt"
	"strings"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// hqLine is a line by HQ's user wang, minutes after start.
func hqLine(seq uint64, act wire.Act, record string, minutes int64, change ...func(*wire.Line)) wire.PulledLine {
	at := start + minutes*60_000
	l := wire.Line{V: 1, Kind: "plate", Act: act, Catalogue: "shunping-2020@1", Officer: "wang", Record: record,
		Clock: clock.Evidence{HLC: clock.HLCAt(at), Boot: "hqbt0000", Mono: 1, Wall: at}}
	for _, c := range change {
		c(&l)
	}
	return wire.PulledLine{ID: hqID(seq), Line: string(l.Marshal()), HQ: true}
}

func hqID(seq uint64) string {
	return wire.NewObsID(wire.StreamID{Device: "hqhqhqhqhq", Epoch: "hqep0000"}, seq, wire.Hash{byte(seq)}).String()
}

func words(text string) func(*wire.Line) { return func(l *wire.Line) { l.Reason = text } }

func about(target string) func(*wire.Line) { return func(l *wire.Line) { l.Target = target } }

// pull applies an answer with nothing but news.
func pull(t testing.TB, db *DB, p wire.Pulled) {
	t.Helper()
	mustApply(t, db, &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start, Pull: &p}, &wire.Request{})
}

// told takes what the officer is to be told, as "what/words", and notes that it was shown.
func told(t testing.TB, db *DB) string {
	t.Helper()
	acts, _, err := db.Acts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range acts {
		out = append(out, a.What+"/"+a.Line.Reason+a.Unit)
	}
	if err := db.MarkActsShown(ctx, acts); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// delivered saves plates and delivers them.
func delivered(t testing.TB, db *DB, n int) []string {
	t.Helper()
	ids := savePlates(t, db, n)
	req := mustNext(t, db)
	mustApply(t, db, answer(req, wire.Created), req)
	return ids
}

// What HQ did is told once, newest first, until it was shown, however often it is pulled.
func TestActsAreToldOnce(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	ids := delivered(t, db, 2)
	page := wire.Pulled{Observations: []wire.PulledLine{
		hqLine(1, wire.Void, ids[0], 3, words("重复")), hqLine(2, wire.Review, ids[1], 5, words("请补备注")), hqLine(3, wire.Link, ids[0], 4),
	}}
	pull(t, db, page)
	pull(t, db, page)
	const want = "review/请补备注 link/ void/重复"
	acts, more, err := db.Acts(ctx)
	if err != nil || more != 0 || len(acts) != 3 || acts[2].At != start+3*60_000 || acts[2].Record.View.Kind != "plate" || acts[2].Line.Officer != "wang" {
		t.Fatalf("%+v, %d more, %v", acts, more, err)
	}
	if got := told(t, db); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	page.Reset = true
	pull(t, db, page)
	if got := told(t, db); got != "" {
		t.Errorf("told again: %q", got)
	}
	if r := mustShow(t, db, ids[0]); !r.Observations[1].HQ || r.Observations[0].HQ {
		t.Errorf("whose lines: %+v", r.Observations)
	}
}

// A device that comes to a unit has seen none of its records, so HQ's old acts are no news; what HQ does from then on is.
func TestActsOnUnseenRecordsAreNoNews(t *testing.T) {
	other, _ := openEnrolled(t, "clerk")
	theirs := delivered(t, other, 2)
	lines := linesOf(t, other)
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"}, Rand: testRand(3), Catalogue: "shunping-2020@1"})
	enroll(t, db, "clerk")
	unit := func(name string) func(*wire.Line) {
		return func(l *wire.Line) { l.Fields = []byte(`{"unit":"` + name + `"}`) }
	}
	pull(t, db, wire.Pulled{Observations: append(lines, hqLine(1, wire.Void, theirs[0], 1, words("旧")), hqLine(2, wire.Review, theirs[1], 1, words("退")))})
	if got := told(t, db); got != "" {
		t.Errorf("told what HQ did before: %q", got)
	}
	if list, err := db.Returned(ctx); err != nil || len(list) != 1 || list[0].View.Record != theirs[1] {
		t.Errorf("returned %v, %v", list, err) // a task of the unit, news or not
	}
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{hqLine(3, wire.Restore, theirs[0], 2)}})
	if got := told(t, db); got != "restore/" {
		t.Errorf("told %q", got)
	}
	given := "6htgz65xb7.ab12cd34.1.q74d97jbs21qszh3"
	imported := hqID(40)
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{
		hqLine(4, wire.Amend, given, 3, unit("window-1")),                                                     // HQ gives the unit a record
		hqLine(5, wire.Amend, "6htgz65xb7.ab12cd34.2.q74d97jbs21qszh3", 3, unit("window-2")),                  // linked, of another
		{ID: imported, HQ: true, Line: lines[0].Line},                                                         // HQ's import
		hqLine(41, wire.Void, imported, 4, words("整批撤销")), hqLine(42, wire.Review, imported, 5, words("请核对")), // its undoing is none of the officer's work
	}})
	if got := told(t, db); got != "amend/" {
		t.Errorf("told %q", got)
	}
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{hqLine(43, wire.Void, imported, 6, words("撤销")), hqLine(44, wire.Review, imported, 7, words("退回"))}})
	if got := told(t, db); got != "review/退回" {
		t.Errorf("of HQ's own record it told %q", got)
	}
}

// linesOf are the lines of a disk, as another device pulls them.
func linesOf(t testing.TB, db *DB) (lines []wire.PulledLine) {
	t.Helper()
	err := db.Lines(ctx, func(id wire.ObsID, line []byte, _ wire.Status) error {
		lines = append(lines, wire.PulledLine{ID: id.String(), Line: string(line)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// A release is told by its fate or by HQ's line, whichever come, once.
func TestReleasesAreToldOnce(t *testing.T) {
	for name, x := range map[string]struct {
		line, fateFirst bool
		want            string
	}{
		"fate alone": {false, true, "released/"}, "line first": {true, false, "release/核实无误"}, "fate first": {true, true, "release/核实无误"},
	} {
		db, _ := openEnrolled(t, "clerk")
		id := savePlates(t, db, 1)[0]
		req := mustNext(t, db)
		mustApply(t, db, answer(req, wire.Quarantined), req)
		fate := wire.Pulled{Fates: []wire.Fate{{ID: id, Status: ActReleased}}}
		pages := []wire.Pulled{fate}
		if line := (wire.Pulled{Observations: []wire.PulledLine{hqLine(1, wire.Release, id, 1, about(id), words("核实无误"))}}); x.line {
			pages = []wire.Pulled{line, fate}
			if x.fateFirst {
				pages = []wire.Pulled{fate, line}
			}
		}
		for _, p := range pages {
			pull(t, db, p)
			pull(t, db, p)
		}
		if got := told(t, db); got != x.want {
			t.Errorf("%s: told %q, want %q", name, got, x.want)
		}
	}
}

// A record that left is told once for each leaving.
func TestLeavingIsToldOnce(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := delivered(t, db, 1)[0]
	lines := linesOf(t, db)
	gone := wire.Pulled{Gone: []wire.Elsewhere{{Record: id, Unit: "window-2"}}}
	for i, x := range []struct {
		pulled wire.Pulled
		want   string
	}{
		{gone, "gone/window-2"},
		{gone, ""},
		{wire.Pulled{Reset: true, Observations: lines, Gone: gone.Gone}, ""}, // a pull from the start
		{wire.Pulled{Observations: lines}, ""},                               // it comes back
		{gone, "gone/window-2"},
	} {
		pull(t, db, x.pulled)
		if got := told(t, db); got != x.want {
			t.Errorf("step %d told %q, want %q", i, got, x.want)
		}
	}
}

// A returned record stays so until this unit's correction in knowledge of it; a quarantined correction is none.
func TestReturnedUntilCorrected(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := delivered(t, db, 1)[0]
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{hqLine(1, wire.Review, id, 1, words("请补备注"))}})
	returned := func() string {
		t.Helper()
		list, err := db.Returned(ctx)
		if err != nil || len(list) > 1 {
			t.Fatal(list, err)
		}
		if r := mustShow(t, db, id); (r.Returned != nil) != (len(list) == 1) {
			t.Fatal("show and the list disagree")
		}
		if len(list) == 0 {
			return ""
		}
		return list[0].Returned.Words
	}
	if got := returned(); got != "请补备注" {
		t.Errorf("returned %q", got)
	}
	mustSave(t, db, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "plate", "remark", "补")})
	if got := returned(); got != "" {
		t.Errorf("corrected, not sent yet: %q", got)
	}
	req := mustNext(t, db)
	mustApply(t, db, answer(req, wire.Quarantined), req)
	if got := returned(); got != "请补备注" {
		t.Errorf("the correction is quarantined: %q", got)
	}
	mustSave(t, db, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "plate", "remark", "再补")})
	if got := returned(); got != "" {
		t.Errorf("corrected again: %q", got)
	}
}

// A casualty that was missing is an answer to the return of its accident.
func TestAddedItemAnswersTheReturn(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	id := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "injury", "procedure", "general", "occurred_at", "2020-12-15T08:00:00+08:00")}).ID
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{hqLine(1, wire.Review, id, 1, words("漏报死亡"), func(l *wire.Line) { l.Kind = "accident" })}})
	if r := mustShow(t, db, id); r.Returned == nil {
		t.Fatal("not returned")
	}
	mustSave(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", id, "died_at", "2020-12-16T08:00:00+08:00")})
	if r := mustShow(t, db, id); r.Returned != nil {
		t.Errorf("still returned: %+v", r.Returned)
	}
}

// More than fit are told in parts; nothing is lost.
func TestManyActs(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := delivered(t, db, 1)[0]
	var p wire.Pulled
	for i := range uint64(maxActs + 5) {
		p.Observations = append(p.Observations, hqLine(i+1, wire.Review, id, int64(i), words(fmt.Sprint(i)), about("near:0123456789abcdef")))
	}
	pull(t, db, p)
	acts, more, err := db.Acts(ctx)
	if err != nil || len(acts) != maxActs || more != 5 || acts[0].Line.Reason != fmt.Sprint(maxActs+4) {
		t.Fatalf("%d and %d more, %v", len(acts), more, err)
	}
	told(t, db)
	if got := strings.Fields(told(t, db)); len(got) != 5 {
		t.Errorf("then %v", got)
	}
	if of, err := db.ActsOf(ctx, id); err != nil || len(of) != 0 {
		t.Errorf("left %v, %v", of, err)
	}
}

// A server of before tells HQ's lines by their acts alone; then HQ's other lines are known by their device.
func TestHQOfOlderServers(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := delivered(t, db, 1)[0]
	old := func(o wire.PulledLine) wire.PulledLine { o.HQ = false; return o }
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{old(hqLine(1, wire.Void, id, 1, words("a")))}})
	if r := mustShow(t, db, id); r.Observations[1].HQ || told(t, db) != "" {
		t.Error("a void of whoever is HQ's")
	}
	pull(t, db, wire.Pulled{Observations: []wire.PulledLine{old(hqLine(2, wire.Review, id, 2, words("b")))}})
	if r := mustShow(t, db, id); !r.Observations[1].HQ || !r.Observations[2].HQ {
		t.Error("HQ's lines are not known by their device")
	}
	if got := told(t, db); got != "review/b" {
		t.Errorf("told %q", got)
	}
}
