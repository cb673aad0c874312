package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// move moves a device over HTTP, as an administrator.
func (d *testDevice) move(unit string) auth.Device {
	d.w.t.Helper()
	r := d.askMove(auth.RoleAdmin, unit, false)
	if r.status != http.StatusOK {
		d.w.t.Fatalf("%d %s", r.status, r.body)
	}
	var moved auth.Device
	d.w.must(json.Unmarshal([]byte(r.body), &moved))
	return moved
}

func (d *testDevice) askMove(role, unit string, accept bool) reply {
	d.w.t.Helper()
	body, err := json.Marshal(moveRequest{Unit: unit, New: accept})
	d.w.must(err)
	return d.w.ask(http.MethodPost, "/v1/devices/"+d.stream.Device+"/move", d.w.tokenOf(role), body)
}

// showing sends the lines from..to with the device's certificate, as a moved device does.
func (d *testDevice) showing(from, to int) *wire.Answer {
	d.w.t.Helper()
	b, err := (&wire.Request{Stream: d.stream, Frame: d.frame(from, to), Certificate: d.cert}).Encode(wire.Zstd)
	d.w.must(err)
	return d.answer(d.send(b, "zstd"))
}

// plates appends n plates of a unit.
func (d *testDevice) plates(n int, unit string) {
	for range n {
		d.appendPlate(unit, fmt.Sprintf("冀F%05d", len(d.lines)), "2020-12-15T10:00:00+08:00")
	}
}

func wantAll(t *testing.T, what string, a *wire.Answer, want wire.Status) {
	t.Helper()
	if len(a.Results) == 0 {
		t.Errorf("%s: no result", what)
	}
	for _, r := range a.Results {
		if r.Status != want {
			t.Errorf("%s: %+v, want %s", what, r, want)
		}
	}
}

// sets is the number of plates of a unit in 2020.
func (w *world) sets(unit string) string {
	w.t.Helper()
	v := row(w.t, w.indicators("year=2020&unit="+unit), "P5-1").Value
	if v == nil {
		return ""
	}
	return *v
}

// A device is moved while it is out of reach with 40 lines. They count where they were saved; the answer tells the move; what
// it saves from then on is the new unit's. Moved twice and back, it may say both.
func TestMovedDeviceCountsWhereItSaved(t *testing.T) {
	w := newWorld(t)
	w.newDev(2, "office-2", auth.RoleClerk)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.plates(40, "office-1")
	if got := d.move("office-2"); got.Unit != "office-2" || !slices.Equal(got.Earlier, []string{"office-1"}) {
		t.Fatalf("%+v", got)
	}
	answer := d.push(0, 40)
	wantAll(t, "saved before the move", answer, wire.Created)
	if m := answer.Moved; m == nil || m.Unit != "office-2" || !slices.Equal(m.Earlier, []string{"office-1"}) {
		t.Fatalf("told %+v", m)
	}
	d.cert = answer.Moved.Certificate
	d.plates(2, "office-2")
	answer = d.showing(40, 42)
	wantAll(t, "saved after it", answer, wire.Created)
	if answer.Moved != nil {
		t.Errorf("told again: %+v", answer.Moved)
	}
	if w.sets("office-1") != "40" || w.sets("office-2") != "2" {
		t.Errorf("office-1 %s, office-2 %s", w.sets("office-1"), w.sets("office-2"))
	}
	d.plates(1, "office-3")
	wantAll(t, "a unit that it never was", d.showing(42, 43), wire.Quarantined)

	if r := d.askMove(auth.RoleAdmin, "office-3", true); r.status != http.StatusOK {
		t.Fatal(r.body)
	}
	d.move("office-1")
	d.plates(1, "office-2")
	answer = d.showing(43, 44)
	wantAll(t, "moved back: of the unit between", answer, wire.Created)
	if m := answer.Moved; m == nil || m.Unit != "office-1" || !slices.Equal(m.Earlier, []string{"office-3", "office-2"}) {
		t.Fatalf("told %+v", m)
	}
}

// The pull is the new unit's, from the start.
func TestMovedDevicePullsItsNewUnit(t *testing.T) {
	w := newWorld(t)
	old, other, d := w.newDev(2, "office-1", auth.RoleClerk), w.newDev(3, "office-2", auth.RoleClerk), w.newDev(1, "office-1", auth.RoleClerk)
	old.plates(1, "office-1")
	other.plates(1, "office-2")
	old.push(0, 1)
	other.push(0, 1)
	before := d.pull("")
	if len(before.Observations) != 1 || !strings.Contains(before.Observations[0].Line, "office-1") {
		t.Fatalf("%+v", before)
	}
	d.move("office-2")
	after := d.pull(before.Cursor)
	if !after.Reset || len(after.Observations) != 1 || !strings.Contains(after.Observations[0].Line, "office-2") || after.Totals.Unit != "office-2" {
		t.Fatalf("%+v", after)
	}
}

