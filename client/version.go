package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// version names the module's version, the commit, the Go release and the formats that this program reads and writes.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf is version for the given build information; nil where a build has none.
func versionOf(info *debug.BuildInfo) string {
	module, commit, modified := "unknown", "unknown", ""
	if info != nil {
		if info.Main.Version != "" {
			module = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = "（有改动 / modified）"
			}
		}
	}
	return fmt.Sprintf("roadbook client %s\n提交 / commit  %s%s\nGo  %s %s/%s\n"+
		"格式 / formats  协议 / protocol %d, 行 / line %d, 数据库 / database %d",
		module, commit, modified, runtime.Version(), runtime.GOOS, runtime.GOARCH, wire.Version, wire.LineVersion, localdb.SchemaVersion())
}
