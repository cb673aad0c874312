package maker_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/maker"
	"roadbook/sync/wire"
)

const host = "127.0.0.1:8180"

// world is a maker behind its gate, with a clock set by the test.
type world struct {
	t     *testing.T
	dir   string
	maker *maker.Maker
	gate  *maker.Gate
	token string
	now   time.Time
}

func newWorld(t *testing.T, enrolled bool) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2020, 12, 15, 10, 0, 0, 0, time.UTC)}
	if enrolled {
		enroll(t, w.dir)
	}
	m, err := maker.Open(t.Context(), maker.Config{Dir: w.dir, Version: "v1", Now: func() time.Time { return w.now }})
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	w.maker = m
	w.gate, err = maker.NewGate(m, host, fstest.MapFS{"index.html": {Data: []byte("the app")}})
	must(t, err)
	var file struct{ Token string }
	must(t, json.Unmarshal(w.read("serve.json"), &file))
	w.token = file.Token
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enroll makes a device of window-1 in a directory; its server is nowhere.
func enroll(t *testing.T, dir string) {
	t.Helper()
	keys, _, err := localdb.PrepareKeys(dir, rand.Reader)
	must(t, err)
	db, err := localdb.Open(t.Context(), localdb.Config{Dir: dir, Keys: keys, Catalogue: "shunping-2020@1"})
	must(t, err)
	must(t, localdb.KeepKeys(dir))
	server, _, err := ed25519.GenerateKey(nil)
	must(t, err)
	must(t, db.Enroll(t.Context(), "http://127.0.0.1:1", wire.Enrolled{Device: keys.DeviceID(), Unit: "window-1", Role: "clerk", ServerEpoch: "e1", ServerKey: server, Signs: 1}))
	must(t, db.Close())
}

func (w *world) read(name string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	must(w.t, err)
	return text
}

func (w *world) secret() string {
	w.t.Helper()
	found := regexp.MustCompile(`name="secret" value="(\w+)"`).FindSubmatch(w.read("open.html"))
	if found == nil {
		w.t.Fatal("open.html has no secret")
	}
	return string(found[1])
}

// request sends a request as a page of this origin would, after change has changed it.
func (w *world) request(method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://"+host+path, bytes.NewReader([]byte(body)))
	r.Header.Set("Origin", "http://"+host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Authorization", "Bearer "+w.token)
	if change != nil {
		change(r)
	}
	out := httptest.NewRecorder()
	w.gate.ServeHTTP(out, r)
	return out
}

// call makes a call and decodes its answer into out, if there is one. code is the error's code, "" for success.
func (w *world) call(name, params string, out any) (code string) {
	w.t.Helper()
	if params == "" {
		params = "{}"
	}
	r := w.request(http.MethodPost, "/maker/"+name, params, nil)
	if r.Code == http.StatusOK {
		if out != nil {
			must(w.t, json.Unmarshal(r.Body.Bytes(), out))
		}
		return ""
	}
	var wrong struct{ Code, ZH, EN string }
	must(w.t, json.Unmarshal(r.Body.Bytes(), &wrong))
	if wrong.Code == "" || wrong.ZH == "" || wrong.EN == "" {
		w.t.Errorf("%s: an error without words: %s", name, r.Body)
	}
	return wrong.Code
}

func (w *world) want(name, params, code string, out any) {
	w.t.Helper()
	if got := w.call(name, params, out); got != code {
		w.t.Fatalf("%s %s: code %q, want %q", name, params, got, code)
	}
}
