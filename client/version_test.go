package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// TestVersion: a build with a commit names the commit, a build without one says so, and the formats are the program's
// own.
func TestVersion(t *testing.T) {
	formats := fmt.Sprintf("协议 / protocol %d, 行 / line %d, 数据库 / database %d", wire.Version, wire.LineVersion, localdb.SchemaVersion())
	settings := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		name string
		info *debug.BuildInfo
		want []string
	}{
		{"no build information", nil, []string{"roadbook client unknown\n", "commit  unknown\n"}},
		{"no commit", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, []string{"roadbook client (devel)\n", "commit  unknown\n"}},
		{"a commit", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: settings[:1]}, []string{"v1.2.3\n", "commit  0123abc\n"}},
		{"a changed tree", &debug.BuildInfo{Settings: settings}, []string{"commit  0123abc（有改动 / modified）\n"}},
	} {
		got := versionOf(c.info)
		for _, want := range append(c.want, "\nGo  go1.", formats) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, got)
			}
		}
	}
}
