package maker_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/client/maker"
)

// A hostile page, a name that was made to point here, a program without the token: none may read or write.
func TestGateRefuses(t *testing.T) {
	w := newWorld(t, true)
	const save = `{"form":{"kind":"plate","typed":{"plate_number":"冀F12345","plate_type":"02","business":"register"}}}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		method string
		change func(*http.Request)
		status int
	}{
		"another host name":           {http.MethodPost, func(r *http.Request) { r.Host = "evil.example:8180" }, http.StatusMisdirectedRequest},
		"localhost is another origin": {http.MethodPost, func(r *http.Request) { r.Host = "localhost:8180" }, http.StatusMisdirectedRequest},
		"another port":                {http.MethodPost, func(r *http.Request) { r.Host = "127.0.0.1:8181" }, http.StatusMisdirectedRequest},
		"a page of another origin":    {http.MethodPost, header("Origin", "http://127.0.0.1:8181"), http.StatusForbidden},
		"a page from a file":          {http.MethodPost, header("Origin", "null"), http.StatusForbidden},
		"origin with a longer name":   {http.MethodPost, header("Origin", "http://"+host+".evil.example"), http.StatusForbidden},
		"a cross-site request":        {http.MethodPost, header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"no token":                    {http.MethodPost, func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
		"a wrong token":               {http.MethodPost, header("Authorization", "Bearer "+strings.Repeat("A", 52)), http.StatusUnauthorized},
		"the token as a cookie": {http.MethodPost, func(r *http.Request) {
			r.Header.Del("Authorization")
			r.AddCookie(&http.Cookie{Name: "token", Value: w.token})
		}, http.StatusUnauthorized},
		"a call by GET": {http.MethodGet, nil, http.StatusMethodNotAllowed},
	} {
		for _, path := range []string{"/maker/save", "/maker/list", "/maker/news"} {
			if r := w.request(c.method, path, save, c.change); r.Code != c.status {
				t.Errorf("%s: %s answers %d %s, want %d", name, path, r.Code, r.Body, c.status)
			}
		}
	}
	var status struct{ Waiting int }
	if w.want("status", "", "", &status); status.Waiting != 0 {
		t.Errorf("%d lines were saved", status.Waiting)
	}
	if r := w.request(http.MethodPost, "/maker/save", save, nil); r.Code != http.StatusOK {
		t.Errorf("the app itself is refused: %d %s", r.Code, r.Body)
	}
}

// The file's secret works once, by POST alone, and a new one takes its place.
func TestEnter(t *testing.T) {
	w := newWorld(t, false)
	enter := func(method, secret string, change func(*http.Request)) (int, string) {
		r := w.request(method, "/enter", "secret="+secret, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Del("Authorization")
			r.Header.Set("Origin", "null")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if change != nil {
				change(r)
			}
		})
		return r.Code, r.Body.String()
	}
	first := w.secret()
	if status, _ := enter(http.MethodPost, "wrong", nil); status != http.StatusForbidden {
		t.Errorf("a wrong secret: %d", status)
	}
	if status, _ := enter(http.MethodPost, first, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }); status != http.StatusForbidden {
		t.Errorf("the secret from another page: %d", status)
	}
	if status, _ := enter(http.MethodGet, first, nil); status != http.StatusForbidden {
		t.Errorf("by GET: %d", status)
	}
	status, page := enter(http.MethodPost, first, nil)
	if status != http.StatusOK || !strings.Contains(page, w.token) {
		t.Fatalf("the secret: %d %s", status, page)
	}
	if status, page := enter(http.MethodPost, first, nil); status != http.StatusForbidden || strings.Contains(page, w.token) {
		t.Errorf("the secret again: %d %s", status, page)
	}
	if second := w.secret(); second == first {
		t.Error("the file keeps the spent secret")
	} else if status, _ := enter(http.MethodPost, second, nil); status != http.StatusOK {
		t.Errorf("the next secret: %d", status)
	}
	for _, name := range []string{"open.html", "serve.json", "serve.lock"} {
		info, err := os.Stat(filepath.Join(w.dir, name))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
}

// Pages hold no data and load without a token, with a policy that lets them load nothing else.
func TestPages(t *testing.T) {
	w := newWorld(t, false)
	r := w.request(http.MethodGet, "/", "", func(r *http.Request) { r.Header = http.Header{} })
	policy := r.Header().Get("Content-Security-Policy")
	if r.Code != http.StatusOK || r.Body.String() != "the app" || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%d %s %s", r.Code, r.Body, policy)
	}
	if r := w.request(http.MethodPost, "/", "", nil); r.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST of a page: %d", r.Code)
	}
}

// One process serves a directory.
func TestOneProcess(t *testing.T) {
	w := newWorld(t, false)
	if m, err := maker.Open(t.Context(), maker.Config{Dir: w.dir}); !errors.Is(err, maker.ErrServed) {
		t.Errorf("a second one: %v %v", m, err)
	}
}
