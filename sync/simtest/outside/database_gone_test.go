package outside

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// removeFiles deletes files of a directory.
func (w *world) removeFiles(dir string, names ...string) {
	w.t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	}
}

// TestServersDatabaseGone: a server with a lost database does not start as a new one, names the remedy, and changes
// nothing. With the database put back the server continues. Meanwhile no device gives up a line.
func TestServersDatabaseGone(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plates(2)
	d.deliver(s.URL)
	d.plate()
	for name, lose := range map[string]func(){
		"missing":            func() { w.removeFiles(s.dir, "roadbook.db", "roadbook.db-wal", "roadbook.db-shm") },
		"missing, log left":  func() { w.removeFiles(s.dir, "roadbook.db") },
		"empty":              func() { w.must(os.Truncate(filepath.Join(s.dir, "roadbook.db"), 0)) },
		"all was in the log": func() { w.removeFiles(s.dir, "roadbook.db-wal", "roadbook.db-shm") },
		"empty, log and mark": func() {
			w.must(os.Truncate(filepath.Join(s.dir, "roadbook.db"), 0))
			w.removeFiles(s.dir, "SERVER.txt")
		},
	} {
		s.Kill()
		kept := copyOf(t, s.dir)
		lose()
		left := copyOf(t, s.dir)
		s.launch()
		if s.URL != "" || s.State().ExitCode() != 1 || !strings.Contains(s.Errs(), "server restore") {
			t.Fatalf("%s: the server started at %q: %s, %s", name, s.URL, s.State(), s.Errs())
		}
		if o := s.command("user", "list"); o.Exit != 1 {
			t.Errorf("%s: user list: %v", name, o)
		}
		wantSameFiles(t, name, left, s.dir)
		putBack(t, kept, s.dir)
		s.start()
		s.wantExported(d.confirmed[:2]...)
	}
	d.deliver(s.URL)
	s.wantExported(d.confirmed...)
}

// wantSameFiles checks that two directories have the same content, except for the index of a database's log.
func wantSameFiles(t *testing.T, what, before, now string) {
	t.Helper()
	read := func(dir string) string {
		var b strings.Builder
		entries, err := os.ReadDir(dir)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), "-shm") {
				continue
			}
			text, failed := os.ReadFile(filepath.Join(dir, e.Name()))
			if failed != nil {
				err = failed
			}
			b.WriteString(e.Name() + "\n" + string(text) + "\n")
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if read(before) != read(now) {
		t.Errorf("%s: the directory was changed", what)
	}
}

// TestNewServerOnPurpose: serve --new starts beside a lost database, and nowhere else. Later starts need no --new.
func TestNewServerOnPurpose(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	s.stop()
	if o := s.command("serve", "--new"); o.Exit != 2 {
		t.Errorf("--new beside a whole database: %v", o)
	}
	w.removeFiles(s.dir, "roadbook.db")
	p, err := programs.Serve(programs.Command{Args: append(programs.ServeArgs(w.bin, "--data", s.dir), "--new")})
	w.must(err)
	if p.URL == "" || p.Password == "" {
		t.Fatalf("--new started nothing: %s", p.Errs())
	}
	w.must(p.Stop())
	s.hq.User, s.hq.Password = p.User, p.Password
	s.start()
}

// TestDevicesDatabaseGone: keys without a database make no new device. Every command reports the loss, and with the
// database put back the waiting lines are delivered.
func TestDevicesDatabaseGone(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plates(3)
	kept := copyOf(t, d.dir)
	code, err := s.hq.Code(s.URL, "office-1", "clerk")
	w.must(err)
	for name, lose := range map[string]func(){
		"missing": func() { w.removeFiles(d.dir, "roadbook.db", "roadbook.db-wal", "roadbook.db-shm") },
		"empty":   func() { w.must(os.Truncate(filepath.Join(d.dir, "roadbook.db"), 0)) },
	} {
		lose()
		left := copyOf(t, d.dir)
		for _, args := range [][]string{
			{"status"}, {"sync", "--tries", "1", "--server", s.URL}, {"list"}, {"log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F99999", "--set", "business=注册"},
			{"enroll", "--server", s.URL, "--code", code},
		} {
			if o := d.run(args...); o.Exit != 1 || !strings.Contains(o.Errs, `"code":"database_gone"`) {
				t.Errorf("%s: client %v: %v", name, args, o)
			}
		}
		wantSameFiles(t, name, left, d.dir)
		putBack(t, kept, d.dir)
		d.wantWaiting(3)
	}
	d.deliver(s.URL)
	s.wantExported(d.confirmed...)
}

