//go:build outside

package outside

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

const exitFull = 8 // of the client; the server's is 9

// TestClientsDiskIsFull: on a disk without a free byte nothing is saved, and that is said with exit 8; everything can be
// read, and what waits is delivered. Where others took even the room that was kept aside, everything can still be read.
// Once there is room again all goes on, also in a program that was running all the time. So also on a file system that
// gives out no room in advance, where memory that is mapped from a full disk kills whoever touches it.
func TestClientsDiskIsFull(t *testing.T) {
	w := newWorld(t)
	s, serial := w.serve(""), 0
	for kind, unit := range map[string]string{"ext4": "office-1", "ext2": "office-2"} { // a unit's devices pull of one another
		t.Run(kind, func(t *testing.T) {
			w := &world{t: t, bin: w.bin, rng: w.rng, serial: serial}
			serial += 1000 // two devices speak of no plate both: a record that both know is shown by both
			clientFills(t, &server{Server: s.Server, w: w, dir: s.dir, hq: s.hq}, unit, smallDisk(t, kind, 16<<20))
		})
	}
}

func clientFills(t *testing.T, s *server, unit, disk string) {
	w := s.w
	d := &device{w: w, dir: filepath.Join(disk, "device")}
	d.enrolAt(s, unit, "clerk")
	for _, leave := range []int64{0, 20 << 10} { // the index of the write-ahead log takes 32 KiB
		d.plates(3)
		filler := fill(t, disk, leave)
		for range 2 {
			d.refusesToSave()
			d.reads(3)
		}
		if o := d.sync(""); o.Exit != 0 {
			t.Errorf("%d bytes free: %v", leave, o)
		}
		d.waits(0)
		d.refusesToSave()
		s.has(d.said...)
		w.must(os.Remove(filler))
	}

	d.plates(2)
	w.must(os.Remove(filepath.Join(d.dir, "reserve")))
	filler := fill(t, disk, 0)
	d.refusesToSave()
	d.reads(2)
	var both [2]*programs.Process
	for i := range both {
		var err error
		both[i], err = programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, d.dir, "list")})
		w.must(err)
	}
	for _, p := range both {
		w.must(p.Wait())
		if code := p.State().ExitCode(); code != 0 {
			t.Errorf("two at once: exit %d\n%s", code, p.Errs())
		}
	}
	if o := d.sync(""); o.Exit != exitFull {
		t.Errorf("what became of the lines can't be kept: %v", o)
	}
	d.waits(2)
	s.has(d.said...)

	watch, err := programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, d.dir, "sync", "--watch")})
	w.must(err)
	defer watch.Kill()
	time.Sleep(programs.Pause) // it need not have met the full disk for the test to hold
	d.reads(2)
	w.must(os.Remove(filler))
	w.eventually("the program that was running delivers", func() bool { return d.status().Waiting == 0 })
	d.plate()
	w.eventually("and what is saved now", func() bool { return d.status().Waiting == 0 })
	s.has(d.said...)
}

func (d *device) refusesToSave() {
	d.w.t.Helper()
	o := d.run("log", "plate", "--set", "plate_type=02", "--set", "business=注册", "--set", "plate_number=冀F99999",
		"--set", "occurred_at=2020-12-15T10:00:00+08:00")
	if o.Exit != exitFull || !strings.Contains(o.Errs, "磁盘已满") {
		d.w.t.Errorf("saved on a full disk? %v", o)
	}
}

// reads checks that everything can be looked at, and how much waits.
func (d *device) reads(waiting int64) {
	d.w.t.Helper()
	d.waits(waiting)
	var list []struct{ Record string }
	d.ask(&list, "list")
	if len(list) != len(d.said) {
		d.w.t.Errorf("%d records are listed of %d", len(list), len(d.said))
	}
	var shown map[string]any
	d.ask(&shown, "show", d.said[0])
}

// eventually waits for something, for a while.
func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	for until := time.Now().Add(programs.Patience); !is(); time.Sleep(programs.Pause) {
		if time.Now().After(until) {
			w.t.Fatal("never: " + what)
		}
	}
}

// TestServersDiskIsFull: what has no room is not acknowledged and waits on the device; the server says so in its log, to
// whoever asks whether it is ready, and by the exit code of its commands; HQ signs in and reads, also after a restart.
// Once there is room again all goes on without one.
func TestServersDiskIsFull(t *testing.T) {
	w := newWorld(t)
	for kind, size := range map[string]int64{"ext4": 24 << 20, "ext2": 48 << 20} {
		t.Run(kind, func(t *testing.T) {
			serverFills(t, &world{t: t, bin: w.bin, rng: w.rng}, smallDisk(t, kind, size))
		})
	}
}

func serverFills(t *testing.T, w *world, disk string) {
	s := w.serve(filepath.Join(disk, "server"))
	d := s.enrol("office-1", "clerk")
	d.plates(2)
	d.deliver("")
	e := s.enrol("office-2", "clerk") // has its token when the disk is full
	watch, err := programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, e.dir, "sync", "--watch")})
	w.must(err)
	defer watch.Kill()
	e.plate()
	w.eventually("the program that runs delivers", func() bool { return e.status().Waiting == 0 })
	for _, again := range []bool{false, true} {
		filler := fill(t, disk, 0)
		if again {
			s.restart()
		}
		delivered := len(d.said)
		d.plate()
		e.plates(2)
		for o := d.sync(""); o.Exit == 0; o = d.sync("") { // some may find room inside the files
			delivered = len(d.said)
			if d.plate(); delivered > 300 {
				t.Fatal("the disk never was full")
			}
		}
		w.eventually("the server says so", func() bool { return strings.Contains(s.ready(http.StatusOK), "disk_full") })
		if !strings.Contains(s.Errs(), "磁盘已满") {
			t.Errorf("the log says nothing of it:\n%s", s.Errs())
		}
		w.must(s.hq.SignIn(s.URL))
		s.has(d.said[:delivered]...)
		if n := int64(len(d.said) - delivered); d.status().Waiting != n || n == 0 {
			t.Errorf("%d wait, not %d", d.status().Waiting, n)
		}
		if o := s.command("user", "list"); o.Exit != 0 {
			t.Errorf("a command that reads: %v", o)
		}
		if o := w.run(append(programs.ServerArgs(w.bin, "--data", s.dir), "user", "add", "wang", "--role", "viewer"),
			env("ROADBOOK_PASSWORD=a-long-password")); o.Exit != 9 {
			t.Errorf("a command that writes: %v", o)
		}
		w.must(os.Remove(filler))
		d.deliver("")
		w.eventually("the program that was running delivers", func() bool { return e.status().Waiting == 0 })
		s.has(append(d.said, e.said...)...)
		w.eventually("the server has room", func() bool { return !strings.Contains(s.ready(http.StatusOK), "disk_full") })
	}
}
