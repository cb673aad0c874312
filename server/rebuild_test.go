package main

import (
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

// rebuild is refused beside a server with the directory, and counts all sums again after the server's end.
func TestRebuildCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, errs := try(t, "", "rebuild", "--data", dir); code != command.ExitNoSuch {
		t.Errorf("of nothing: exit %d, %s", code, errs)
	}
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if code, _, errs := try(t, "", "rebuild", "--data", dir); code != command.ExitInUse || !strings.Contains(errs, "stop the server first") {
		t.Errorf("beside a server: exit %d, %s", code, errs)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("the server ended with %d", code)
	}
	if code, out, errs := try(t, "", "rebuild", "--data", dir, "--json"); code != command.ExitOK || !strings.Contains(out, `"catalogue":"rules-3+shunping-2020@`) {
		t.Errorf("exit %d, %s %s", code, out, errs)
	}
}
