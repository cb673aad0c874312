package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/web"
	"roadbook/sync/wire"
)

var pathParameter = regexp.MustCompile(`:\w+`)

// TestEveryRouteRefusesUnknownParameters asks every registered address, of HQ's pages too.
func TestEveryRouteRefusesUnknownParameters(t *testing.T) {
	pages, err := web.New(web.Config{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) { c.Pages = pages })
	routes := w.api.app.GetRoutes(true)
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, r := range routes {
		path := pathParameter.ReplaceAllString(r.Path, "x") + "?untit=check-1"
		got := w.ask(r.Method, path, w.tokenOf(auth.RoleAdmin), nil)
		if got.status != http.StatusBadRequest || r.Method != http.MethodHead && !strings.Contains(got.body, "没有参数 untit") {
			t.Errorf("%s %s: %d %s", r.Method, path, got.status, got.body)
		}
	}
}

var documentedParameter = regexp.MustCompile(`[?&](\w+)=`)

// TestPageNamesParameters: API.md has each route with just the parameters that the route takes.
func TestPageNamesParameters(t *testing.T) {
	page := readPage(t, "API.md")
	for _, r := range (&API{}).routes() {
		path := strings.NewReplacer(":id", "ID", ":run", "RUN").Replace(r.path)
		var documented []string
		for cell := range strings.SplitSeq(rowOf(page, r.method, path), "`") {
			if _, query, ok := strings.Cut(cell, path); ok && (strings.HasPrefix(query, "?") || strings.HasPrefix(query, "[")) {
				for _, m := range documentedParameter.FindAllStringSubmatch(query, -1) {
					documented = append(documented, m[1])
				}
			}
		}
		want := strings.Fields(r.query)
		slices.Sort(documented)
		slices.Sort(want)
		if !slices.Equal(documented, want) {
			t.Errorf("%s %s takes %q, API.md says %q", r.method, path, want, documented)
		}
	}
}

// Slips in the names and flags of requests: none is passed over.
func TestSlipsOfRequests(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ method, path, body, zh, en string }{
		{"GET", "/v1/indicators?year=2020&untit=check-1", "", "没有参数 untit，是否指 unit？可用：unit、", "there is no parameter untit: did you mean unit? There are: unit, "},
		{"GET", "/v1/indicators?Year=2020", "", "没有参数 Year，是否指 year？", "did you mean year?"},
		{"GET", "/v1/indicators?year=2020&unit=a&unit=b", "", "参数 unit 重复出现", "the parameter unit stands more than once"},
		{"GET", "/v1/devices?unit=a", "", "没有参数 unit，这里不带参数", "none is taken here"},
		{"GET", "/v1/export/observations?all=yes", "", "all 应为 1 或 0", "all is 1 or 0"},
		{"GET", "/v1/export/records?near=是", "", "near 应为 1 或 0", "near is 1 or 0"},
		{"GET", "/v1/quarantine?released=x", "", "released 应为", "released is"},
		{"POST", "/v1/devices/x/revoke?unseen=x", "", "unseen 应为", "unseen is"},
		{"POST", "/v1/codes", `{"unit":"check-1","role":"officer","hour":1}`, "没有字段 hour，是否指 hours？", "there is no member hour: did you mean hours?"},
		{"POST", "/v1/acts", `{"act":"void","record":"x","resaon":"y"}`, "没有字段 resaon，是否指 reason？", "did you mean reason?"},
		{"POST", "/v1/devices/x/move", `{"untit":"check-1"}`, "没有字段 untit，是否指 unit？", "did you mean unit?"},
	} {
		r := w.ask(tt.method, tt.path, w.tokenOf(auth.RoleAdmin), []byte(tt.body))
		if w.wantRefusal(r, wire.CodeBadRequest); !strings.Contains(r.body, tt.zh) || !strings.Contains(r.body, tt.en) {
			t.Errorf("%s %s: %s", tt.method, tt.path, r.body)
		}
	}
	for _, all := range []string{"1", "true", "0", ""} {
		if r := w.ask("GET", "/v1/export/observations?all="+all, w.tokenOf(auth.RoleAdmin), nil); r.status != http.StatusOK {
			t.Errorf("all=%s: %d", all, r.status)
		}
	}
	long := w.ask("GET", "/v1/units?"+strings.Repeat("x", 2000)+"=1", w.tokenOf(auth.RoleAdmin), nil)
	if w.wantRefusal(long, wire.CodeBadRequest); len(long.body) > 600 {
		t.Errorf("an answer of %d bytes", len(long.body))
	}
}
