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

const exitDiskFull = 8 // of the client; the server's code is 9

// TestClientsDiskIsFull: without a free byte nothing is saved, with exit 8. Everything can be read, and waiting lines
// are delivered. If other programs have used up the reserve as well, everything can still be read. With room again all
// continues, even in a program running all the time. The same holds on a file system without allocation in advance,
// where touching mapped memory of a full disk kills the process.
func TestClientsDiskIsFull(t *testing.T) {
	w := newWorld(t)
	s, serial := w.serve(""), 0
	for kind, unit := range map[string]string{"ext4": "office-1", "ext2": "office-2"} { // devices of one unit would pull each other's records
		t.Run(kind, func(t *testing.T) {
			w := &world{t: t, bin: w.bin, rng: w.rng, serial: serial}
			serial += 1000 // no plate on both devices: each would list the other's record
			testClientOnFullDisk(t, &server{Server: s.Server, w: w, dir: s.dir, hq: s.hq}, unit, smallDisk(t, kind, 16<<20))
		})
	}
}

func testClientOnFullDisk(t *testing.T, s *server, unit, disk string) {
	w := s.w
	d := &device{w: w, dir: filepath.Join(disk, "device")}
	d.enrollAt(s, unit, "clerk")
	for _, leave := range []int64{0, 20 << 10} { // the index of the write-ahead log takes 32 KiB
		d.plates(3)
		filler := fillDisk(t, disk, leave)
		for range 2 {
			d.wantNotSaved()
			d.wantReadable(3)
		}
		if o := d.sync(""); o.Exit != 0 {
			t.Errorf("%d bytes free: %v", leave, o)
		}
		d.wantWaiting(0)
		d.wantNotSaved()
		s.wantExported(d.confirmed...)
		w.must(os.Remove(filler))
	}

	d.plates(2)
	w.must(os.Remove(filepath.Join(d.dir, "reserve")))
	filler := fillDisk(t, disk, 0)
	d.wantNotSaved()
	d.wantReadable(2)
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
	if o := d.sync(""); o.Exit != exitDiskFull {
		t.Errorf("what became of the lines can't be kept: %v", o)
	}
	d.wantWaiting(2)
	s.wantExported(d.confirmed...)

	watch, err := programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, d.dir, "sync", "--watch")})
	w.must(err)
	defer watch.Kill()
	time.Sleep(programs.Pause) // usually long enough to meet the full disk; the test holds anyway
	d.wantReadable(2)
	w.must(os.Remove(filler))
	w.waitFor("the program that was running delivers", func() bool { return d.status().Waiting == 0 })
	d.plate()
	w.waitFor("and what is saved now", func() bool { return d.status().Waiting == 0 })
	s.wantExported(d.confirmed...)
}

func (d *device) wantNotSaved() {
	d.w.t.Helper()
	o := d.run("log", "plate", "--set", "plate_type=02", "--set", "business=注册", "--set", "plate_number=冀F99999",
		"--set", "occurred_at=2020-12-15T10:00:00+08:00")
	if o.Exit != exitDiskFull || !strings.Contains(o.Errs, "磁盘已满") {
		d.w.t.Errorf("saved on a full disk? %v", o)
	}
}

// wantReadable checks that list and show work, and the number of waiting lines.
func (d *device) wantReadable(waiting int64) {
	d.w.t.Helper()
	d.wantWaiting(waiting)
	var list []struct{ Record string }
	d.runJSON(&list, "list")
	if len(list) != len(d.confirmed) {
		d.w.t.Errorf("%d records are listed of %d", len(list), len(d.confirmed))
	}
	var shown map[string]any
	d.runJSON(&shown, "show", d.confirmed[0])
}

// waitFor waits until is returns true, within a time limit.
func (w *world) waitFor(what string, is func() bool) {
	w.t.Helper()
	for until := time.Now().Add(programs.Patience); !is(); time.Sleep(programs.Pause) {
		if time.Now().After(until) {
			w.t.Fatal("never: " + what)
		}
	}
}

// TestServersDiskIsFull: a line without room is not acknowledged and waits on the device. The server reports the full
// disk in its log, in /readyz, and by the exit code of its commands. HQ signs in and reads, even after a restart. With
// room again all continues without a restart.
func TestServersDiskIsFull(t *testing.T) {
	w := newWorld(t)
	for kind, size := range map[string]int64{"ext4": 24 << 20, "ext2": 48 << 20} {
		t.Run(kind, func(t *testing.T) {
			testServerOnFullDisk(t, &world{t: t, bin: w.bin, rng: w.rng}, smallDisk(t, kind, size))
		})
	}
}

func testServerOnFullDisk(t *testing.T, w *world, disk string) {
	s := w.serve(filepath.Join(disk, "server"))
	d := s.enroll("office-1", "clerk")
	d.plates(2)
	d.deliver("")
	e := s.enroll("office-2", "clerk") // gets its token before the disk is full
	watch, err := programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, e.dir, "sync", "--watch")})
	w.must(err)
	defer watch.Kill()
	e.plate()
	w.waitFor("the program that runs delivers", func() bool { return e.status().Waiting == 0 })
	for _, again := range []bool{false, true} {
		filler := fillDisk(t, disk, 0)
		if again {
			s.restart()
		}
		delivered := len(d.confirmed)
		d.plate()
		e.plates(2)
		for o := d.sync(""); o.Exit == 0; o = d.sync("") { // some lines find room inside the files
			delivered = len(d.confirmed)
			if d.plate(); delivered > 300 {
				t.Fatal("the disk never was full")
			}
		}
		w.waitFor("the server says so", func() bool { return strings.Contains(s.wantReady(http.StatusOK), "disk_full") })
		if !strings.Contains(s.Errs(), "磁盘已满") {
			t.Errorf("the log says nothing of it:\n%s", s.Errs())
		}
		w.must(s.hq.SignIn(s.URL))
		s.wantExported(d.confirmed[:delivered]...)
		if n := int64(len(d.confirmed) - delivered); d.status().Waiting != n || n == 0 {
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
		w.waitFor("the program that was running delivers", func() bool { return e.status().Waiting == 0 })
		s.wantExported(append(d.confirmed, e.confirmed...)...)
		w.waitFor("the server has room", func() bool { return !strings.Contains(s.wantReady(http.StatusOK), "disk_full") })
	}
}
