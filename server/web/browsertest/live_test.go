//go:build browser

package browsertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"roadbook/server/auth"
)

// An open page follows the counts, without a reload and without disturbing its reader.
func TestPageFollows(t *testing.T) {
	w := New(t)
	w.RecordYear()
	issue := w.NewPlateClerk()
	w.User("hq", auth.RoleHQ)
	ctx := open(t)
	run(ctx, t, chromedp.Navigate(w.URL+"/overview?year=2020&at=2020-12-31"), chromedp.WaitVisible("#password"),
		chromedp.SendKeys("#user", "hq"), chromedp.SendKeys("#password", Password+"\r"), chromedp.WaitVisible(`[id="P5-1"]`))
	sets := func() string {
		return get(ctx, t, chromedp.Evaluate[string](`document.querySelector('[id="P5-1"] .c-value').innerText`))
	}
	was := sets()

	// the details unfolded and the focus on the summary: both stay so. The clerk's device is silent no more, so P5-2 is no longer
	// provisional and is marked as well.
	run(ctx, t, chromedp.Evaluate[chromedp.Void](`window.same = true; (s => { s.parentNode.open = true; s.focus() })(document.querySelector('main details.prose summary'))`))
	issue("冀F00077", 7)
	until(ctx, t, fmt.Sprintf(`document.querySelector('[id="P5-1"] .c-value').innerText != %q`, was))
	if got := sets(); got != "11 副" {
		t.Errorf("the page shows %q, want 11: 4 before and 7", got)
	}
	if !get(ctx, t, chromedp.Evaluate[bool](`window.same && document.querySelector('main details.prose').open &&
		document.activeElement == document.querySelector('main details.prose summary') && document.getElementById('live').innerText.includes('已更新') &&
		[...document.querySelectorAll('.changed')].map(e => e.id).join() == 'P5-1,P5-2'`)) {
		t.Error("it was loaded again, folded, the keyboard is elsewhere, or other rows than P5-1 and P5-2 are marked")
	}

	// while a reader chooses a unit, the page does not change
	run(ctx, t, chromedp.Evaluate[chromedp.Void](`performance.clearResourceTimings(); document.querySelector('main select[name=unit]').focus()`))
	issue("冀F00078", 1)
	until(ctx, t, `performance.getEntriesByType('resource').filter(e => e.name.endsWith('/live')).length > 2`)
	if got := sets(); got != "11 副" {
		t.Errorf("it changed to %q under the hand", got)
	}
	run(ctx, t, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	until(ctx, t, `document.querySelector('[id="P5-1"] .c-value').innerText == '12 副'`)

	// signed out elsewhere: the page says so and stops asking
	run(ctx, t, chromedp.Evaluate[chromedp.Void](`fetch('/signout', {method: 'POST'}).then(() => 0)`, chromedp.EvalAwaitPromise))
	until(ctx, t, `document.getElementById('live').innerText.includes('登录已失效')`)
}

// until waits for a condition in the page.
func until(ctx context.Context, t *testing.T, condition string) {
	t.Helper()
	run(ctx, t, chromedp.Evaluate[chromedp.Void](`new Promise(done => { const look = () => (`+condition+`) ? done(0) : setTimeout(look, 50); look() })`, chromedp.EvalAwaitPromise))
}
