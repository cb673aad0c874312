package outside

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
)

// proxy stands between devices and a server and passes everything on, byte by byte, but for what a lie makes of it.
type proxy struct {
	URL string

	w       *world
	to      string
	http    *http.Client
	mu      sync.Mutex
	tampers []tamper
}

// roundTrip is a request with its answer. A lie changes the answer; one that sets Body before the request was passed on
// (see proxy.lie) answers in the server's place.
type roundTrip struct {
	Path    string      // /v1/sync, …
	Head    http.Header // of the request, as the device sent it
	Request []byte      // the request's body, as the device sent it
	Status  int         // of the answer
	Header  http.Header // of the answer: Content-Encoding and Roadbook-Signature among it
	Body    []byte      // of the answer, as the server sent it
	Cut     int         // < 0: the answer is sent whole; else so many bytes of its body, and the connection breaks
}

// tamper is asked twice for each request: before it is passed on (Status 0: an answer set now spares the server the
// question) and with the server's answer.
type tamper func(x *roundTrip)

// proxy starts one before a server.
func (w *world) proxy(to string) *proxy {
	w.t.Helper()
	p := &proxy{w: w, to: to, http: &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	web := httptest.NewServer(http.HandlerFunc(p.serve))
	w.t.Cleanup(web.Close)
	p.URL = web.URL
	return p
}

// tamperWith sets the lies that are told from now on, one after the other; none: it is honest.
func (p *proxy) tamperWith(lies ...tamper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tampers = lies
}

func (p *proxy) serve(out http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	lies := p.tampers
	p.mu.Unlock()
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	x := &roundTrip{Path: r.URL.Path, Head: r.Header.Clone(), Request: asked, Cut: -1}
	for _, l := range lies {
		l(x)
	}
	if x.Status == 0 {
		p.forward(x, r)
		for _, l := range lies {
			l(x)
		}
	}
	x.answer(out)
}

// forward asks the server. The request's head may have been changed by a lie: Accept-Encoding removed brings plain bodies.
func (p *proxy) forward(x *roundTrip, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, p.to+r.URL.RequestURI(), bytes.NewReader(x.Request))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Header = x.Head.Clone()
	resp, err := p.http.Do(req)
	if err != nil {
		x.Status, x.Header, x.Body = http.StatusBadGateway, http.Header{}, []byte("bad gateway")
		return
	}
	defer resp.Body.Close()
	if x.Body, err = io.ReadAll(resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	x.Status, x.Header = resp.StatusCode, resp.Header.Clone()
}

// answer answers the device.
func (x *roundTrip) answer(out http.ResponseWriter) {
	maps.Copy(out.Header(), x.Header)
	out.Header().Del("Content-Length")
	if x.Cut >= 0 {
		out.Header().Set("Content-Length", strconv.Itoa(len(x.Body)))
	}
	out.WriteHeader(x.Status)
	if x.Cut < 0 {
		_, _ = out.Write(x.Body)
		return
	}
	_, _ = out.Write(x.Body[:min(x.Cut, len(x.Body))])
	_ = http.NewResponseController(out).Flush()
	panic(http.ErrAbortHandler)
}

// onPath tells a lie about one path alone.
func onPath(path string, l tamper) tamper {
	return func(x *roundTrip) {
		if x.Path == path {
			l(x)
		}
	}
}

// answerWith answers in the server's place, which hears of nothing.
func answerWith(status int, contentType, body string) tamper {
	return func(x *roundTrip) {
		if x.Status == 0 {
			x.Status, x.Header, x.Body = status, http.Header{"Content-Type": {contentType}}, []byte(body)
		}
	}
}

// changeAnswer changes the server's answer, which did what it was asked.
func changeAnswer(change tamper) tamper {
	return func(x *roundTrip) {
		if x.Status != 0 {
			change(x)
		}
	}
}

// The lies that proxies are known for.
var (
	portal        = answerWith(http.StatusOK, "text/html", "<html><body>请先登录无线网络 / please sign in to the network</body></html>")
	empty204      = answerWith(http.StatusNoContent, "", "")
	braces        = answerWith(http.StatusOK, "application/json", "{}")
	halfAnswer    = changeAnswer(func(x *roundTrip) { x.Cut = len(x.Body) / 2 })
	noAnswer      = changeAnswer(func(x *roundTrip) { x.Cut = 0 })
	dropSignature = changeAnswer(func(x *roundTrip) { // it lets through the heads that it knows
		for name := range x.Header {
			if strings.HasPrefix(name, "Roadbook-") {
				x.Header.Del(name)
			}
		}
	})
	tooLarge = answerWith(http.StatusRequestEntityTooLarge, "application/json",
		`{"code":"too_large","retryable":false,"message":{"zh":"请求过大，请拆分","en":"too large: send less at once"}}`)
)

// redirect sends the device elsewhere.
func redirect(status int, to string) tamper {
	l := answerWith(status, "", "")
	return func(x *roundTrip) {
		if l(x); x.Status == status {
			x.Header.Set("Location", to+x.Path)
		}
	}
}

// plain brings the answers' bodies uncompressed, for the lies after it to change.
func plain(x *roundTrip) {
	if x.Status == 0 {
		x.Head.Del("Accept-Encoding")
	}
}

// replaced changes a text in the body of what the server says, where it stands there.
func replaced(from, to string) tamper {
	return changeAnswer(func(x *roundTrip) { x.Body = bytes.ReplaceAll(x.Body, []byte(from), []byte(to)) })
}
