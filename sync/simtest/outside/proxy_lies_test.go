package outside

import (
	"net/http"
	"strings"
	"testing"
)

// exitUnreachable is the client's exit code without a believable answer.
const exitUnreachable = 4

// crossAnswers now and then gives a device the last answer to another device: instead of its own answer, or before the
// server gets the request.
func crossAnswers(w *world) tamper {
	type pastAnswer struct {
		device string
		roundTrip
	}
	var last []pastAnswer
	other := func(device string) *pastAnswer {
		for i := range last {
			if last[i].device != device {
				return &last[i]
			}
		}
		return nil
	}
	return onPath("/v1/sync", func(x *roundTrip) {
		device := w.request(x).Stream.Device
		asked := x.Status == 0
		was := other(device)
		if !asked {
			last = append([]pastAnswer{{device, *x}}, last[:min(len(last), 7)]...)
		}
		if was != nil && w.rng.IntN(3) == 0 {
			x.Status, x.Header, x.Body = was.Status, was.Header, was.Body
		}
	})
}

// TestAnswersCrossed: a broken proxy mixes up the devices' answers, and no line is lost.
func TestAnswersCrossed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	devices := []*device{s.enroll("office-1", "clerk"), s.enroll("office-1", "clerk"), s.enroll("office-2", "clerk")}
	p.tamperWith(crossAnswers(w))
	for range 6 {
		for _, d := range devices {
			d.plates(1 + w.rng.IntN(3))
			if o := d.sync(p.URL); o.Exit != 0 && o.Exit != exitUnreachable {
				t.Errorf("a crossed answer: %v", o)
			}
		}
	}
	p.tamperWith()
	for _, d := range devices {
		d.deliver(p.URL)
		s.wantExported(d.confirmed...)
	}
}

// TestUnsigned413: a proxy refuses large requests in the server's name. The long line is not replaced by its tombstone:
// it is deferred, later lines are delivered, and the line arrives whole without the proxy.
func TestUnsigned413(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.plate()
	d.deliver(p.URL)
	const room = 4096
	p.tamperWith(onPath("/v1/sync", func(x *roundTrip) {
		if f := w.request(x).Frame; f != nil && x.Status == 0 {
			for _, line := range f.Lines {
				if len(line) > room {
					tooLarge(x)
				}
			}
		}
	}))
	remark := strings.Repeat("𠮷", 1000) // four bytes each
	long := d.plate("remark=" + remark)
	behind := d.plate()
	for range 8 { // each command makes one step
		d.sync(p.URL)
	}
	if n := d.status().Waiting; n == 0 {
		t.Error("a line over 4 KiB counts as delivered on the word of a proxy")
	}
	p.tamperWith()
	d.deliver(p.URL)
	s.wantExported(d.confirmed...)
	if line := s.line(long); !strings.Contains(line, remark) {
		t.Errorf("the server has of the long line: %s", line)
	}
	if line := s.line(behind); !strings.Contains(line, "plate_number") {
		t.Errorf("the server has of the line behind it: %s", line)
	}
}

// TestForeignLimits: absurd limits turn no line into a tombstone, neither in a changed answer, nor from an older server
// without signatures.
func TestForeignLimits(t *testing.T) {
	t.Parallel()
	tiny := []tamper{plain, onPath("/v1/sync", replaced(`"line_bytes":65536`, `"line_bytes":1`)), onPath("/v1/enroll", replaced(`"line_bytes":65536`, `"line_bytes":1`))}
	for name, lies := range map[string][]tamper{
		"of a changed answer":   tiny,
		"of an unsigned server": append(tiny, dropSignature, onPath("/v1/enroll", replaced(`"signs":1`, `"nothing":1`))),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.serve("")
			p := w.proxy(s.URL)
			p.tamperWith(lies...)
			d := s.enrollThrough(p.URL)
			d.plates(2)
			for range 3 {
				d.sync(p.URL)
				d.plate()
			}
			p.tamperWith()
			d.deliver(s.URL)
			s.wantExported(d.confirmed...)
			for _, id := range d.confirmed {
				if line := s.line(id); !strings.Contains(line, "plate_number") {
					t.Errorf("the server has of %s: %s", id, line)
				}
			}
		})
	}
}

// TestSyncElsewhere: a server at another address accepts everything, and the device sends nothing and believes nothing.
func TestSyncElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plate()
	d.deliver("")
	d.plates(3)
	url, seen := w.credulousServer()
	if o := d.sync(url); o.Exit == 0 {
		t.Errorf("a stranger was believed: %v", o)
	}
	d.wantWaiting(3)
	if seen.lines != 0 {
		t.Errorf("%d lines were handed to a stranger", seen.lines)
	}
	if st := d.status(); st.Server != s.URL {
		t.Errorf("the device now belongs to %s", st.Server)
	}
	d.deliver("")
	s.wantExported(d.confirmed...)
	d.deliver(w.proxy(s.URL).URL) // the device's own server at another address is accepted
}

// TestProxyDropsSignature: a device with a signing server refuses unsigned answers, and the message names a proxy as
// the possible cause.
func TestProxyDropsSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.plate()
	d.deliver(p.URL)
	d.plate()
	p.tamperWith(dropSignature)
	o := d.sync(p.URL)
	if o.Exit != exitUnreachable || !strings.Contains(o.Errs, "代理") || !strings.Contains(o.Errs, "proxy") {
		t.Errorf("an answer whose signature was dropped: %v", o)
	}
	d.wantWaiting(1)
	p.tamperWith()
	d.deliver(p.URL)
	s.wantExported(d.confirmed...)
}

// TestProxyAtItsWorst: any change befalls two requests in three, on any path. In the end the server has each line once.
func TestProxyAtItsWorst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	devices := []*device{s.enroll("office-1", "clerk"), s.enroll("check-1", "clerk")}
	lies := []tamper{portal, empty204, braces, halfAnswer, noAnswer, dropSignature, tooLarge, redirect(http.StatusFound, "http://127.0.0.1:1"),
		redirect(http.StatusTemporaryRedirect, "http://127.0.0.1:1"), answerWith(http.StatusBadGateway, "text/html", "bad gateway"),
		answerWith(http.StatusUnauthorized, "text/html", "sign in"), crossAnswers(w), replaced("a", "b"), replaced(`"status":"retry"`, `"status":"created"`)}
	var current tamper
	p.tamperWith(func(x *roundTrip) {
		if x.Status == 0 {
			current = nil
			if w.rng.IntN(100) < 65 {
				current = lies[w.rng.IntN(len(lies))]
			}
		}
		if current != nil {
			current(x)
		}
	})
	for range 15 {
		for _, d := range devices {
			d.plate()
			d.sync(p.URL)
		}
	}
	p.tamperWith()
	for _, d := range devices {
		d.deliver(s.URL)
		s.wantExported(d.confirmed...)
	}
}
