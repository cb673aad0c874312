package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// statusesOf lists the statuses of an answer's results, one a line.
func statusesOf(a *wire.Answer) (out []wire.Status) {
	for _, r := range a.Results {
		for range r.Last - r.First + 1 {
			out = append(out, r.Status)
		}
	}
	return out
}

func TestSyncIsCountedOnce(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.appendPlate("office-1", "冀F8K2M7", "2020-12-31T23:59:00+08:00")
	d.appendPlate("office-1", "冀F8K2M8", "2021-01-01T00:30:00+08:00") // next year's
	if got, want := statusesOf(d.push(0, 3)), []wire.Status{wire.Created, wire.Created, wire.Created}; !reflect.DeepEqual(got, want) {
		t.Fatalf("%v", got)
	}
	for _, cut := range [][2]int{{0, 3}, {0, 1}, {1, 3}, {0, 2}} { // after a lost answer, in different frames
		for _, s := range statusesOf(d.push(cut[0], cut[1])) {
			if s != wire.Exists {
				t.Fatalf("lines %v again: %s", cut, s)
			}
		}
	}
	p51 := row(t, w.indicators("year=2020&at=2020-12-31"), "P5-1")
	if p51.Value == nil || *p51.Value != "2" || p51.Literal != "fail" || p51.Target.Raw == "" {
		t.Fatalf("P5-1 is %+v", p51)
	}
	if got := row(t, w.indicators("year=2020&at=2020-12-30"), "P5-1"); *got.Value != "1" {
		t.Fatalf("P5-1 a day earlier is %s", *got.Value)
	}
	w.newDev(2, "office-2", auth.RoleClerk)
	if got := row(t, w.indicators("year=2020&unit=office-2"), "P5-1"); *got.Value != "0" {
		t.Fatalf("P5-1 of another unit is %s", *got.Value)
	}
}

func TestSyncAnswersInTheAskedEncoding(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	for accept, want := range map[string]string{
		"": "", "zstd": "zstd", "gzip, zstd": "gzip", "br, ZSTD;q=1": "zstd", "zstd;q=0, gzip": "gzip", "identity": "",
	} {
		r := w.ask(http.MethodPost, "/v1/sync", d.token, d.body(0, 1, wire.Gzip), "Content-Encoding", "gzip", "Accept-Encoding", accept)
		if got := r.header.Get("Content-Encoding"); got != want {
			t.Errorf("accepting %q gives %q, want %q", accept, got, want)
		}
		if len(d.answer(r).Results) != 1 {
			t.Errorf("accepting %q: %q", accept, r.body)
		}
	}
}

