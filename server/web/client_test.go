package web_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// browser is a user agent without scripts: cookies, forms, no redirects followed by itself.
type browser struct {
	t    *testing.T
	w    *browsertest.World
	http http.Client
}

type reply struct {
	status int
	header http.Header
	body   string
}

func newBrowser(t *testing.T, w *browsertest.World) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, w: w, http: http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(req *http.Request, header ...string) reply {
	b.t.Helper()
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

func (b *browser) get(path string, header ...string) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.w.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req, header...)
}

// post sends a form like a page of the server; header overrides the headers.
func (b *browser) post(path string, form url.Values, header ...string) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.w.URL)
	return b.do(req, header...)
}

// signedInAs makes a user with the role and signs in.
func (b *browser) signedInAs(role string) *browser {
	b.t.Helper()
	b.w.User(role, role)
	r := b.post("/signin", url.Values{"user": {role}, "password": {browsertest.Password}, "next": {"/overview"}})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/overview" {
		b.t.Fatalf("sign-in: %d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	return b
}

// page gets a page with status 200.
func (b *browser) page(path string) string {
	b.t.Helper()
	r := b.get(path)
	if r.status != http.StatusOK {
		b.t.Fatalf("%s: %d %s %s", path, r.status, r.header.Get("Location"), textOf(r.body))
	}
	return r.body
}

// newYear returns a World with its year, and a signed-in viewer.
func newYear(t *testing.T) (*browser, browsertest.Year) {
	t.Helper()
	w := browsertest.New(t)
	y := w.RecordYear()
	return newBrowser(t, w).signedInAs(auth.RoleViewer), y
}

var (
	markup = regexp.MustCompile(`<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// textOf returns a page's text without markup, blanks folded.
func textOf(page string) string {
	return blanks.ReplaceAllString(html.UnescapeString(markup.ReplaceAllString(page, " ")), " ")
}

// rowOf is the text of the table row with an id.
func rowOf(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `id="`+id+`">`)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	row, _, _ := strings.Cut(rest, "</tr>")
	return textOf(row)
}

// everyPage lists the addresses of all kinds of pages.
func everyPage(y browsertest.Year) []string {
	pages := []string{"/overview", "/budgets", "/reports", "/targets", "/doubts"}
	for _, code := range []string{"451-0401-YZN-Y5U1", "451-0401-YZN-RX4L", "451-0401-YXN-B3W8", "451-0601-YXN-EMSE", "451-0501-YXN-0V4M"} {
		pages = append(pages, "/projects/"+code)
	}
	for _, id := range []string{"P1-1", "P1-2", "P2-3", "P3-1", "P3-2", "P3-3", "P3-4", "P4-1", "P5-1", "P5-2", "P5-4", "P5-5", "D-1", "D-2"} {
		pages = append(pages, "/indicators/"+id)
	}
	for _, id := range []string{y.Conflict, y.Hostile, y.Fatal, y.Void, y.Skewed} {
		pages = append(pages, "/records/"+id)
	}
	return pages
}
