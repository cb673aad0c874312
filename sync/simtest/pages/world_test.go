//go:build browser

package pages

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"roadbook/sync/simtest/programs"
)

// envShots is a directory for screenshots.
const envShots = "ROADBOOK_SHOTS"

func TestMain(m *testing.M) { programs.Main(m) }

// world is a server, a device's directory and a browser.
type world struct {
	t      *testing.T
	bin    string
	server *programs.Server
	hq     programs.HQ
	data   string // of the server
	dir    string // of the device
	client *programs.Process
	url    string // of the client's pages
	page   string // file that opens the app
	ctx    context.Context
	keys   int // pressed so far
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, bin: programs.Build(t), data: t.TempDir(), dir: t.TempDir()}
	w.serve("127.0.0.1:0")
	w.hq = programs.HQ{User: w.server.User, Password: w.server.Password}
	w.must(w.hq.SignIn(w.server.URL))
	w.startClient("127.0.0.1:0")
	w.ctx = browser(t)
	return w
}

// enrolled is a world whose device is enrolled as a clerk's, opened in the browser.
func enrolled(t *testing.T) *world {
	w := newWorld(t)
	code, err := w.hq.Code(w.server.URL, "window-1", "clerk")
	w.must(err)
	w.open()
	w.fill("#word", "白杨")
	w.fill("#enrol", w.server.URL+"#"+code)
	w.press(kb.Tab, kb.Enter)
	w.wait(".compare")
	w.click(".first button[type=submit]")
	w.fill("#officer", "周")
	w.typeInto("#pin", "1234", kb.Enter)
	w.wait("#number")
	return w
}

func (w *world) serve(listen string) {
	w.t.Helper()
	s, err := programs.Serve(programs.Command{Args: append(programs.ServerArgs(w.bin, "--data", w.data), "serve", "--listen", listen)})
	w.must(err)
	if s.URL == "" {
		w.t.Fatal(s.Errs())
	}
	if w.server != nil {
		s.User, s.Password = w.server.User, w.server.Password
	}
	w.server = s
	w.t.Cleanup(s.Kill)
}

// startClient starts client serve and waits for its address.
func (w *world) startClient(listen string) {
	w.t.Helper()
	p, err := programs.Start(programs.Command{Args: programs.ClientArgs(w.bin, w.dir, "serve", "--listen", listen)})
	w.must(err)
	w.t.Cleanup(p.Kill)
	for until := time.Now().Add(programs.Patience); ; time.Sleep(programs.Pause / 5) {
		ended := p.Ended()
		if line, _, ok := strings.Cut(p.Out(), "\n"); ok {
			var out struct{ URL, Open string }
			w.must(json.Unmarshal([]byte(line), &out))
			w.client, w.url, w.page = p, out.URL, out.Open
			return
		}
		if ended || time.Now().After(until) {
			w.t.Fatalf("client serve: %s", p.Errs())
		}
	}
}

// browser starts Chromium with a profile of its own.
func browser(t *testing.T) context.Context {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", true), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as the first context
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open enters the app as a person does: by the file.
func (w *world) open() {
	w.t.Helper()
	w.do(chromedp.Navigate("file://" + w.page))
	w.wait("#app main, #app .content")
}

func (w *world) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.picture("failed-" + w.t.Name())
		w.t.Fatal(err)
	}
}

// wait waits for an element to be seen, a quarter of a minute at most.
func (w *world) wait(selector string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitVisible(selector)); err != nil {
		w.picture("failed-" + w.t.Name())
		w.t.Fatalf("%s is not seen: %v\n%s", selector, err, w.text("body"))
	}
}

// until waits for a JavaScript expression to hold.
func (w *world) until(what, expression string) {
	w.t.Helper()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		if ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
		if time.Now().After(end) {
			w.picture("failed-" + w.t.Name())
			w.t.Fatalf("%s: never\n%s", what, w.text("body"))
		}
	}
}

func (w *world) text(selector string) string {
	quoted, _ := json.Marshal(selector)
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector(`+string(quoted)+`)?.innerText ?? ""`))
	if err != nil {
		return err.Error()
	}
	return text
}

func (w *world) click(selector string) {
	w.t.Helper()
	w.do(chromedp.Click(selector))
}

// typeInto focuses a control and presses keys.
func (w *world) typeInto(selector string, keys ...string) {
	w.t.Helper()
	w.wait(selector)
	w.do(chromedp.Focus(selector))
	w.press(keys...)
}

// fill types into a control of a step and presses Enter, if the control takes one line.
func (w *world) fill(selector, text string) {
	w.t.Helper()
	w.typeInto(selector, text)
	if selector != "#enrol" && selector != "#officer" {
		w.press(kb.Enter)
	}
}

// press presses keys, each character one, in the focused control.
func (w *world) press(keys ...string) {
	w.t.Helper()
	for _, k := range keys {
		w.keys += len([]rune(k))
		w.do(chromedp.KeyEvent(k))
	}
}

// picture keeps a screenshot of the whole page, if asked for.
func (w *world) picture(name string) {
	dir := os.Getenv(envShots)
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		_ = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), png, 0o600)
	}
}