func TestRevokedDeviceDeposits(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.push(0, 1)
	r := w.ask(http.MethodPost, "/v1/devices/"+d.stream.Device+"/revoke", w.tokenOf(auth.RoleAdmin), nil)
	if r.status != http.StatusOK {
		t.Fatal(r)
	}
	quarantined := d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T10:00:00+08:00")
	if got := statusesOf(d.push(0, 2)); !reflect.DeepEqual(got, []wire.Status{wire.Exists, wire.Quarantined}) {
		t.Fatalf("%v", got)
	}
	d.signIn() // a new token does not help
	if got := statusesOf(d.push(1, 2)); !reflect.DeepEqual(got, []wire.Status{wire.Quarantined}) {
		t.Fatalf("%v", got)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "1" {
		t.Fatalf("P5-1 is %s", *got.Value)
	}
	page := w.ask(http.MethodGet, "/v1/quarantine", w.tokenOf(auth.RoleViewer), nil)
	if !strings.Contains(page.body, quarantined.String()) || !strings.Contains(page.body, "device_revoked") || !strings.Contains(page.body, "冀F8K2M7") {
		t.Fatalf("quarantine shows %s", page.body)
	}
	act := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(`{"act":"release","target":"`+quarantined.String()+`"}`))
	if act.status != http.StatusOK || !strings.Contains(act.body, `"created"`) {
		t.Fatal(act)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "2" {
		t.Fatalf("released, P5-1 is %s", *got.Value)
	}
	body, err := (&wire.Request{Stream: d.stream, Pull: &wire.Pull{}}).Encode(wire.Identity)
	w.must(err)
	told := d.answer(w.ask(http.MethodPost, "/v1/sync", d.token, body)).Pull
	want := wire.Pulled{Fates: []wire.Fate{{ID: quarantined.String(), Status: "released"}}}
	if told != nil {
		want.Cursor = told.Cursor
	}
	if told == nil || told.Cursor == "" || !reflect.DeepEqual(*told, want) {
		t.Fatalf("it is told %+v", told)
	}
}

func TestExportGivesEachLineOnce(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	first := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	bad := d.appendLine(`{"v":1,"kind":"nonsense"}`)
	raw := d.appendLine("\xff\xfe not UTF-8")
	last := d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T11:00:00+08:00")
	d.push(0, 2)
	d.push(1, 4) // overlaps the stored lines
	hq := w.tokenOf(auth.RoleHQ)

	got := lines[query.Observation](t, w.ask(http.MethodGet, "/v1/export/observations", hq, nil))
	if len(got) != 2 || got[0].ID != first.String() || got[1].ID != last.String() {
		t.Fatalf("exported %+v", got)
	}
	if got[0].Line != string(d.lines[0]) || got[0].Device != d.stream.Device || got[0].Stream != d.stream.String() || got[0].Seq != 1 {
		t.Fatalf("exported %+v", got[0])
	}
	s := got[0].Server
	if s.Unit != "office-1" || s.Role != auth.RoleClerk || s.Status != "created" || s.Record != first.String() || s.Grade != "typed" {
		t.Fatalf("the server adds %+v", s)
	}

	all := lines[query.Observation](t, w.ask(http.MethodGet, "/v1/export/observations?all=1", hq, nil))
	if len(all) != 4 || all[1].ID != bad.String() || all[1].Server.Status != "quarantined" || len(all[1].Server.Faults) == 0 {
		t.Fatalf("with what is held: %+v", all)
	}
	if all[2].ID != raw.String() || all[2].Line != "" || string(all[2].Raw) != string(d.lines[2]) {
		t.Fatalf("raw bytes come as %+v", all[2])
	}

	recs := lines[query.Record](t, w.ask(http.MethodGet, "/v1/export/records", hq, nil))
	if len(recs) != 2 {
		t.Fatalf("%+v", recs)
	}
	for _, r := range recs {
		if !r.Counts || !r.Complete || r.Kind != "plate" || r.Day != "2020-12-15" || len(r.Contributions) != 2 || len(r.Observations) != 1 {
			t.Fatalf("%+v", r)
		}
	}
}

func TestLinkedRecordsCountOnce(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	a := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	b := d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T10:00:00+08:00") // a typing error for the same plate
	d.push(0, 2)
	link := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(`{"act":"link","record":"`+a.String()+`","with":"`+b.String()+`"}`))
	if link.status != http.StatusOK {
		t.Fatal(link)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "1" {
		t.Fatalf("linked, P5-1 is %s", *got.Value)
	}
	counting := 0
	for _, r := range lines[query.Record](t, w.ask(http.MethodGet, "/v1/export/records", w.tokenOf(auth.RoleHQ), nil)) {
		if len(r.Members) != 2 {
			t.Fatalf("%+v", r)
		}
		if r.Counts {
			counting++
		}
	}
	if counting != 1 {
		t.Fatalf("%d of two linked records count", counting)
	}
	sep := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(`{"act":"separate","record":"`+b.String()+`"}`))
	if sep.status != http.StatusOK {
		t.Fatal(sep)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "2" {
		t.Fatalf("separated, P5-1 is %s", *got.Value)
	}
	void := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(`{"act":"void","record":"`+b.String()+`","reason":"重复"}`))
	if void.status != http.StatusOK || !strings.Contains(void.body, `"void":true`) {
		t.Fatal(void)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "1" {
		t.Fatalf("void, P5-1 is %s", *got.Value)
	}
}

func TestPullComesWithTheAnswer(t *testing.T) {
	w := newWorld(t)
	d, other := w.newDev(1, "office-1", auth.RoleClerk), w.newDev(2, "office-1", auth.RoleClerk)
	id := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.push(0, 1)
	body, err := (&wire.Request{Stream: other.stream, Pull: &wire.Pull{}}).Encode(wire.Identity)
	w.must(err)
	a := other.answer(other.send(body, "identity"))
	if a.Pull == nil || a.Pull.Cursor == "" || len(a.Pull.Observations) != 1 || a.Pull.Observations[0].ID != id.String() {
		t.Fatalf("pulled %+v", a.Pull)
	}
}

// A device is told which lines are HQ's, and HQ's words about its record; its correction answers the return.
func TestReturnReachesTheDevice(t *testing.T) {
	w := newWorld(t)
	d, other := w.newDev(1, "office-1", auth.RoleClerk), w.newDev(2, "office-1", auth.RoleClerk)
	id := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.push(0, 1)
	pulled := func() (hq []string) {
		body, err := (&wire.Request{Stream: other.stream, Pull: &wire.Pull{}}).Encode(wire.Identity)
		w.must(err)
		for _, o := range other.answer(other.send(body, "identity")).Pull.Observations {
			if o.HQ {
				hq = append(hq, o.Line)
			}
		}
		return hq
	}
	if got := pulled(); len(got) != 0 {
		t.Fatalf("a device's lines are HQ's: %v", got)
	}
	act := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(`{"act":"review","record":"`+id.String()+`","reason":"请核对号牌"}`))
	var answer actResult
	w.must(json.Unmarshal([]byte(act.body), &answer))
	if answer.Record.Returned == nil || answer.Record.Returned.Words != "请核对号牌" || !answer.Record.Counts {
		t.Fatalf("returned %s", act.body)
	}
	if got := pulled(); len(got) != 1 || !strings.Contains(got[0], `"act":"review"`) || !strings.Contains(got[0], `"officer":"hq"`) || !strings.Contains(got[0], "请核对号牌") {
		t.Fatalf("pulled from HQ: %v", got)
	}
	amend := func(seen string) {
		d.appendLine(`{"v":1,"kind":"plate","act":"amend","catalogue":"shunping-2020@1","record":"` + id.String() + `","seen":["` + seen + `"],"clock":` + d.clockText() + `,"fields":{"remark":"已核对"}}`)
		d.push(len(d.lines)-1, len(d.lines))
	}
	for _, x := range []struct {
		seen     string
		returned bool
	}{{id.String(), true}, {answer.Record.Returned.By, false}} {
		amend(x.seen)
		if r := w.ask(http.MethodGet, "/v1/records/"+id.String(), w.tokenOf(auth.RoleViewer), nil); strings.Contains(r.body, `"returned":`) != x.returned {
			t.Errorf("amended having seen %s: %s", x.seen, r.body)
		}
	}
}

