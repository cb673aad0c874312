package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"

	"roadbook/server/hub"
	"roadbook/server/timecheck"
)

// signedUntil leaves the mark of a clock that was ahead by a duration.
func signedUntil(t *testing.T, dir string, ahead time.Duration) {
	t.Helper()
	s, closeStore, err := hub.OpenStore(t.Context(), hub.Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = timecheck.Accept(t.Context(), s, time.Now().Add(ahead).UnixMilli())
	if err := closeStore(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A mark is lowered beside a running server, only after a confirmation, and only if the mark is above the clock.
func TestClockAccept(t *testing.T) {
	dir := t.TempDir()
	launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	accept := func(in string, wantCode int, want string, more ...string) string {
		t.Helper()
		code, out, errs := try(t, in, append([]string{"clock", "accept", "--data", dir}, more...)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Errorf("%v: exit %d, want %d with %q: %s%s", more, code, wantCode, want, out, errs)
		}
		return out
	}
	accept("", command.ExitOK, "无需确认")
	signedUntil(t, dir, 5*time.Minute)
	accept("", command.ExitOK, "无需确认")
	signedUntil(t, dir, 100*time.Hour)
	accept("", command.ExitUsage, "未作更改")
	accept("no\n", command.ExitUsage, "未作更改")
	out := accept("yes\n", command.ExitOK, "以本机时间为准")
	for _, at := range []time.Time{time.Now(), time.Now().Add(100 * time.Hour)} {
		if day := at.UTC().Add(8 * time.Hour).Format("2006-01-02T"); !strings.Contains(out, day) {
			t.Errorf("%s is not shown: %s", day, out)
		}
	}
	accept("", command.ExitOK, "无需确认")
	signedUntil(t, dir, 100*time.Hour)
	var said acceptResult
	if err := json.Unmarshal([]byte(accept("", command.ExitOK, "", "--yes", "--json")), &said); err != nil || !said.Accepted || said.Mark <= said.Clock {
		t.Errorf("%+v, %v", said, err)
	}
	if code, _, errs := try(t, "", "clock", "accept", "--data", t.TempDir()); code != command.ExitNoSuch {
		t.Errorf("without a database: exit %d, %s", code, errs)
	}
}
