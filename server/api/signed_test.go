package api

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"net/http"
	"slices"
	"testing"

	"roadbook/sync/wire"
)

// ask sends a request unchanged.
func (d *testDevice) ask(req *wire.Request, accept string) reply {
	d.w.t.Helper()
	body, err := req.Encode(wire.Zstd)
	d.w.must(err)
	return d.w.ask(http.MethodPost, "/v1/sync", d.token, body, "Content-Encoding", "zstd", "Accept-Encoding", accept)
}

func open(w *world, req *wire.Request, r reply) (*wire.Answer, error) {
	trust := wire.Trust{Server: w.auth.ServerKey().Public().(ed25519.PublicKey), Signs: true}
	return trust.OpenAnswer(req, []byte(r.body), r.header.Get("Content-Encoding"), r.header.Get(wire.SignatureHeader), 1<<24)
}

func TestAnswersAreSignedForTheirRequest(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "window-1", "clerk")
	d.appendPlate("window-1", "冀F10001", "2020-12-15T10:00:00+08:00")
	req := &wire.Request{Stream: d.stream, Frame: d.frame(0, 1), Nonce: bytes.Repeat([]byte{1}, wire.NonceLen)}
	for _, accept := range []string{"zstd", "gzip", "identity"} {
		got := d.ask(req, accept)
		if a, err := open(w, req, got); err != nil || !a.Signed || len(a.Results) != 1 {
			t.Fatalf("%s: %v %v", accept, a, err)
		}
		other := *req
		other.Nonce = bytes.Repeat([]byte{2}, wire.NonceLen)
		if _, err := open(w, &other, got); !errors.Is(err, wire.ErrBadSignature) {
			t.Errorf("%s: the answer to one request is taken for that to another: %v", accept, err)
		}
		other = *req
		other.Frame = nil
		if _, err := open(w, &other, got); !errors.Is(err, wire.ErrBadSignature) {
			t.Errorf("%s: the answer to a frame is taken for that to none: %v", accept, err)
		}
	}
	req.Nonce = nil
	if got := d.ask(req, "zstd"); got.header.Get(wire.SignatureHeader) != "" || got.status != http.StatusOK {
		t.Errorf("a client of before: %d, signature %q", got.status, got.header.Get(wire.SignatureHeader))
	}
	req.Nonce = []byte("short")
	w.wantRefusal(d.ask(req, "zstd"), wire.CodeBadRequest)
}

func TestAllStreamsOfADeviceAreTold(t *testing.T) {
	w := newWorld(t)
	d, other := w.newDev(1, "window-1", "clerk"), w.newDev(2, "window-1", "clerk")
	other.appendPlate("window-1", "冀F20001", "2020-12-15T10:00:00+08:00")
	other.push(0, 1)
	want := map[string]wire.Hash{}
	for i, epoch := range []string{"aaaaaaaa", "zzzzzzzz", "mmmmmmmm", "bbbbbbbb", "cccccccc", "dddddddd"} {
		d.stream.Epoch, d.lines, d.hashes = epoch, nil, nil
		for range i + 1 {
			d.appendPlate("window-1", "冀F10001", "2020-12-15T10:00:00+08:00")
		}
		d.push(0, i+1)
		want[epoch] = d.head(i + 1)
	}
	d.stream.Epoch = "nnnnnnnn" // a new stream, unknown to the server
	want["nnnnnnnn"] = wire.Hash{}
	a := d.answer(d.ask(&wire.Request{Stream: d.stream, Streams: true}, "zstd"))
	if len(a.Streams) != len(want) {
		t.Fatalf("told of %d streams, the device has %d", len(a.Streams), len(want))
	}
	for _, s := range a.Streams {
		head, known := want[s.Epoch]
		delete(want, s.Epoch)
		if !known || (head != wire.Hash{}) != slices.ContainsFunc(s.Ranges, func(r wire.Range) bool { return r.First == 1 && r.Head == head }) {
			t.Errorf("%+v", s)
		}
	}
	if a := d.answer(d.ask(&wire.Request{Stream: d.stream}, "zstd")); a.Streams != nil {
		t.Errorf("told unasked: %+v", a.Streams)
	}
}