// The id of a casualty finds the accident's record. Number plates are masked on every page and in every answer,
// except in the signed line.
func TestAccidentAsItIsShown(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "squad-1", auth.RoleOfficer)
	accident := d.appendLine(`{"v":1,"kind":"accident","act":"create","catalogue":"shunping-2020@1","clock":` + d.clockText() +
		`,"fields":{"dead":1,"occurred_at":"2020-12-31T23:59:00+08:00","procedure":"general","severity":"fatal","unit":"squad-1","vehicles":["冀F8K2M6"]}}`)
	casualty := d.appendLine(`{"v":1,"kind":"casualty","act":"create","catalogue":"shunping-2020@1","record":"` + accident.String() + `","clock":` + d.clockText() +
		`,"fields":{"died_at":"2021-01-05T08:00:00+08:00","unit":"squad-1","occurred_at":"2021-01-05T08:00:00+08:00"}}`)
	for _, s := range statusesOf(d.push(0, 2)) {
		if s != wire.Created {
			t.Fatal(w.ask(http.MethodGet, "/v1/quarantine", w.tokenOf(auth.RoleViewer), nil).body)
		}
	}
	r := w.ask(http.MethodGet, "/v1/records/"+casualty.String(), w.tokenOf(auth.RoleViewer), nil)
	if r.status != http.StatusOK || !strings.Contains(r.body, `"id":"`+accident.String()+`"`) {
		t.Fatal(r)
	}
	if strings.Contains(r.body, "冀F8K2M6") || !strings.Contains(r.body, "冀F*****") {
		t.Fatalf("not masked: %s", r.body)
	}
	if !strings.Contains(r.body, `{"measure":"accident_deaths","day":"2020-12-31","amount":"2"}`) {
		t.Fatalf("one dead at the scene, one within 7 days: %s", r.body)
	}
	line := w.ask(http.MethodGet, "/v1/export/observations", w.tokenOf(auth.RoleHQ), nil)
	if !strings.Contains(line.body, "冀F8K2M6") {
		t.Fatal("the signed line was touched")
	}
}
