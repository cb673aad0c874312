package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
	"roadbook/server/command/commandtest"
	"roadbook/server/hub"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// waitForTable waits until the server's table of a year is what is wanted: beside a running server that takes some seconds.
func waitForTable(t *testing.T, s *commandtest.Server, year int, wanted func(yearTable, map[string]string) bool) {
	t.Helper()
	for range 200 {
		if wanted(tableOf(t, s, year)) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	tab, rows := tableOf(t, s, year)
	t.Fatalf("the table of %d stays %+v %v", year, tab, rows)
}

// A device has logged around New Year while neither year has a catalogue. HQ adopts this year's beside the running server: each
// record counts in its own year, nothing is judged; a revised row is, and a restart changes nothing.
func TestAdoptBesideARunningServer(t *testing.T) {
	year := clock.DayOf(hub.Now().UnixMilli()).Year()
	dir := t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	desk := newPost(t, s, dir, "window", "clerk", "shunping-2020@2")
	for n, day := range []string{fmt.Sprintf("%d-12-31", year-1), fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-01-02", year)} {
		desk.say("plate", day, "plate_type=02", "plate_number=冀F1234"+strconv.Itoa(n), "business=注册")
	}
	desk.send()
	if tab, _ := tableOf(t, s, year); tab.Code != wire.CodeNoCatalogue {
		t.Fatalf("before: %+v", tab)
	}
	run := func(args ...string) {
		t.Helper()
		if code, _, errs := try(t, "", append(args, "--data", dir)...); code != command.ExitOK {
			t.Fatalf("%v: exit %d, %s", args, code, errs)
		}
	}
	name := fmt.Sprintf("shunping-%d@", year)
	run("catalogue", "adopt", "2020", strconv.Itoa(year))
	waitForTable(t, s, year, func(tab yearTable, rows map[string]string) bool {
		return tab.Catalogue == name+"1" && rows["P5-1"] == "2 2/1 none"
	})
	run("catalogue", "revise", strconv.Itoa(year), "P5-1", "--target", "≥3副")
	waitForTable(t, s, year, func(tab yearTable, rows map[string]string) bool {
		return tab.Catalogue == name+"2" && rows["P5-1"] == "2 2/1 fail"
	})
	run("catalogue", "adopt", strconv.Itoa(year), strconv.Itoa(year-1))
	waitForTable(t, s, year-1, func(tab yearTable, rows map[string]string) bool { return rows["P5-1"] == "1 1/1 none" })
	admin := s.Ready
	s.Stop()
	s = launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	s.Ready.User, s.Ready.Password = admin.User, admin.Password
	if tab, rows := tableOf(t, s, year); tab.Catalogue != name+"2" || rows["P5-1"] != "2 2/1 fail" || !strings.HasSuffix(rows["P5-4"], "none") {
		t.Errorf("after a restart: %+v %v", tab, rows)
	}
	s.Stop()
}
