package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

func TestNobodyIsLedToTheSignIn(t *testing.T) {
	w := browsertest.New(t)
	y := w.RecordYear()
	b := newBrowser(t, w)
	for _, path := range everyPage(y) {
		r, next := b.get(path+"?year=2020"), url.Values{"next": {path + "?year=2020"}}
		if r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin?"+next.Encode() {
			t.Errorf("%s: %d %s", path, r.status, r.header.Get("Location"))
		}
		if r := b.get(path, "Cookie", "roadbook_session=forged"); r.status != http.StatusSeeOther || !strings.Contains(r.header.Get("Location"), "expired=1") {
			t.Errorf("%s with a forged cookie: %d %s", path, r.status, r.header.Get("Location"))
		}
	}
	if r := b.get("/"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/overview" {
		t.Errorf("/: %d %s", r.status, r.header.Get("Location"))
	}
}

func TestWhoMayLook(t *testing.T) {
	w := browsertest.New(t)
	for _, role := range []string{auth.RoleAdmin, auth.RoleHQ, auth.RoleViewer} {
		if r := newBrowser(t, w).signedInAs(role).get("/overview"); r.status != http.StatusOK {
			t.Errorf("%s: %d", role, r.status)
		}
	}
	// An officer's device has a token, but opens no page.
	token := w.DeviceToken("check-1", auth.RoleOfficer)
	if r := newBrowser(t, w).get("/overview", "Cookie", "roadbook_session="+token); r.status != http.StatusForbidden || strings.Contains(r.body, "P1-1") {
		t.Errorf("a device sees: %d", r.status)
	}
}

func TestSession(t *testing.T) {
	w := browsertest.New(t)
	b := newBrowser(t, w).signedInAs(auth.RoleHQ)
	r := b.post("/signin", url.Values{"user": {auth.RoleHQ}, "password": {browsertest.Password}, "next": {"//evil.example/x"}})
	if r.header.Get("Location") != "/overview" {
		t.Errorf("led away to %s", r.header.Get("Location"))
	}
	cookie := r.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "path=/", "max-age=36000"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	if strings.Contains(cookie, "secure") {
		t.Error("secure without TLS: the browser would not keep it")
	}
	tls := b.post("/signin", url.Values{"user": {auth.RoleHQ}, "password": {browsertest.Password}}, "X-Forwarded-Proto", "https")
	if !strings.Contains(strings.ToLower(tls.header.Get("Set-Cookie")), "secure") {
		t.Errorf("behind TLS not secure: %s", tls.header.Get("Set-Cookie"))
	}
	newBrowser(t, w).signedInAs(auth.RoleViewer)
	if r := b.post("/signout", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin" {
		t.Errorf("sign-out: %d", r.status)
	}
	if r := b.get("/overview"); r.status != http.StatusSeeOther {
		t.Errorf("signed out and still in: %d", r.status)
	}
	// A session expires.
	b = newBrowser(t, w)
	b.post("/signin", url.Values{"user": {auth.RoleHQ}, "password": {browsertest.Password}})
	w.Advance(auth.SessionLife + time.Minute)
	if r := b.get("/overview"); !strings.Contains(r.header.Get("Location"), "expired=1") {
		t.Errorf("a session without end: %d %s", r.status, r.header.Get("Location"))
	}
	if text := textOf(b.page("/signin?expired=1&next=%2Fbudgets")); !strings.Contains(text, "登录已过期") {
		t.Error("nobody says that the session has ended")
	}
}

