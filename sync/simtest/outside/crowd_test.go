package outside

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// mostMemory bounds a server's memory, in MB, even with 5,000 devices.
const mostMemory = 400

// TestLongCrowd lets all devices of a county return at once, each with lines to deliver and everything to pull, and
// then continue for a while: 5,000 devices and ten minutes in the long form. The load generator reports the server's
// memory and fails above the bound. In the end the server's data is verified.
func TestLongCrowd(t *testing.T) {
	const lines = 5 // brought by each device
	devices, stored, soak, every := 200, 2000, 3*time.Second, time.Second
	if longForm(t) {
		devices, stored, soak, every = 5000, 50000, 10*time.Minute, 30*time.Second
	}
	w := newWorld(t)
	dir := t.TempDir()
	generator := filepath.Join(dir, "loadtest")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", generator, "roadbook/server/loadtest")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soak+25*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, generator, "crowd", "--server", filepath.Join(w.bin, "server"), "--keep", dir,
		"--devices", strconv.Itoa(devices), "--stored", strconv.Itoa(stored), "--lines", strconv.Itoa(lines), "--soak", soak.String(), "--every", every.String(),
		"--most", strconv.Itoa(mostMemory), "--seed", strconv.FormatUint(w.rng.Uint64N(1<<31), 10))
	cmd.Env = programs.CleanEnv()
	cmd.WaitDelay = 10 * time.Second // a generator killed at the deadline leaves a server that holds the output open
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	t.Logf("%s\n%s", time.Now().Format(time.DateOnly), &out)
	if err != nil {
		t.Fatalf("the crowd: %v\n%s", err, last(errs.String(), 4<<10))
	}
	if !strings.Contains(out.String(), "herd: server memory") || !strings.Contains(out.String(), "soak: server memory") {
		t.Error("the generator told nothing of the server's memory")
	}
	o := (&server{w: w, dir: filepath.Join(dir, "data")}).command("verify")
	var found struct{ Observations int }
	if err := json.Unmarshal([]byte(o.Out), &found); err != nil || o.Exit != 0 {
		t.Fatalf("verify: %v (%v)", o, err)
	}
	if least := stored + devices*lines; found.Observations < least {
		t.Errorf("the server has %d observations, and %d were acknowledged before the soak alone", found.Observations, least)
	}
}

func last(text string, most int) string { return text[max(0, len(text)-most):] }
