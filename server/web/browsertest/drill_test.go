//go:build browser

package browsertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"roadbook/server/auth"
)

// A reader's path: from the overview to the figure, from the figure to its records, from a record to an observation.
func TestDrillDownAddsUp(t *testing.T) {
	w := New(t)
	w.RecordYear()
	w.User("hq", auth.RoleHQ)
	ctx := open(t)
	run(ctx, t, chromedp.Navigate(w.URL+"/overview?year=2020&at=2020-12-31"), chromedp.WaitVisible("#password"),
		chromedp.SendKeys("#user", "hq"), chromedp.SendKeys("#password", Password+"\r"), chromedp.WaitVisible(`[id="P3-3"]`))
	for _, tt := range []struct {
		row  string
		sums map[string]int64 // by hand: the sums of the records' amounts by term
	}{
		{"P3-3", map[string]int64{"0": 9, "1": 10}},
		{"P1-2", map[string]int64{"0": 5_400_000, "1": 3}},
		{"P5-5", map[string]int64{"0": 9, "1": 10}},
	} {
		run(ctx, t, chromedp.Navigate(w.URL+"/overview?year=2020&at=2020-12-31"), chromedp.Click(fmt.Sprintf(`[id=%q] .c-id a`, tt.row)), chromedp.WaitVisible("#records"))
		got := sums(ctx, t)
		for term, want := range tt.sums {
			if got[term] != want {
				t.Errorf("%s: the records of term %s add up to %d, want %d", tt.row, term, got[term], want)
			}
		}
	}
	run(ctx, t, chromedp.Click("table.records tbody tr a"), chromedp.WaitVisible("#said"))
	if get(ctx, t, chromedp.Text("article.said")) == "" {
		t.Error("a record without an observation")
	}
}

func sums(ctx context.Context, t *testing.T) map[string]int64 {
	t.Helper()
	return get(ctx, t, chromedp.Evaluate[map[string]int64](`[...document.querySelectorAll('[data-amount]')].reduce((m, e) =>
		(m[e.dataset.term] = (m[e.dataset.term] || 0) + Number(e.dataset.amount), m), {})`))
}