func TestSignInRefused(t *testing.T) {
	w := browsertest.New(t)
	w.User("hq", auth.RoleHQ)
	b := newBrowser(t, w)
	wrong := url.Values{"user": {`hq`}, "password": {"guess"}, "next": {"/budgets"}}
	for range 3 {
		r := b.post("/signin", wrong)
		text := textOf(r.body)
		if r.status != http.StatusUnauthorized || !strings.Contains(text, "用户名或口令不正确") || !strings.Contains(text, "server user passwd") ||
			!strings.Contains(r.body, `value="/budgets"`) || strings.Contains(r.body, "guess") {
			t.Fatalf("%d %s", r.status, text)
		}
	}
	for range 40 { // the limiter is shared with the API
		if r := b.post("/signin", wrong); r.status == http.StatusTooManyRequests {
			if !strings.Contains(textOf(r.body), "尝试次数过多") || r.header.Get("Retry-After") == "" {
				t.Fatalf("%s %s", r.header, textOf(r.body))
			}
			return
		}
	}
	t.Error("guesses are not limited")
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	w := browsertest.New(t)
	b := newBrowser(t, w).signedInAs(auth.RoleHQ)
	good := url.Values{"user": {auth.RoleHQ}, "password": {browsertest.Password}}
	for _, tt := range []struct{ name, value string }{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", w.URL + ".evil.example"}, {"Origin", "http://127.0.0.1:1"},
	} {
		for _, path := range []string{"/signin", "/signout"} {
			if r := b.post(path, good, tt.name, tt.value); r.status != http.StatusForbidden || r.header.Get("Set-Cookie") != "" {
				t.Errorf("%s from %s %s: %d", path, tt.name, tt.value, r.status)
			}
		}
	}
	if r := b.post("/signin", good, "Origin", "", "Referer", "https://evil.example/"); r.status != http.StatusForbidden {
		t.Errorf("without an origin, from elsewhere: %d", r.status)
	}
	if r := b.post("/signin", good, "Origin", "", "Referer", w.URL+"/signin"); r.status != http.StatusSeeOther {
		t.Errorf("an old browser is refused: %d", r.status)
	}
	if r := b.get("/overview"); r.status != http.StatusOK {
		t.Errorf("someone else signed us out: %d", r.status)
	}
}

func TestHeaders(t *testing.T) {
	b, y := newYear(t)
	for _, path := range append(everyPage(y), "/signin") {
		h := b.get(path).header
		if h.Get("Cache-Control") != "no-store" || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, h)
		}
	}
	page := b.page("/signin")
	_, rest, _ := strings.Cut(page, `href="/assets/`)
	name, _, _ := strings.Cut(rest, `"`)
	css := b.get("/assets/" + name)
	if css.status != http.StatusOK || !strings.Contains(css.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") ||
		strings.Contains(css.body, "http") || strings.Contains(css.body, "@import") {
		t.Errorf("style sheet: %d %v", css.status, css.header)
	}
}

func TestErrorPages(t *testing.T) {
	b, y := newYear(t)
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/nowhere", 404, "不存在"},
		{"/indicators/P9-9", 404, "回到绩效总览"},
		{"/projects/none", 404, "回到绩效总览"},
		{"/records/" + y.Void[:len(y.Void)-1] + "0", 404, "记录编号不完整"},
		{"/records/x", 400, "可只写开头几位（至少 4 位）"},
		{"/records/xxxx", 404, "记录编号不完整"},
		{"/assets/none.css", 404, "not_found"},
		{"/overview?year=1999", 200, "1999 年没有指标目录"},
		{"/overview?year=226", 400, "year 应为四位年份"},
		{"/overview?year=二〇二六", 400, "year 应为四位年份"},
		{"/overview?year=2020&at=2019-01-01", 400, "at 不在 2020 年内"},
		{"/overview?unit=nowhere", 400, "没有单位"},
		{"/indicators/P1-1?after=x", 400, "请检查"},
	} {
		r := b.get(tt.path)
		if r.status != tt.status || !strings.Contains(textOf(r.body), tt.want) || strings.Contains(r.body, "goroutine") {
			t.Errorf("%s: %d %s", tt.path, r.status, textOf(r.body))
		}
	}
	if r := b.get("/v1/nowhere"); r.status != http.StatusNotFound || !strings.HasPrefix(r.body, "{") {
		t.Errorf("the interface answers with a page: %s", r.body)
	}
}
