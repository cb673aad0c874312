package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
	"roadbook/server/hub"
)

// Tomorrow the device that enrolled today is silent; today it is not.
func TestListOfSilentDevices(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ROADBOOK_DATA", dir)
	s := launch(t, "serve", "--listen", "127.0.0.1:0", "--json")
	_, typed, _ := try(t, "", "device", "code", "--unit", "check-1", "--role", "officer", "--new")
	id := enrolCarried(t, s.Ready.URL, typed, 1).e.Device
	if code, out, errs := try(t, "", "device", "list", "--silent"); code != command.ExitOK || out != "" || !strings.Contains(errs, "未联系 0 台，列出 0 台") {
		t.Errorf("today: exit %d, %q, %q", code, out, errs)
	}
	_, q, closeStore, err := hub.OpenUnits(t.Context(), hub.Config{Data: dir, Now: func() time.Time { return time.Now().Add(24 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	for asJSON, want := range map[bool]string{false: id + "\tcheck-1\tofficer\t20", true: `{"device":"` + id + `","unit":"check-1","role":"officer","heard":"20`} {
		var out, errs bytes.Buffer
		p := &command.Program{Common: &command.Common{JSON: asJSON}, Out: &out, Err: &errs}
		if err := listSilent(t.Context(), p, q); err != nil || !strings.HasPrefix(out.String(), want) || strings.Contains(errs.String(), "未联系 1 台") == asJSON {
			t.Errorf("tomorrow: %q, %q, %v", out.String(), errs.String(), err)
		}
	}
	if err := closeStore(); err != nil {
		t.Fatal(err)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Errorf("stopped with %d", code)
	}
}
