//go:build browser

package pages

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"roadbook/sync/simtest/programs"
)

// tries is the script of a hostile page: each try gives "" if it was kept out, else what it got.
const tries = `(async () => {
	const app = %q, form = JSON.stringify({form: {kind: "plate", typed: {plate_number: "冀F66666", plate_type: "02", business: "register"}}});
	const got = [];
	const attempt = async (name, f) => { try { const r = await f(); if (r) got.push(name + ": " + r); } catch {} };
	await attempt("read a call", async () => (await fetch(app + "/maker/list", {method: "POST", body: "{}"})).text());
	await attempt("read the app's page", async () => (await fetch(app + "/")).text());
	await attempt("a blind write", async () => { await fetch(app + "/maker/save", {method: "POST", mode: "no-cors", body: form}); return ""; });
	await attempt("a guessed token", async () => (await fetch(app + "/maker/save", {method: "POST", body: form, headers: {Authorization: "Bearer " + "A".repeat(52)}})).text());
	await attempt("a frame", () => new Promise((done) => {
		const f = document.createElement("iframe");
		f.src = app + "/";
		f.onload = () => { try { done(f.contentDocument ? f.contentDocument.body.innerText : ""); } catch { done(""); } };
		document.body.append(f);
		setTimeout(() => done(""), 2000);
	}));
	await attempt("the storage of the app", async () => sessionStorage.getItem("token") ?? "");
	return got.join("; ");
})()`

// A hostile page in the same browser, on another port of this machine and under another name of it, reads nothing and writes
// nothing; a form posted to the entry gets no token.
func TestHostilePage(t *testing.T) {
	w := enrolled(t)
	evil := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<!doctype html><title>evil</title><form id="f" method="post" action=%q><input name="secret" value="guess"></form>`, w.url+"/enter")
	}))
	defer evil.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(evil.URL, "http://"), ":")
	for _, origin := range []string{"http://127.0.0.1:" + port, "http://localhost:" + port} {
		w.do(chromedp.Navigate(origin))
		got, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](fmt.Sprintf(tries, w.url), chromedp.EvalAwaitPromise))
		w.must(err)
		if got != "" {
			t.Errorf("from %s: %s", origin, got)
		}
		w.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("f").submit()`))
		w.until("the entry answers", `location.pathname === "/enter"`)
		if token, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("meta[name=token]")?.content ?? ""`)); err != nil || token != "" {
			t.Errorf("a posted form got the token %q %v", token, err)
		}
	}
	w.open()
	w.wait("#number")
	if text := w.text(".counter-main"); strings.Contains(text, "66666") || !strings.Contains(text, "还没有登记") {
		t.Errorf("the app shows %s", text)
	}
	list, err := w.hq.Export(w.server.URL)
	w.must(err)
	if len(list) != 0 {
		t.Errorf("%d records were written", len(list))
	}
}

// A second client serve on the directory ends and says so; the first goes on.
func TestSecondProgram(t *testing.T) {
	w := newWorld(t)
	out, err := programs.Run(programs.Command{Args: programs.ClientArgs(w.bin, w.dir, "serve", "--listen", "127.0.0.1:0")})
	w.must(err)
	if out.Exit == 0 || !strings.Contains(out.Out+out.Errs, "另一个程序") {
		t.Errorf("%s", out)
	}
	w.open()
	w.wait("#word")
}
