package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"roadbook/client/syncer/fakeserver"
)

// clientCommand runs the client as its own process, on one device's directory.
func clientCommand(t *testing.T, data string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe) // this test binary, under the name known to TestMain
	cmd.Args = append([]string{"client"}, args...)
	cmd.Env = append(os.Environ(), "ROADBOOK_DATA="+data)
	return cmd
}

// TestKilledWhileSaving kills the real program by SIGKILL at random moments. Afterwards every printed id is saved, the
// stream has no hole, and all lines arrive at the server.
func TestKilledWhileSaving(t *testing.T) {
	fake := fakeserver.NewHTTP("window-1/clerk")
	web := httptest.NewServer(fake)
	defer web.Close()
	data := t.TempDir()
	if out, err := clientCommand(t, data, "enroll", "--server", web.URL, "--code", "window-1/clerk").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	var printed []string
	killed := 0
	for range 25 {
		cmd := clientCommand(t, data, "log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M6", "--set", "business=注册")
		var out strings.Builder
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(rng.IntN(60))*time.Millisecond, func() { cmd.Process.Kill() })
		if cmd.Wait() != nil {
			killed++
		}
		kill.Stop()
		if id := strings.TrimSpace(out.String()); id != "" {
			printed = append(printed, id)
		}
	}
	t.Logf("%d of 25 processes killed, %d ids printed", killed, len(printed))
	if out, err := clientCommand(t, data, "sync").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	arrived := fake.Lines() // the fake server checks the chain
	for _, id := range printed {
		if _, ok := arrived[id]; !ok {
			t.Errorf("%s was printed and is gone", id)
		}
	}
	raw, err := clientCommand(t, data, "status", "--json").Output()
	var st statusOut
	if err != nil || json.Unmarshal(raw, &st) != nil || st.Waiting != 0 || int(st.Saved) != len(arrived) {
		t.Errorf("%v: %s; %d have arrived", err, raw, len(arrived))
	}
}
