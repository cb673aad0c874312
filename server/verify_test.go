package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"

	"roadbook/server/hub"
	"roadbook/server/store"
	"roadbook/server/verify"
	"roadbook/sync/wire"
)

// verify checks a data directory beside its server: no findings, and an error for a missing database.
func TestVerifyCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, errs := try(t, "", "verify", "--data", dir); code != command.ExitNoSuch {
		t.Errorf("of nothing: exit %d, %s", code, errs)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made what it was to verify")
	}
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	code, out, errs := try(t, "", "verify", "--data", dir, "--json")
	if code != command.ExitOK {
		t.Errorf("exit %d, %s", code, errs)
	}
	var last verifySummary
	if err := json.Unmarshal([]byte(out), &last); err != nil || last != (verifySummary{}) {
		t.Errorf("%q: %+v, %v", out, last, err)
	}
	if code, out, _ = try(t, "", "verify", "--data", dir); code != command.ExitOK || !strings.Contains(out, "0 findings") {
		t.Errorf("exit %d, %q", code, out)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Errorf("the server ended with %d", code)
	}
}

// A change written into the database by hand is found, with its place and a remedy, and sets the exit code.
func TestVerifyCommandTellsWhatItFinds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("the server ended with %d", code)
	}
	id := wire.ObsID{Device: "n0b0dy0000", Epoch: "ep0ch001", Seq: 3}
	db, shut, err := hub.OpenStore(t.Context(), hub.Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Batch(t.Context(), func(st store.Steps) error {
		return st.Quarantine(t.Context(), []store.Quarantined{{ID: id, Unit: "office-1", Received: 1}})
	})
	if err = errors.Join(err, shut()); err != nil {
		t.Fatal(err)
	}
	code, out, errs := try(t, "", "verify", "--data", dir)
	if code != command.ExitFindings || !strings.Contains(out, "orphaned  held "+id.String()) || !strings.Contains(out, "1 findings") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	code, out, _ = try(t, "", "verify", "--data", dir, "--json")
	first, rest, _ := strings.Cut(out, "\n")
	var f verify.Finding
	var last verifySummary
	if err := errors.Join(json.Unmarshal([]byte(first), &f), json.Unmarshal([]byte(rest), &last)); err != nil {
		t.Fatal(err)
	}
	if code != command.ExitFindings || f.Class != verify.Orphaned || f.Place != "held "+id.String() || f.Do.ZH == "" || last.Findings != 1 {
		t.Errorf("exit %d, %+v, %+v", code, f, last)
	}
}
