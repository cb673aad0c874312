package web_test

import (
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// The server's warnings appear on every page of every signed-in user, in the page's language and escaped; strangers
// see none.
func TestWarningsAreShown(t *testing.T) {
	w := browsertest.New(t)
	y := w.RecordYear()
	b := newBrowser(t, w).signedInAs(auth.RoleViewer)
	if strings.Contains(b.page("/overview"), `class="warning"`) {
		t.Error("a warning of nothing")
	}
	w.Warn(schema.Text{ZH: "时钟<不准>", EN: "the clock is <off>"})
	for _, path := range everyPage(y) {
		page, other := b.page(path), "?"
		if strings.Contains(path, "?") {
			other = "&"
		}
		if n := strings.Count(page, `<p class="warning" role="alert">时钟&lt;不准&gt;</p>`); n != 1 {
			t.Errorf("%s shows the warning %d times", path, n)
		}
		if !strings.Contains(b.page(path+other+"lang=en"), "the clock is &lt;off&gt;") {
			t.Errorf("%s does not show it in English", path)
		}
		b.page(path + other + "lang=zh")
	}
	if page := newBrowser(t, w).get("/signin").body; strings.Contains(page, "不准") {
		t.Error("a stranger is shown it")
	}
}
