//go:build browser

package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"roadbook/server/auth"
)

// ROADBOOK_AXE is the path of axe-core's axe.min.js; ROADBOOK_SHOTS is a directory for the screenshots.
const (
	envAxe   = "ROADBOOK_AXE"
	envShots = "ROADBOOK_SHOTS"
)

var widths = []int64{1280, 390}

// open starts a browser with its own profile.
func open(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", true), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.UserDataDir(t.TempDir()),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	run(ctx, t, chromedp.Navigate("about:blank")) // the browser lives as long as the context of the first run
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func run(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// get runs one action and returns its result.
func get[T any](ctx context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// allPages lists the pages, with names for their screenshots.
func allPages(y Year) []struct{ name, path string } {
	return []struct{ name, path string }{
		{"overview", "/overview?at=2020-12-31"},
		{"overview-june", "/overview?at=2020-06-30&unit=check-1"},
		{"overview-en", "/overview?lang=en&at=2020-12-31"},
		{"project", "/projects/451-0401-YZN-Y5U1?lang=zh&at=2020-12-31"},
		{"indicator-drop", "/indicators/P3-3?at=2020-12-31"},
		{"indicator-mean", "/indicators/P1-2?at=2020-12-31"},
		{"indicator-companions", "/indicators/P5-1?at=2020-12-31"},
		{"indicator-open", "/indicators/P2-3?at=2020-12-31"},
		{"record-conflict", "/records/" + y.Conflict},
		{"record-accident", "/records/" + y.Fatal},
		{"record-hostile", "/records/" + y.Hostile},
		{"record-void", "/records/" + y.Void},
		{"record-skewed-en", "/records/" + y.Skewed + "?lang=en"},
		{"budgets", "/budgets?lang=zh&at=2020-12-31"},
		{"reports", "/reports?at=2020-12-31"},
		{"targets", "/targets?at=2020-12-31"},
		{"doubts", "/doubts?at=2020-12-31"},
		{"doubts-open-en", "/doubts?at=2020-12-31&open=1&code=near&lang=en"},
		{"doubts-none", "/doubts?at=2020-12-31&unit=check-2&lang=zh"},
		{"emptyyear", "/overview?year=2021"},
		{"overview-carried-en", "/overview?year=2022&lang=en"},
		{"budgets-carried", "/budgets?year=2022&lang=zh"},
		{"error", "/nowhere"},
	}
}

func TestPagesInABrowser(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv(envAxe))
	if err != nil {
		t.Fatalf("%s must name axe-core's axe.min.js: %v", envAxe, err)
	}
	w := New(t)
	y := w.RecordYear()
	w.RecordDoubts()
	w.CarryOver(2022, "P1-1")
	w.User("hq", auth.RoleHQ)
	ctx := open(t)
	look := func(name string) {
		for _, width := range widths {
			run(ctx, t, chromedp.EmulateViewport(width, 900))
			name := fmt.Sprintf("%s-%d", name, width)
			fitsWidth(ctx, t, name)
			axeFindsNothing(ctx, t, name, string(axe))
			picture(ctx, t, name)
		}
	}
	run(ctx, t, chromedp.Navigate(w.URL+"/budgets"), chromedp.WaitVisible("#password"))
	look("signin")
	run(ctx, t, chromedp.SendKeys("#user", "hq"), chromedp.SendKeys("#password", "guess\r"), chromedp.WaitVisible("#trouble"))
	look("signin-wrong")
	run(ctx, t, chromedp.SendKeys("#password", Password+"\r"), chromedp.WaitVisible(".money-table")) // the page requested before the sign-in
	for _, p := range allPages(y) {
		run(ctx, t, chromedp.Navigate(w.URL+p.path), chromedp.WaitVisible("main h1"))
		look(p.name)
	}
	printed(ctx, t, w.URL+"/overview?at=2020-12-31")
	run(ctx, t, chromedp.Navigate(w.URL+"/overview"), chromedp.Click(".who button"), chromedp.WaitVisible("#password"))
}

// fitsWidth fails if an element is wider than the window.
func fitsWidth(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	wide := get(ctx, t, chromedp.Evaluate[[]string](`(() => {
		const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) return [];
		return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest('.away,.skip,thead'))
			.map(e => e.tagName + '.' + e.className + ' ' + e.getBoundingClientRect().right).concat(['scrolls']);
	})()`))
	if len(wide) > 0 {
		t.Errorf("%s is too wide: %s", name, strings.Join(wide, "; "))
	}
}

// axeFindsNothing fails on serious or critical findings of axe-core.
func axeFindsNothing(ctx context.Context, t *testing.T, name, axe string) {
	t.Helper()
	run(ctx, t, chromedp.Evaluate[chromedp.Void](axe+";0"))
	found := get(ctx, t, chromedp.Evaluate[string](`axe.run(document).then(r => JSON.stringify(
		r.violations.filter(v => v.impact == 'serious' || v.impact == 'critical')
			.map(v => v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 4).map(n => n.html + ' ' + n.failureSummary).join(' | '))))`,
		chromedp.EvalAwaitPromise))
	var faults []string
	if err := json.Unmarshal([]byte(found), &faults); err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Errorf("%s: %s", name, f)
	}
}

// picture saves a screenshot of the whole page if requested.
func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv(envShots)
	if dir == "" {
		return
	}
	png := get(ctx, t, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// printed prints the page to PDF.
func printed(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	run(ctx, t, chromedp.Navigate(url), chromedp.WaitVisible("main h1"))
	pdf := get(ctx, t, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if len(pdf) < 10_000 {
		t.Fatalf("%d bytes are no page", len(pdf))
	}
	if dir := os.Getenv(envShots); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "overview.pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
