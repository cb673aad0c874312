package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/doubts"
)

// What a script reads: the doubts in words of both languages, page by page, how far they go, and the same numbers in the
// metrics.
func TestDoubtsByHTTP(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T10:00:00+08:00")
	d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T11:00:00+08:00")
	d.push(0, 2)
	viewer := w.tokenOf(auth.RoleViewer)
	lag := w.ask(http.MethodGet, "/metrics", "", nil).body
	f := doubts.New(doubts.Config{
		Store: w.store, Schema: schema.Default(), Now: time.Now,
		Reference: func(context.Context) (*schema.Reference, error) { return schema.NewReference(nil), nil },
	})
	for more := true; more; {
		var err error
		if more, err = f.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	after, codes := "", ""
	for page := 0; ; page++ {
		var got doubtsPage
		body := w.ask(http.MethodGet, "/v1/doubts?unit=office-1&open=1&limit=1&after="+after, viewer, nil).body
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.AsOf == "" || !strings.Contains(got.Note.ZH, "几秒") || len(got.Counts) == 0 {
			t.Fatalf("page %d: %s, %v", page, body, err)
		}
		for _, r := range got.Records {
			codes += r.Doubts[0].Code + " "
			if r.Doubts[0].Text.ZH == "" || r.Doubts[0].Text.EN == "" || r.Unit != "office-1" {
				t.Errorf("%+v", r)
			}
		}
		if after = got.Next; after == "" {
			break
		}
	}
	if !strings.Contains(codes, "duplicate ") || !strings.Contains(codes, "repeated ") {
		t.Errorf("the pages have %q", codes)
	}
	if body := w.ask(http.MethodGet, "/v1/doubts?code=duplicate", viewer, nil).body; strings.Contains(body, `"code":"repeated","severity":"check","target"`) || !strings.Contains(body, "未计入：与一条登记重复") {
		t.Errorf("by code: %s", body)
	}
	metrics := w.ask(http.MethodGet, "/metrics", "", nil).body
	for _, line := range []string{
		`roadbook_doubts{code="duplicate",severity="uncounted"} 1`, `roadbook_doubts{code="repeated",severity="check"} 1`, "roadbook_doubts_lag_seconds 0",
	} {
		if !strings.Contains(metrics, line+"\n") || strings.Contains(lag, "roadbook_doubts{") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}