func (d *testDevice) pull(cursor string) *wire.Pulled {
	d.w.t.Helper()
	b, err := (&wire.Request{Stream: d.stream, Pull: &wire.Pull{Cursor: cursor}}).Encode(wire.Identity)
	d.w.must(err)
	return d.answer(d.send(b, "")).Pull
}

// A bundle was written before the move and comes after it: its lines count, and its answer tells the move.
func TestBundleOfBeforeAMove(t *testing.T) {
	w := newWorld(t)
	w.newDev(2, "office-2", auth.RoleClerk)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.plates(3, "office-1")
	file := d.bundleFile(0, 3)
	d.move("office-2")
	in := w.bundle(file)
	if in.Created != 3 || in.Unit != "office-2" {
		t.Fatalf("%+v", in)
	}
	back, err := wire.DecodeBundle(in.Answer)
	w.must(err)
	late, err := back.Answer(d.key, 0, 1<<20)
	if err != nil || late.Answer.Moved == nil || late.Answer.Moved.Unit != "office-2" {
		t.Fatalf("%+v %v", late, err)
	}
	d.cert = late.Answer.Moved.Certificate
	d.plates(1, "office-2")
	if in := w.bundle(d.bundleFile(3, 4)); in.Created != 1 {
		t.Fatalf("%+v", in)
	}
}

// The server was restored from a backup of before the move. Lines of both units count, by the certificate of the move; a
// device that shows none has its lines quarantined, and is told so.
func TestRestoredServerLearnsAMove(t *testing.T) {
	w := newWorld(t)
	w.newDev(2, "office-2", auth.RoleClerk)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	backup, err := w.store.Get(t.Context(), "device", d.stream.Device)
	w.must(err)
	d.move("office-2")
	d.plates(1, "office-1")
	d.cert = d.push(0, 1).Moved.Certificate
	restore := func() {
		t.Helper()
		now, err := w.store.Get(t.Context(), "device", d.stream.Device)
		w.must(err)
		_, err = w.store.Put(t.Context(), store.Entry{Section: "device", Name: d.stream.Device, Rev: now.Rev, Data: backup.Data})
		w.must(err)
		time.Sleep(2100 * time.Millisecond) // the life of a cached entry
	}
	restore()
	d.plates(2, "office-2")
	mute := d.push(1, 2)
	wantAll(t, "without the certificate", mute, wire.Quarantined)
	wantAll(t, "with it", d.showing(2, 3), wire.Created)
	ds, err := w.auth.Devices(t.Context())
	w.must(err)
	i := slices.IndexFunc(ds, func(x auth.Device) bool { return x.ID == d.stream.Device })
	if ds[i].Unit != "office-2" || !slices.Equal(ds[i].Earlier, []string{"office-1"}) {
		t.Fatalf("%+v", ds[i])
	}
	restore()
	d.plates(2, "office-1")
	if in := w.bundle(d.bundleFile(3, 5)); in.Created != 2 || in.Unit != "office-2" {
		t.Fatalf("by a bundle: %+v", in)
	}
}

// Who may move, and where to.
func TestMoveRefusals(t *testing.T) {
	w := newWorld(t)
	w.newDev(2, "office-2", auth.RoleClerk)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	for _, role := range []string{auth.RoleHQ, auth.RoleViewer} {
		w.wantRefusal(d.askMove(role, "office-2", false), wire.CodeForbidden)
	}
	unknown := d.askMove(auth.RoleAdmin, "ofice-2", false)
	w.wantRefusal(unknown, wire.CodeUnknownUnit)
	if !strings.Contains(unknown.body, "office-2") || !strings.Contains(unknown.body, `\"new\": true`) {
		t.Errorf("the nearest unit and the way out are not named: %s", unknown.body)
	}
	w.wantRefusal(d.askMove(auth.RoleAdmin, "a|b", true), wire.CodeBadRequest)
	nobody := &testDevice{w: w, stream: wire.StreamID{Device: "zzzzzzzzzz"}}
	w.wantRefusal(nobody.askMove(auth.RoleAdmin, "office-2", false), wire.CodeNotFound)
	_, err := w.auth.Revoke(t.Context(), d.stream.Device, "test")
	w.must(err)
	w.wantRefusal(d.askMove(auth.RoleAdmin, "office-2", false), wire.CodeBadRequest)
	if got := d.askMove(auth.RoleAdmin, "office-2", false); !strings.Contains(got.body, "设备已停用") {
		t.Errorf("%s", got.body)
	}
	d.plates(1, "office-1")
	wantAll(t, "a revoked device's line", d.push(0, 1), wire.Quarantined)
}
