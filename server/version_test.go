package main

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
)

// The build's moment is the release's moment if set, and never before earliestBuild.
func TestBuilt(t *testing.T) {
	defer func(was string) { release = was }(release)
	for set, want := range map[string]time.Time{
		"": earliestBuild, "yesterday": earliestBuild, "2001-01-01T00:00:00Z": earliestBuild,
		"2031-05-06T07:08:09Z": time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC),
	} {
		if release = set; !builtAt().Equal(want) {
			t.Errorf("%q: %v, want %v", set, builtAt(), want)
		}
	}
	if earliestBuild.After(time.Now()) {
		t.Error("this test runs before its source could be built")
	}
}

// TestVersion: the program names its source and the formats.
func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"--version"}, {"user", "list", "--version"}} {
		code, out, errs := try(t, "", args...)
		if code != command.ExitOK || errs != "" || strings.Count(out, "\n") != 4 {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
		for _, part := range []string{
			"roadbook server ", "提交 · commit  ", runtime.Version(), "协议 protocol 1，行 line 1，内置数据库 embedded store ", "，MongoDB ",
		} {
			if !strings.Contains(out, part) {
				t.Errorf("%v: %q lacks %q", args, out, part)
			}
		}
	}
}
