package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"roadbook/client/syncer/fakeserver"
)

var aPlate = []string{"log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M6", "--set", "business=注册"}

// enrolledProgram is a device's directory, enrolled by the real program.
func enrolledProgram(t *testing.T) (data string) {
	t.Helper()
	web := httptest.NewServer(fakeserver.NewHTTP("window-1/clerk"))
	t.Cleanup(web.Close)
	data = t.TempDir()
	if out, err := program(t, data, "enroll", "--server", web.URL, "--code", "window-1/clerk").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return data
}

// listed are the records that the device knows, in no order.
func listed(t *testing.T, data string) (ids []string) {
	t.Helper()
	raw, err := program(t, data, "list", "--limit", "0", "--json").Output()
	var list []recordOut
	if err != nil || json.Unmarshal(raw, &list) != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	for i := range list {
		ids = append(ids, list[i].Record)
	}
	return ids
}

// TestInterruptedWhileSaving interrupts the real program at moments the seed draws: exactly what was told is there,
// and who is told an id is told that it went well.
func TestInterruptedWhileSaving(t *testing.T) {
	data := enrolledProgram(t)
	const seed = 4
	rng := rand.New(rand.NewPCG(seed, 4))
	var told []string
	began := time.Now()
	for range 3 {
		id, err := program(t, data, aPlate...).Output()
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, strings.TrimSpace(string(id)))
	}
	whole := time.Since(began) / 3
	for i := range 40 {
		cmd := program(t, data, aPlate...)
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		signal := []os.Signal{os.Interrupt, syscall.SIGTERM}[i%2]
		strike := time.AfterFunc(whole*time.Duration(rng.IntN(100))/100, func() { cmd.Process.Signal(signal) })
		err := cmd.Wait()
		strike.Stop()
		id := strings.TrimSpace(out.String())
		if id != "" {
			told = append(told, id)
		}
		if (id != "") != (err == nil) {
			t.Errorf("seed %d, run %d: told %q, and %v: %s", seed, i, id, err, errs.String())
		}
	}
	here := listed(t, data)
	slices.Sort(told)
	slices.Sort(here)
	t.Logf("seed %d: 40 interrupted, %d saved and told all the same", seed, len(told)-3)
	if !slices.Equal(told, here) {
		t.Errorf("seed %d: told %v\nthere %v", seed, told, here)
	}
}

// TestTheOutputIsBroken: a draft that is saved and can't be told is neither a success nor a failure.
func TestTheOutputIsBroken(t *testing.T) {
	data := enrolledProgram(t)
	for name, broken := range map[string]func(*exec.Cmd){
		"full disk": func(cmd *exec.Cmd) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { full.Close() })
			cmd.Stdout = full
		},
		"nobody reads the pipe": func(cmd *exec.Cmd) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			t.Cleanup(func() { w.Close() })
			cmd.Stdout = w
		},
	} {
		t.Run(name, func(t *testing.T) {
			said := func(want string, args ...string) string {
				cmd := program(t, data, args...)
				var errs strings.Builder
				cmd.Stderr = &errs
				broken(cmd)
				if cmd.Run(); cmd.ProcessState.ExitCode() != exitUntold || !strings.Contains(errs.String(), want) {
					t.Errorf("%s: %v, %s", args[0], cmd.ProcessState, errs.String())
				}
				return errs.String()
			}
			text := said("请勿重复登记", aPlate...)
			said("", "list")
			raw := said(`"code":"untold","exit":9`, append(slices.Clone(aPlate), "--json")...)
			var body struct {
				Error struct{ Saved savedOut }
			}
			if err := json.Unmarshal([]byte(raw), &body); err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			here := listed(t, data)
			if !slices.Contains(here, body.Error.Saved.Record) || !slices.ContainsFunc(here, func(id string) bool { return strings.Contains(text, id) }) {
				t.Errorf("%s\n%s\nthere: %v", text, raw, here)
			}
		})
	}
}
