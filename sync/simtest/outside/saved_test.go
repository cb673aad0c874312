package outside

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// start starts one of the client's commands; the test's end kills the process.
func (d *device) start(args ...string) *programs.Process {
	d.w.t.Helper()
	c := programs.Command{Args: programs.ClientArgs(d.w.bin, d.dir, args...)}
	for _, o := range d.opts {
		o(&c)
	}
	p, err := programs.Start(c)
	d.w.must(err)
	d.w.t.Cleanup(p.Kill)
	return p
}

// argsWithoutJSON is the client's command line without --json.
func (d *device) argsWithoutJSON(args ...string) []string {
	all := programs.ClientArgs(d.w.bin, d.dir, args...)
	for i, a := range all {
		if a == "--json" {
			return append(all[:i:i], all[i+1:]...)
		}
	}
	return all
}

// waitUntil waits until so returns true, and fails the test after a time limit.
func (w *world) waitUntil(what string, so func() bool) {
	w.t.Helper()
	for end := time.Now().Add(programs.Patience / 2); !so(); time.Sleep(programs.Pause / 10) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s", what)
		}
	}
}

var newPlate = []string{"log", "plate", "--set", "plate_type=02", "--set", "business=注册",
	"--set", "plate_number=冀F8K2M6", "--set", "occurred_at=2020-03-02T09:00:00+08:00"}

// TestInterrupted interrupts every saving command, by Ctrl-C and by SIGTERM, at random moments over its whole length.
// The device and then the server have exactly the observations printed with exit 0. After a reported failure a person
// may repeat the command.
func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	record := d.plate()
	began := time.Now()
	d.plates(4)
	whole := time.Since(began) / 4
	acts := [][]string{newPlate, {"amend", record, "--set", "sets=2"}, {"void", record, "--reason", "登记错误"}, {"restore", record}}
	signalled := 0
	for i := range 72 {
		args := acts[i%len(acts)]
		p := d.start(args...)
		time.Sleep(whole * time.Duration(10+w.rng.IntN(110)) / 100)
		if p.Signal([]os.Signal{os.Interrupt, syscall.SIGTERM}[w.rng.IntN(2)]) == nil {
			signalled++
		}
		w.must(p.Wait())
		var saved struct{ ID string }
		printed := json.Unmarshal([]byte(p.Out()), &saved) == nil && saved.ID != ""
		if printed != p.State().Success() {
			t.Errorf("%v: told %q and %s\n%s", args[0], p.Out(), p.State(), p.Errs())
		}
		if printed {
			d.confirmed = append(d.confirmed, saved.ID)
		}
	}
	t.Logf("%d struck, %d of 72 were saved and told", signalled, len(d.confirmed)-5)
	if found := d.allObservations(); !equalIDs(found, d.confirmed) {
		t.Errorf("the device has %d observations, people were told of %d", len(found), len(d.confirmed))
	}
	d.deliver(s.URL)
	s.wantExported(d.confirmed...)
	if n := len(s.export()); n != len(d.confirmed) {
		t.Errorf("%d observations arrived, people were told of %d", n, len(d.confirmed))
	}
}

// allObservations returns the ids of all observations shown by the device.
func (d *device) allObservations() (ids []string) {
	d.w.t.Helper()
	var list []struct{ Record string }
	d.runJSON(&list, "list", "--limit", "0")
	for _, r := range list {
		var shown struct {
			Observations []struct{ ID string }
		}
		d.runJSON(&shown, "show", r.Record)
		for _, o := range shown.Observations {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func equalIDs(a, b []string) bool {
	count := map[string]int{}
	for _, id := range a {
		count[id]++
	}
	for _, id := range b {
		count[id]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestSavedAndNotPrinted: with a broken output, exit code and error output report the saved observation with its id.
func TestSavedAndNotPrinted(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	w.must(err)
	defer full.Close()
	unread, broken, err := os.Pipe()
	w.must(err)
	unread.Close()
	defer broken.Close()
	for name, out := range map[string]io.Writer{"a file on a full disk": full, "a pipe that nobody reads": broken} {
		for _, asJSON := range []bool{false, true} {
			args := d.argsWithoutJSON(newPlate...)
			if asJSON {
				args = append(args, "--json")
			}
			cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
			var errs strings.Builder
			cmd.Env, cmd.Stdout, cmd.Stderr = programs.CleanEnv(), out, &errs
			before := d.allObservations()
			_ = cmd.Run() // the result is in ProcessState
			after := d.allObservations()
			if len(after) != len(before)+1 || cmd.ProcessState.ExitCode() != 9 {
				t.Fatalf("%s: %s, %d observations more\n%s", name, cmd.ProcessState, len(after)-len(before), errs.String())
			}
			id := ""
			for _, have := range after {
				if strings.Contains(errs.String(), have) {
					id = have
				}
			}
			var body struct {
				Error struct {
					Code  string
					Saved struct{ ID string }
				}
			}
			if id == "" || asJSON && (json.Unmarshal([]byte(errs.String()), &body) != nil || body.Error.Code != "untold" || body.Error.Saved.ID != id) {
				t.Errorf("%s: the error output does not name what was saved:\n%s", name, errs.String())
			}
			d.confirmed = append(d.confirmed, id)
		}
	}
	d.deliver(s.URL)
	s.wantExported(d.confirmed...)
}

// TestTooLongForALine: a reason too long for a server is refused before saving.
func TestTooLongForALine(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	id := d.plate()
	for _, n := range []int{1001, 30_000} {
		o := d.run("void", id, "--reason", strings.Repeat("错", n))
		if o.Exit != 2 || !strings.Contains(o.Errs, "最多 1000 个字") {
			t.Errorf("a reason of %d characters: %v", n, o)
		}
	}
	if o := d.run("amend", id, "--set", "sets=2", "--officer", strings.Repeat("警", 65)); o.Exit != 2 {
		t.Errorf("an officer of 65 characters: %v", o)
	}
	if n := d.status().Saved; n != 1 {
		t.Errorf("%d are saved", n)
	}
	var saved struct{ ID string }
	d.runJSON(&saved, "void", id, "--reason", strings.Repeat("错", 1000))
	d.deliver(s.URL)
	if st := d.status(); st.Quarantined != 0 {
		t.Error(fmt.Sprint("the longest reason that is saved is not counted: ", st))
	}
	s.wantExported(id, saved.ID)
}
