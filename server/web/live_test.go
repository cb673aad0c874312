package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// A page holds the state of the counts at its making; a user with access can poll for a change, and no other client
// can.
func TestLive(t *testing.T) {
	w := browsertest.New(t)
	y := w.RecordYear()
	issue := w.NewPlateClerk()
	b := newBrowser(t, w).signedInAs(auth.RoleViewer)
	asked := func() string {
		t.Helper()
		r := b.get("/live", "Accept", "application/json")
		var got struct{ State string }
		if err := json.Unmarshal([]byte(r.body), &got); r.status != http.StatusOK || err != nil || got.State == "" || r.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", r.status, r.header, r.body)
		}
		return got.State
	}
	borne := regexp.MustCompile(`<body [^>]*data-live="([0-9a-f]+)"`)
	was := asked()
	for _, path := range everyPage(y) {
		page := b.page(path)
		if got := borne.FindStringSubmatch(page); got == nil || got[1] != was {
			t.Errorf("%s bears %v, want %s", path, got, was)
		}
		if withoutScript(page) == page || strings.Contains(withoutScript(page), "<script") {
			t.Errorf("%s has not the one script", path)
		}
	}
	issue("冀F00077", 7)
	if now := asked(); now == was {
		t.Error("something was counted, and it says the same")
	} else if got := borne.FindStringSubmatch(b.page("/overview")); got == nil || got[1] != now {
		t.Errorf("the page bears %v, want %s", got, now)
	}
	if page := newBrowser(t, w).page("/signin"); strings.Contains(page, "<script") || strings.Contains(page, "data-live") {
		t.Error("the sign-in follows")
	}
	for cookie, want := range map[string]int{
		"": http.StatusUnauthorized, "forged": http.StatusUnauthorized, w.DeviceToken("check-1", auth.RoleOfficer): http.StatusForbidden,
	} {
		if r := newBrowser(t, w).get("/live", "Cookie", "roadbook_session="+cookie, "Accept", "application/json"); r.status != want || strings.Contains(r.body, "state") {
			t.Errorf("with the cookie %q: %d %s, want %d", cookie, r.status, r.body, want)
		}
	}
}

// The footer's texts for the script arrive unquoted. html/template quotes the value of an attribute that looks like
// an event handler, such as data-on…, as a JavaScript string.
func TestFooterTextsAreUnquoted(t *testing.T) {
	b, y := newYear(t)
	for _, path := range everyPage(y) {
		page := b.page(path)
		for name, want := range map[string]string{
			"follows": "随数据自动更新", "new": "已更新", "lost": "与服务器的联系中断，正在重试；本页可能不是最新", "ended": "登录已失效，本页不再更新；请重新登录",
		} {
			if attribute := ` data-text-` + name + `="` + want + `"`; !strings.Contains(page, attribute) {
				t.Errorf("%s lacks%s", path, attribute)
			}
		}
		if strings.Contains(page, `="&#34;`) {
			t.Errorf("%s has an attribute whose value begins with a quotation mark", path)
		}
	}
}
