package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"roadbook/server/hub"
	"roadbook/server/timecheck"
)

// signedUntil leaves the mark of a clock that was so much ahead.
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

// A mark is given up beside a running server, when it is sure that it is meant, and only where there is reason to.
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
	accept("", exitOK, "无需确认")
	signedUntil(t, dir, 5*time.Minute)
	accept("", exitOK, "无需确认")
	signedUntil(t, dir, 100*time.Hour)
	accept("", exitUsage, "未作更改")
	accept("no\n", exitUsage, "未作更改")
	out := accept("yes\n", exitOK, "以本机时间为准")
	for _, at := range []time.Time{time.Now(), time.Now().Add(100 * time.Hour)} {
		if day := at.UTC().Add(8 * time.Hour).Format("2006-01-02T"); !strings.Contains(out, day) {
			t.Errorf("%s is not shown: %s", day, out)
		}
	}
	accept("", exitOK, "无需确认")
	signedUntil(t, dir, 100*time.Hour)
	var said accepted
	if err := json.Unmarshal([]byte(accept("", exitOK, "", "--yes", "--json")), &said); err != nil || !said.Accepted || said.Mark <= said.Clock {
		t.Errorf("%+v, %v", said, err)
	}
	if code, _, errs := try(t, "", "clock", "accept", "--data", t.TempDir()); code != exitNoSuch {
		t.Errorf("without a database: exit %d, %s", code, errs)
	}
}

// The build's moment is the release's where that is set, and never before the source could be built.
func TestBuilt(t *testing.T) {
	defer func(was string) { release = was }(release)
	for set, want := range map[string]time.Time{
		"": noSooner, "yesterday": noSooner, "2001-01-01T00:00:00Z": noSooner,
		"2031-05-06T07:08:09Z": time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC),
	} {
		if release = set; !built().Equal(want) {
			t.Errorf("%q: %v, want %v", set, built(), want)
		}
	}
	if noSooner.After(time.Now()) {
		t.Error("this test runs before its source could be built")
	}
}
