package maker

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	"roadbook/sync/durable"
)

// Files in the device's directory, of mode 0600: only this user reads them.
const (
	openFile  = "open.html"  // a page with a secret for one entry into the app
	tokenFile = "serve.json" // address and token, for scripts
)

// Gate lets in calls from one origin with the token. Cookies are not used: they ignore ports.
type Gate struct {
	maker  *Maker
	host   string // 127.0.0.1:8180, compared whole
	origin string
	token  string
	pages  http.Handler

	mu     sync.Mutex
	secret string // in openFile
}

// NewGate writes the files of the gate for a listener's address. pages are the field app's files, which hold no data.
func NewGate(m *Maker, host string, pages fs.FS) (*Gate, error) {
	g := &Gate{maker: m, host: host, origin: "http://" + host, token: rand.Text() + rand.Text(), pages: http.FileServerFS(pages)}
	text, err := json.Marshal(map[string]string{"url": g.origin, "token": g.token})
	if err != nil {
		return nil, err
	}
	if err := durable.WriteFile(filepath.Join(m.cfg.Dir, tokenFile), append(text, '\n')); err != nil {
		return nil, err
	}
	return g, g.newSecret()
}

// Open is the path of the page for opening the app in this user's browser.
func (g *Gate) Open() string { return filepath.Join(g.maker.cfg.Dir, openFile) }

// newSecret writes a page with a new secret.
func (g *Gate) newSecret() error {
	secret := rand.Text() + rand.Text()
	var page strings.Builder
	if err := openPage.Execute(&page, map[string]string{"Origin": g.origin, "Secret": secret}); err != nil {
		return err
	}
	if err := durable.WriteFile(g.Open(), []byte(page.String())); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secret = secret
	return nil
}

var openPage = template.Must(template.New("open").Parse(`<!doctype html><html lang="zh"><meta charset="utf-8"><title>路勤簿 roadbook</title>
<form method="post" action="{{.Origin}}/enter"><input type="hidden" name="secret" value="{{.Secret}}">
<button>打开路勤簿 · open roadbook</button></form><script>document.forms[0].submit()</script>
`))

// enteredPage gives the token to the page's own script, for this window.
var enteredPage = template.Must(template.New("entered").Parse(`<!doctype html><html lang="zh"><meta charset="utf-8"><title>路勤簿 roadbook</title>
<meta name="token" content="{{.}}"><script type="module" src="/enter.js"></script>
`))

// policy lets pages load from their own origin alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

// ServeHTTP checks host, origin and token before anything is read.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.Host != g.host { // a foreign name pointing here
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
		return
	}
	name, isCall := strings.CutPrefix(r.URL.Path, "/maker/")
	switch {
	case r.URL.Path == "/enter":
		g.enter(w, r)
	case isCall:
		g.call(w, r, name)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	default:
		g.pages.ServeHTTP(w, r)
	}
}

// enter exchanges the secret of this user's file for the token. The origin of a page from a file is "null".
func (g *Gate) enter(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); r.Method != http.MethodPost || origin != "null" && origin != g.origin && origin != "" {
		http.Error(w, "open "+openFile+" in the data directory", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	if !g.spend(r.PostFormValue("secret")) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<!doctype html><meta charset=utf-8><title>路勤簿</title><p>这个入口已经用过：请重新打开数据目录里的 open.html · this entry was used before: open open.html in the data directory again")
		return
	}
	if err := g.newSecret(); err != nil {
		g.maker.cfg.Log.Error("a new entry page", "err", err)
	}
	_ = enteredPage.Execute(w, g.token) // a reader that left
}

// spend takes the secret, once.
func (g *Gate) spend(secret string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	fits := g.secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(g.secret)) == 1
	if fits {
		g.secret = ""
	}
	return fits
}

// call checks where a call comes from, and answers it.
func (g *Gate) call(w http.ResponseWriter, r *http.Request, name string) {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case origin != "" && origin != g.origin, site != "" && site != "same-origin" && site != "none":
		writeError(w, errOrigin)
	case !bearer || subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) != 1:
		writeError(w, errToken)
	case r.Method != http.MethodPost:
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
	case name == "news":
		g.maker.serveNews(r.Context(), w)
	default:
		g.maker.answer(w, r, name)
	}
}
