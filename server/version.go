package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// release is the moment of the release, RFC 3339, set by the build: -ldflags "-X main.release=…". The commit's date is
// not used: it depends on the committer's clock, and a build may lack it.
var release string

// earliestBuild is the release of this source's Go version: no build can be older. Update it together with go.mod.
var earliestBuild = time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)

// builtAt is a moment before this program's build: a clock with an earlier time is wrong.
func builtAt() time.Time {
	if at, err := time.Parse(time.RFC3339, release); err == nil && at.After(earliestBuild) {
		return at
	}
	return earliestBuild
}

// version names the module's version, the commit, the Go release and the format numbers.
func version() string {
	module, commit := "unknown", "unknown"
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
