package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// release is the moment of the release, RFC 3339, where the build sets it: -ldflags "-X main.release=…". A commit's own
// date is no measure: it shows whatever the clock of its writer did, and a build need not know it.
var release string

// earliestBuild is a moment before which nobody can have built this source: its Go was not out. It is moved on with go.mod.
var earliestBuild = time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)

// built is a moment before which this program did not exist: a clock that shows an earlier one is wrong.
func builtAt() time.Time {
	if at, err := time.Parse(time.RFC3339, release); err == nil && at.After(earliestBuild) {
		return at
	}
	return earliestBuild
}

// version says which program this is, and which formats it writes.
func version() string {
	module, commit := "?", "?"
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += " 有改动 modified"
			}
		}
	}
	embedded, mongo := hub.Formats()
	return fmt.Sprintf("roadbook server %s\n提交 · commit  %s\nGo  %s %s/%s\n格式 · formats  协议 protocol %d，行 line %d，内置数据库 embedded store %d，MongoDB %d",
		module, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, wire.Version, wire.LineVersion, embedded, mongo)
}
