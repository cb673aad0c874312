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

// wantReady checks the status of /readyz, and returns the body.
func (s *server) wantReady(want int) string {
	s.w.t.Helper()
	resp, err := http.Get(s.URL + "/readyz")
	s.w.must(err)
	defer resp.Body.Close()
	body := string(read(s.w.t, resp.Body))
	if resp.StatusCode != want {
		s.w.t.Errorf("/readyz: %d, want %d: %s", resp.StatusCode, want, body)
	}
	return body
}

// TestFilesGone: the database or its log is deleted, replaced or moved under a running server. From then on the server
// acknowledges nothing, is not ready, and names the reason. Acknowledged lines survive: those of a deleted log are in
// the database, however the server is killed; a replaced log is overwritten at an orderly end; with moved files put
// back the server continues at once.
func TestFilesGone(t *testing.T) {
	w := newWorld(t)
	remove := func(path string) { w.must(os.Remove(path)) }
	replace := func(path string) {
		raw, err := os.ReadFile(path)
		w.must(err)
		w.must(os.WriteFile(path+".copy", raw, 0o600))
		w.must(os.Rename(path+".copy", path))
	}
	moved := func(path string) { w.must(os.Rename(path, path+".away")) }
	back := func(path string) { w.must(os.Rename(path+".away", path)) }
	for _, c := range []struct {
		name, file string
		lose, mend func(path string)
		end        func(s *server) // before the next start; nil: no restart
	}{
		{"the log deleted", "roadbook.db-wal", remove, nil, func(s *server) { s.waitForWholeDatabase(s.w.t); s.Kill() }},
		{"the log replaced", "roadbook.db-wal", replace, nil, (*server).stop},
		{"the log moved", "roadbook.db-wal", moved, back, nil},
		{"the database deleted", "roadbook.db", remove, nil, nil},
		{"the database replaced", "roadbook.db", replace, nil, nil},
		{"the database moved", "roadbook.db", moved, back, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{t: t, bin: w.bin, rng: w.rng}
			s := w.serve("")
			d := s.enroll("office-1", "clerk")
			acknowledged := d.plates(2)
			d.deliver("")
			path := filepath.Join(s.dir, c.file)
			c.lose(path)
			d.plate()
			for range 2 {
				if o := d.sync(""); o.Exit == 0 {
					t.Errorf("acknowledged into files that are gone: %v", o)
				}
			}
			d.wantWaiting(1)
			if body := s.wantReady(http.StatusServiceUnavailable); !strings.Contains(body, "被删除、替换或移走") {
				t.Errorf("/readyz does not say why: %s", body)
			}
			if _, err := s.hq.Code(s.URL, "office-1", "clerk"); err == nil {
				t.Error("a code was made that nobody will know")
			}
			if !strings.Contains(s.Errs(), "deleted or replaced") {
				t.Errorf("the log says nothing of it:\n%s", s.Errs())
			}
			switch {
			case c.mend != nil:
				c.mend(path)
			case c.end != nil:
				c.end(s)
				s.start()
			default:
				return
			}
			s.wantExported(acknowledged...)
			d.deliver("")
			s.wantExported(d.confirmed...)
			s.wantReady(http.StatusOK)
		})
	}
}

// waitForWholeDatabase waits until the database's file alone holds all acknowledged lines.
func (s *server) waitForWholeDatabase(t *testing.T) {
	t.Helper()
	var times map[string]int
	for until := time.Now().Add(programs.Patience); time.Now().Before(until); time.Sleep(programs.Pause) {
		dir := t.TempDir()
		raw, err := os.ReadFile(filepath.Join(s.dir, "roadbook.db"))
		s.w.must(err)
		s.w.must(os.WriteFile(filepath.Join(dir, "roadbook.db"), raw, 0o600))
		c := &server{w: s.w, dir: dir, hq: s.hq}
		c.launch()
		if c.URL != "" && c.Password == "" { // the file holds keys and users
			s.w.must(c.hq.SignIn(c.URL))
			times = c.export()
		}
		c.Kill()
		if len(times) > 0 {
			return
		}
	}
	t.Error("the database's file alone never held what was acknowledged")
}

// TestQuietServerIsWhole: some seconds after the last observation, the database's file holds everything, keys included,
// without the log.
func TestQuietServerIsWhole(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plates(2)
	d.deliver("")
	s.waitForWholeDatabase(t)
}
