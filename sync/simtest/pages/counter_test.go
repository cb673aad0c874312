//go:build browser

package pages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A run of plates: each its own five characters and one key; the network goes, the program is killed, nothing is lost.
func TestPlatesInARun(t *testing.T) {
	w := enrolled(t)
	before := w.keys
	const plates = 20
	for n := range plates {
		w.press(fmt.Sprintf("8k%03d", n), kb.Enter)
		w.until("the line is saved", fmt.Sprintf(`document.querySelectorAll("#run-caption ~ tbody tr, .rb-table tbody tr").length >= %d`, min(n+1, 12)))
	}
	if perPlate := float64(w.keys-before) / plates; perPlate > 7 {
		t.Errorf("%.1f keys a plate, of which five are its own", perPlate)
	}
	w.until("all are delivered", `/全部已送达/.test(document.body.innerText)`)
	w.until("the server tells the figure", `/今年\s*20\b/.test(document.querySelector(".rb-total").innerText)`)
	w.picture("counter")

	w.press("8k000", kb.Enter)
	w.until("the duplicate is said", `/冀F8K000.*重复/.test(document.querySelector(".said").innerText)`)
	w.picture("counter-duplicate")
	w.press("8k00o", kb.Enter)
	w.until("a letter O is refused", `/没有字母 O/.test(document.querySelector(".said").innerText)`)
	w.press(kb.Backspace, "1", kb.Enter)
	w.until("saved", `document.querySelector("#number").value === "冀F"`)
	w.until("all are delivered", `/全部已送达/.test(document.body.innerText)`)

	w.server.Kill()
	w.press("99999", kb.Enter)
	w.until("saved offline", `/冀F99999/.test(document.querySelector(".rb-table").innerText)`)
	w.until("offline is said", `/离线.*待同步 [1-9]/.test(document.body.innerText)`)
	w.press("777")
	time.Sleep(400 * time.Millisecond) // a draft is kept within 300 ms
	w.picture("counter-offline")
	w.client.Kill()
	w.startClient(strings.TrimPrefix(w.url, "http://"))
	w.open()
	w.typeInto("#pin", "1234", kb.Enter)
	w.until("the draft is there again", `document.querySelector("#number")?.value === "冀F777"`)
	w.until("and the day's lines", `/冀F99999/.test(document.querySelector(".rb-table")?.innerText ?? "")`)
	w.do(chromedp.Focus("#number"))
	w.press("88", kb.Enter)
	w.until("it is saved", `/冀F77788/.test(document.querySelector(".rb-table")?.innerText ?? "")`)

	w.serve(strings.TrimPrefix(w.server.URL, "http://"))
	w.click(".standing button, .rb-banner button")
	w.until("all are delivered", `/全部已送达/.test(document.body.innerText)`)
	w.must(w.hq.SignIn(w.server.URL))
	list, err := w.hq.Export(w.server.URL)
	w.must(err)
	if len(list) != plates+4 {
		t.Errorf("the server has %d records, want %d", len(list), plates+4)
	}
}

// Keys of an input method never save; a scanner that sends a plate twice records it once.
func TestComposingAndScanning(t *testing.T) {
	w := enrolled(t)
	w.do(chromedp.Focus("#number"))
	w.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const input = document.querySelector("#number");
		input.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
		input.value = "冀F8k2m6";
		input.dispatchEvent(new InputEvent("input", {bubbles: true, isComposing: true}));
		input.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true}));
	})()`))
	time.Sleep(300 * time.Millisecond)
	if text := w.text(".counter-main"); !strings.Contains(text, "还没有登记") {
		t.Errorf("a composing Enter saved: %s", text)
	}
	w.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#number").dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}))`))
	w.press(kb.Enter)
	w.until("saved after the composition", `/冀F8K2M6/.test(document.querySelector(".rb-table")?.innerText ?? "")`)
	w.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const input = document.querySelector("#number");
		const scan = () => {
			input.value = "冀F冀FA12345";
			input.dispatchEvent(new InputEvent("input", {bubbles: true}));
			input.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
		};
		scan();
		setTimeout(scan, 90);
	})()`))
	w.until("the second scan is told", `/没有再登记/.test(document.querySelector(".said").innerText)`)
	list := w.text(".rb-table")
	if strings.Count(list, "冀FA12345") != 1 {
		t.Errorf("scanned twice: %s", list)
	}
}

// A record is found, corrected, taken back and brought back; its history says who did so.
func TestMyRecords(t *testing.T) {
	w := enrolled(t)
	w.press("8k2m6", kb.Enter)
	w.until("saved", `document.querySelectorAll(".rb-table tbody tr").length === 1`)
	w.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#records"`))
	w.typeInto("#text", "8k2m")
	w.until("one is found", `document.querySelectorAll(".rb-row").length === 1`)
	w.click(".rb-row")
	w.wait(".detail")
	w.picture("record")
	w.do(chromedp.Evaluate[chromedp.Void](`(() => { const i = document.querySelector(".detail #plate_number"); i.focus(); i.select(); })()`))
	w.press("冀F8K2M7")
	w.until("something is changed", `!document.querySelector(".amend .rb-primary").disabled`)
	w.click(".amend .rb-primary")
	w.until("corrected", `/8K2M7/.test(document.querySelector(".detail h1").innerText) && document.querySelectorAll(".history li").length === 2`)
	w.typeInto("#reason", "录错了")
	w.until("a reason is given", `!document.querySelector(".taking-back .rb-danger").disabled`)
	w.click(".taking-back .rb-danger")
	w.until("void", `/已作废/.test(document.querySelector(".detail-state").innerText)`)
	w.click(".taking-back button")
	w.until("back", `!/已作废/.test(document.querySelector(".detail-state").innerText) && document.querySelectorAll(".history li").length === 4`)
	if text := w.text(".history"); strings.Count(text, "周") != 4 {
		t.Errorf("the history: %s", text)
	}
}

// Any kind of the clerk's: a form from the rules; faults are told with the words of the schema, the draft survives.
func TestOtherForms(t *testing.T) {
	w := enrolled(t)
	w.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#forms/certificate"`))
	w.wait(".form-page")
	w.picture("form-certificate")
	w.click(".form-page button[type=submit]")
	w.wait("#faults")
	w.picture("form-faults")
	w.typeInto("#quantity", "3")
	time.Sleep(500 * time.Millisecond) // a draft is kept within 300 ms
	w.do(chromedp.Evaluate[chromedp.Void](`location.reload()`))
	w.wait(".form-page")
	w.until("the draft is there", `/3$/.test(document.querySelector("#quantity")?.value ?? "")`)
}
