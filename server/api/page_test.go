package api

import (
	"os"
	"strings"
	"testing"
)

// TestPageNamesRoutes: API.md, or sync/PROTOCOL.md for devices, has every route, and API.md the lowest role that may call it.
func TestPageNamesRoutes(t *testing.T) {
	page, protocol := readPage(t, "API.md"), readPage(t, "../../sync/PROTOCOL.md")
	role := map[access]string{accessAnyone: "anyone", accessView: "viewer", accessAct: "hq", accessAdmin: "admin"}
	for _, r := range (&API{}).routes() {
		path := strings.NewReplacer(":id", "ID", ":run", "RUN").Replace(r.path)
		if row := rowOf(page, r.method, path); row != "" {
			if cells := strings.Split(row, " | "); len(cells) < 3 || cells[1] != role[r.access] {
				t.Errorf("API.md: %s %s needs %q: %s", r.method, path, role[r.access], row)
			}
		} else if !strings.Contains(protocol, path+"`") && !strings.Contains(page, "`"+r.method+" "+path+"`") {
			t.Errorf("no page names %s %s", r.method, path)
		}
	}
	if rowOf(page, "POST", "/v1/import") != "" {
		t.Error("half a path is found")
	}
}

// rowOf finds the table row of a route: its first cell holds the path as a whole.
func rowOf(page, method, path string) string {
	for row := range strings.Lines(page) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		if !strings.HasPrefix(row, "| `") || !strings.Contains(cell, method) {
			continue
		}
		for _, end := range []string{"`", "?", "["} {
			if strings.Contains(cell, path+end) {
				return row
			}
		}
	}
	return ""
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
