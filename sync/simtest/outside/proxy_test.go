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

// proxy forwards everything between devices and a server, byte by byte, except for changes by its tampers.
type proxy struct {
	URL string

	w       *world
	to      string
	http    *http.Client
	mu      sync.Mutex
	tampers []tamper
}

// roundTrip is a request with its answer. A tamper changes the answer, or sets the answer before forwarding.
type roundTrip struct {
	Path    string      // /v1/sync, …
	Head    http.Header // of the request, as sent by the device
	Request []byte      // the request's body, as sent by the device
	Status  int         // of the answer
	Header  http.Header // of the answer, with Content-Encoding and Roadbook-Signature
	Body    []byte      // of the answer, as sent by the server
	Cut     int         // < 0: the answer is sent whole; otherwise the connection breaks after Cut bytes of the body
}

// tamper is called twice for each request: before forwarding, with Status 0 (a status set now replaces the server's
// answer), and with the server's answer.
type tamper func(x *roundTrip)

// proxy starts a proxy before a server.
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

// tamperWith sets the tampers from now on, called in order; none: nothing is changed.
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

// forward asks the server. A tamper may have changed the request's header: without Accept-Encoding the body comes
// plain.
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

// answer sends the answer to the device.
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

// onPath limits a tamper to one path.
func onPath(path string, l tamper) tamper {
	return func(x *roundTrip) {
		if x.Path == path {
			l(x)
		}
	}
}

// answerWith answers instead of the server, without forwarding.
func answerWith(status int, contentType, body string) tamper {
	return func(x *roundTrip) {
		if x.Status == 0 {
			x.Status, x.Header, x.Body = status, http.Header{"Content-Type": {contentType}}, []byte(body)
		}
	}
}

// changeAnswer changes the server's answer, after the server has done its work.
func changeAnswer(change tamper) tamper {
	return func(x *roundTrip) {
		if x.Status != 0 {
			change(x)
		}
	}
}

// Faults known of real proxies.
var (
	portal        = answerWith(http.StatusOK, "text/html", "<html><body>请先登录无线网络 / please sign in to the network</body></html>")
	empty204      = answerWith(http.StatusNoContent, "", "")
	braces        = answerWith(http.StatusOK, "application/json", "{}")
	halfAnswer    = changeAnswer(func(x *roundTrip) { x.Cut = len(x.Body) / 2 })
	noAnswer      = changeAnswer(func(x *roundTrip) { x.Cut = 0 })
	dropSignature = changeAnswer(func(x *roundTrip) { // such a proxy forwards only known headers
		for name := range x.Header {
			if strings.HasPrefix(name, "Roadbook-") {
				x.Header.Del(name)
			}
		}
	})
	tooLarge = answerWith(http.StatusRequestEntityTooLarge, "application/json",
		`{"code":"too_large","retryable":false,"message":{"zh":"请求过大，请拆分","en":"too large: send less at once"}}`)
)

// redirect sends the device to another address.
func redirect(status int, to string) tamper {
	l := answerWith(status, "", "")
	return func(x *roundTrip) {
		if l(x); x.Status == status {
			x.Header.Set("Location", to+x.Path)
		}
	}
}

// plain makes the server send plain bodies, so that later tampers can change the text.
func plain(x *roundTrip) {
	if x.Status == 0 {
		x.Head.Del("Accept-Encoding")
	}
}

// replaced replaces a text in the server's bodies.
func replaced(from, to string) tamper {
	return changeAnswer(func(x *roundTrip) { x.Body = bytes.ReplaceAll(x.Body, []byte(from), []byte(to)) })
}