// killAtFile starts a program and kills the program as soon as a file exists, or after most.
func (w *world) killAtFile(c programs.Command, path string, most time.Duration) {
	w.t.Helper()
	p, err := programs.Start(c)
	w.must(err)
	for until := time.Now().Add(most); time.Now().Before(until) && !p.Ended(); time.Sleep(time.Millisecond / 5) {
		if _, err := os.Stat(path); err == nil {
			break
		}
	}
	p.Kill()
}

// TestFirstStartKilled: a server killed at any point of its first start starts the next time.
func TestFirstStartKilled(t *testing.T) {
	w := newWorld(t)
	for _, at := range []string{"", "LOCK", "roadbook.db", "roadbook.db-wal", "SERVER.txt", "nothing", "nothing"} {
		dir := filepath.Join(t.TempDir(), "data")
		most := programs.Patience / 4
		if at == "nothing" {
			most = time.Duration(w.rng.Int64N(int64(500 * time.Millisecond)))
		}
		w.killAtFile(programs.Command{Args: programs.ServeArgs(w.bin, "--data", dir)}, filepath.Join(dir, at), most)
		p, err := programs.Serve(programs.Command{Args: programs.ServeArgs(w.bin, "--data", dir)})
		w.must(err)
		if p.URL == "" {
			t.Errorf("killed at %q, then it did not start: %s", at, p.Errs())
			continue
		}
		w.must(p.Stop())
	}
}

// TestEnrollmentKilled: a first enrollment killed at any point, or with a lost answer, continues with the same code.
func TestEnrollmentKilled(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	lossy := w.proxy(s.URL)
	lossy.tamperWith(onPath("/v1/enroll", noAnswer))
	try := func(name string, cut func(d *device, args []string)) {
		code, err := s.hq.Code(s.URL, "office-1", "clerk")
		w.must(err)
		d := &device{w: w, dir: filepath.Join(t.TempDir(), "data")}
		cut(d, []string{"enroll", "--server", s.URL, "--code", code})
		if o := d.run("status"); o.Exit != 3 && o.Exit != 0 {
			t.Errorf("%s: status: %v", name, o)
		}
		if o := d.run("enroll", "--server", s.URL, "--code", code); o.Exit != 0 {
			t.Errorf("%s: enroll again: %v", name, o)
			return
		}
		d.plate()
		d.deliver(s.URL)
		s.wantExported(d.confirmed...)
	}
	for _, point := range []string{"Keys:1:before", "Keys:1:after", "KeepKeys:1:before", "KeepKeys:1:after"} {
		try(point, func(d *device, args []string) {
			if o := w.run(programs.ClientArgs(w.bin, d.dir, args...), kill(point)); o.Exit != -1 {
				t.Errorf("%s: not killed: %v", point, o)
			}
		})
	}
	for _, file := range []string{"roadbook.db", "roadbook.db-wal", "device.key"} {
		try(file, func(d *device, args []string) {
			w.killAtFile(programs.Command{Args: programs.ClientArgs(w.bin, d.dir, args...)}, filepath.Join(d.dir, file), programs.Patience/4)
		})
	}
	try("the answer lost", func(d *device, args []string) {
		args[2] = lossy.URL
		if o := d.run(args...); o.Exit == 0 {
			t.Errorf("nobody noticed that the answer was lost: %v", o)
		}
	})
}
