package outside

import (
	"encoding/json"
	"net/http"

	"roadbook/sync/wire"
)

// traffic counts what passed a proxy.
type traffic struct {
	key          []byte // the server's, from the answer to an enrollment
	foreignBoots int    // boots offered and not signed by this key
	lines        int
}

// countTraffic counts the requests passing a proxy.
func (w *world) countTraffic(p *proxy) *traffic {
	s := new(traffic)
	p.tamperWith(onPath("/v1/enroll", changeAnswer(func(x *roundTrip) {
		var e wire.Enrolled
		w.must(json.Unmarshal(x.Body, &e))
		s.key = e.ServerKey
	})), onPath("/v1/sync", func(x *roundTrip) {
		if x.Status != 0 {
			return
		}
		req := w.request(x)
		for _, b := range req.Offers {
			if wire.CheckBoot(s.key, req.Stream, b) != nil {
				s.foreignBoots++
			}
		}
		if req.Frame != nil {
			s.lines += len(req.Frame.Lines)
		}
	}))
	return s
}

// request decodes a device's sync request.
func (w *world) request(x *roundTrip) *wire.Request {
	req, err := wire.DecodeRequest(x.Request, x.Head.Get("Content-Encoding"), wire.DefaultLimits)
	if err != nil {
		w.t.Errorf("what a device sent: %v", err)
		return new(wire.Request)
	}
	return req
}

// credulousServer is a foreign server accepting everything as created.
func (w *world) credulousServer() (url string, s *traffic) {
	w.t.Helper()
	p := w.proxy("http://127.0.0.1:1")
	s = w.countTraffic(p)
	counted := p.tampers[1]
	var has []wire.Range
	p.tamperWith(counted, func(x *roundTrip) {
		if x.Status != 0 {
			return
		}
		x.Status, x.Header = http.StatusOK, http.Header{"Content-Type": {"application/json"}}
		switch x.Path {
		case "/v1/nonce":
			x.Body = []byte(`{"nonce":"AAAAAAAAAAAAAAAAAAAAAA","server_time":1600000000000}`)
		case "/v1/token":
			x.Body = []byte(`{"access_token":"anything","token_type":"Bearer","expires_in":600}`)
		case "/v1/sync":
			x.Body = w.acceptAll(w.request(x), &has)
		}
	})
	return p.URL, s
}

// acceptAll accepts all lines of a request; has collects the accepted ranges.
func (w *world) acceptAll(req *wire.Request, has *[]wire.Range) []byte {
	answer := &wire.Answer{V: 1, ServerEpoch: "strange0", ServerTime: 1600000000000, Limits: wire.DefaultLimits}
	if f := req.Frame; f != nil {
		answer.Results = []wire.Result{{First: f.First, Last: f.Last(), Status: wire.Created}}
		*has = append(*has, wire.Range{First: f.First, Last: f.Last(), Prev: f.Prev, Head: f.Head})
	}
	answer.Ranges = *has
	body, err := json.Marshal(answer)
	w.must(err)
	return body
}
