package syncer_test

import (
	"strings"
	"testing"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// unitOfNext saves a plate and returns the unit that its line names.
func (d *device) unitOfNext() string {
	d.t.Helper()
	r, err := d.db.Show(ctx, d.save(1)[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return r.View.Unit
}

func (d *device) hasRecord(id string) bool {
	d.t.Helper()
	all, err := d.db.List(ctx, localdb.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range all {
		if all[i].View.Record == id {
			return true
		}
	}
	return false
}

// A device is moved while 40 lines wait. It sends them as they are, hears of the move, and writes the next line for its new
// unit. It shows the new certificate from then on, and hears nothing more. The former unit's records are forgotten.
func TestMovedDeviceWritesForItsNewUnit(t *testing.T) {
	d := newDevice(t)
	const foreign = "6htgz65xb7.ab12cd34.1.q74d97jbs21qszh3"
	line := `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","clock":{"hlc":"105381888000000000","boot":"q5w7e9r1","mono":1,"wall":1608000000000},` +
		`"fields":{"unit":"window-1","occurred_at":"2020-12-15T10:00:00+08:00","plate_type":"02","plate_number":"冀F8K2M6","business":"register"}}`
	d.server.Pulled = []*wire.Pulled{{Cursor: "of window-1", Observations: []wire.PulledLine{{ID: foreign, Line: line}}}}
	d.drain()
	if !d.hasRecord(foreign) {
		t.Fatal("the unit's record was not pulled")
	}
	ids := d.save(40)
	d.server.Moved = &wire.Moved{Unit: "window-2", Earlier: []string{"window-1"}, At: 1608000000100, Certificate: "second"}
	d.server.Pulled = []*wire.Pulled{{Cursor: "of window-2", Reset: true}}
	var shown []string
	d.intercept = func(req *wire.Request) error {
		shown = append(shown, req.Certificate)
		return nil
	}
	d.drain()
	d.wantDelivered(ids...)
	for _, text := range d.server.Lines() {
		var l wire.Line
		if fault := wire.ParseLine([]byte(text), &l); fault != nil || !strings.Contains(string(l.Fields), `"unit":"window-1"`) {
			t.Fatalf("a waiting line was changed: %s", text)
		}
	}
	if unit := d.unitOfNext(); unit != "window-2" {
		t.Errorf("after the move it writes for %s", unit)
	}
	d.drain()
	if shown[0] != "" || shown[len(shown)-1] != "second" {
		t.Errorf("certificates shown: %q", shown)
	}
	if d.hasRecord(foreign) || !d.hasRecord(ids[0]) {
		t.Errorf("the other device's record: %v, the own one: %v", d.hasRecord(foreign), d.hasRecord(ids[0]))
	}
	req, err := d.db.NextRequest(ctx, localdb.RequestOptions{Limits: wire.DefaultLimits})
	if err != nil || req.Pull.Cursor != "of window-2" {
		t.Errorf("%+v %v", req.Pull, err)
	}
}

// Moved back, and an answer of before comes late: the last move counts. An unsigned word moves nobody.
func TestTheLastMoveCounts(t *testing.T) {
	d := newDevice(t)
	for _, m := range []struct {
		moved wire.Moved
		mute  bool
		want  string
	}{
		{wire.Moved{Unit: "window-3", At: 50, Certificate: "forged"}, true, "window-1"},
		{wire.Moved{Unit: "window-2", Earlier: []string{"window-1"}, At: 100, Certificate: "second"}, false, "window-2"},
		{wire.Moved{Unit: "window-1", Earlier: []string{"window-2"}, At: 200, Certificate: "third"}, false, "window-1"},
		{wire.Moved{Unit: "window-2", Earlier: []string{"window-1"}, At: 100, Certificate: "second"}, false, "window-1"},
	} {
		d.server.Moved, d.server.Unsigned = &m.moved, m.mute
		d.drain()
		if got := d.unitOfNext(); got != m.want {
			t.Errorf("%+v: it writes for %s, want %s", m.moved, got, m.want)
		}
	}
	id, err := d.db.Identity(ctx)
	if err != nil || id.Certificate != "third" || len(id.Earlier) != 1 {
		t.Errorf("%+v %v", id.Enrolled, err)
	}
}
