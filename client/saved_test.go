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

var logPlateArgs = []string{"log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M6", "--set", "business=注册"}

// enrolledDevice is the directory of a device, enrolled by the real program.
func enrolledDevice(t *testing.T) (data string) {
	t.Helper()
	web := httptest.NewServer(fakeserver.NewHTTP("window-1/clerk"))
	t.Cleanup(web.Close)
	data = t.TempDir()
	if out, err := clientCommand(t, data, "enroll", "--server", web.URL, "--code", "window-1/clerk").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return data
}

// listRecords returns the records known to the device, unsorted.
func listRecords(t *testing.T, data string) (ids []string) {
	t.Helper()
	raw, err := clientCommand(t, data, "list", "--limit", "0", "--json").Output()
	var list []recordOut
	if err != nil || json.Unmarshal(raw, &list) != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	for i := range list {
		ids = append(ids, list[i].Record)
	}
	return ids
}

// TestInterruptedWhileSaving interrupts the real program at random moments: exactly the observations with a printed id
// are saved, and a printed id comes with exit code 0.
func TestInterruptedWhileSaving(t *testing.T) {
	data := enrolledDevice(t)
	const seed = 4
	rng := rand.New(rand.NewPCG(seed, 4))
	var printed []string
	began := time.Now()
	for range 3 {
		id, err := clientCommand(t, data, logPlateArgs...).Output()
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, strings.TrimSpace(string(id)))
	}
	whole := time.Since(began) / 3
	for i := range 40 {
		cmd := clientCommand(t, data, logPlateArgs...)
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		signal := []os.Signal{os.Interrupt, syscall.SIGTERM}[i%2]
		timer := time.AfterFunc(whole*time.Duration(rng.IntN(100))/100, func() { cmd.Process.Signal(signal) })
		err := cmd.Wait()
		timer.Stop()
		id := strings.TrimSpace(out.String())
		if id != "" {
			printed = append(printed, id)
		}
		if (id != "") != (err == nil) {
			t.Errorf("seed %d, run %d: told %q, and %v: %s", seed, i, id, err, errs.String())
		}
	}
	listed := listRecords(t, data)
	slices.Sort(printed)
	slices.Sort(listed)
	t.Logf("seed %d: 40 interrupted, %d saved and told all the same", seed, len(printed)-3)
	if !slices.Equal(printed, listed) {
		t.Errorf("seed %d: told %v\nthere %v", seed, printed, listed)
	}
}

// TestBrokenOutput: a saved draft with an unprinted id ends in an exit code of its own.
func TestBrokenOutput(t *testing.T) {
	data := enrolledDevice(t)
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
			stderrOf := func(want string, args ...string) string {
				cmd := clientCommand(t, data, args...)
				var errs strings.Builder
				cmd.Stderr = &errs
				broken(cmd)
				if cmd.Run(); cmd.ProcessState.ExitCode() != exitUnprinted || !strings.Contains(errs.String(), want) {
					t.Errorf("%s: %v, %s", args[0], cmd.ProcessState, errs.String())
				}
				return errs.String()
			}
			text := stderrOf("请勿重复登记", logPlateArgs...)
			stderrOf("", "list")
			raw := stderrOf(`"code":"untold","exit":9`, append(slices.Clone(logPlateArgs), "--json")...)
			var body struct {
				Error struct{ Saved savedOut }
			}
			if err := json.Unmarshal([]byte(raw), &body); err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			listed := listRecords(t, data)
			if !slices.Contains(listed, body.Error.Saved.Record) || !slices.ContainsFunc(listed, func(id string) bool { return strings.Contains(text, id) }) {
				t.Errorf("%s\n%s\nthere: %v", text, raw, listed)
			}
		})
	}
}
