package outside

import (
	"encoding/json"
	"fmt"
	"time"

	"roadbook/sync/simtest/programs"
)

// device is a client in its own directory, with the ids of its confirmed observations.
type device struct {
	w         *world
	dir       string
	id        string
	confirmed []string
	opts      []option // of every command
}

// enroll sets up a device at a server.
func (s *server) enroll(unit, role string, options ...option) *device {
	s.w.t.Helper()
	d := &device{w: s.w, dir: s.w.t.TempDir(), opts: options}
	d.enrollAt(s, unit, role)
	return d
}

// enrollThrough sets up a device at a server by another address.
func (s *server) enrollThrough(url string) *device {
	s.w.t.Helper()
	d := &device{w: s.w, dir: s.w.t.TempDir()}
	d.enrollBy(s, url, "office-1", "clerk")
	return d
}

// enrollAt enrolls the device with a new code of a server, for the first time or again.
func (d *device) enrollAt(s *server, unit, role string) {
	d.w.t.Helper()
	d.enrollBy(s, s.URL, unit, role)
}

func (d *device) enrollBy(s *server, url, unit, role string) {
	d.w.t.Helper()
	code, err := s.hq.Code(s.URL, unit, role)
	d.w.must(err)
	var e struct{ Device string }
	d.runJSON(&e, "enroll", "--server", url, "--code", code)
	d.id = e.Device
}

// run runs one of the client's commands.
func (d *device) run(args ...string) programs.Output {
	d.w.t.Helper()
	return d.w.run(programs.ClientArgs(d.w.bin, d.dir, args...), d.opts...)
}

// runJSON runs a command, which must succeed, and decodes its output.
func (d *device) runJSON(v any, args ...string) {
	d.w.t.Helper()
	o := d.run(args...)
	if o.Exit != 0 {
		d.w.t.Fatalf("client %v: %v", args, o)
	}
	d.w.must(json.Unmarshal([]byte(o.Out), v))
}

// log logs a new observation, adds the id to the confirmed ones, and returns the id.
func (d *device) log(kind string, set ...string) string {
	d.w.t.Helper()
	args := []string{"log", kind}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	var saved struct{ ID string }
	d.runJSON(&saved, args...)
	d.confirmed = append(d.confirmed, saved.ID)
	return saved.ID
}

// plate logs the issue of a plate with a number of its own.
func (d *device) plate(more ...string) string {
	d.w.t.Helper()
	d.w.serial++
	at := time.Date(2020, time.March, 1+d.w.rng.IntN(28), 9, d.w.rng.IntN(60), 0, 0, time.FixedZone("", 8*3600))
	return d.log("plate", append([]string{"plate_type=02", "business=注册", "occurred_at=" + at.Format(time.RFC3339),
		fmt.Sprintf("plate_number=冀F%05d", d.w.serial)}, more...)...)
}

// plates logs n plates and returns their ids.
func (d *device) plates(n int) (ids []string) {
	d.w.t.Helper()
	for range n {
		ids = append(ids, d.plate())
	}
	return ids
}

// status is the output of the command status.
type status struct {
	Saved, Waiting int64
	Quarantined    int
	Server, Epoch  string
}

func (d *device) status() (s status) {
	d.w.t.Helper()
	d.runJSON(&s, "status")
	return s
}

// wantWaiting checks the number of waiting lines.
func (d *device) wantWaiting(n int64) {
	d.w.t.Helper()
	if s := d.status(); s.Waiting != n {
		d.w.t.Errorf("%d lines wait, not %d", s.Waiting, n)
	}
}

// sync tries once. url "" means the address known to the device.
func (d *device) sync(url string) programs.Output {
	d.w.t.Helper()
	args := []string{"sync", "--tries", "1"}
	if url != "" {
		args = append(args, "--server", url)
	}
	return d.run(args...)
}

// deliver syncs until nothing waits, within a time limit.
func (d *device) deliver(url string) {
	d.w.t.Helper()
	var o programs.Output
	for until := time.Now().Add(programs.Patience / 4); time.Now().Before(until); time.Sleep(programs.Pause) {
		if o = d.sync(url); o.Exit == 0 && d.status().Waiting == 0 {
			return
		}
	}
	d.w.t.Fatalf("the device never delivered everything: %v", o)
}
