package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verify reads a data directory beside its server, finds nothing wrong, and finds nothing where there is none.
func TestVerifyCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, errs := try(t, "", "verify", "--data", dir); code != exitNoSuch {
		t.Errorf("of nothing: exit %d, %s", code, errs)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made what it was to verify")
	}
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	code, out, errs := try(t, "", "verify", "--data", dir, "--json")
	if code != exitOK {
		t.Errorf("exit %d, %s", code, errs)
	}
	var last told
	if err := json.Unmarshal([]byte(out), &last); err != nil || last != (told{}) {
		t.Errorf("%q: %+v, %v", out, last, err)
	}
	if code, out, _ = try(t, "", "verify", "--data", dir); code != exitOK || !strings.Contains(out, "0 findings") {
		t.Errorf("exit %d, %q", code, out)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("the server ended with %d", code)
	}
}
