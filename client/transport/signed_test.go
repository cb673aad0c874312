package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"roadbook/sync/wire"
)

// changingProxy is a proxy before a server; change may change the answers.
func changingProxy(t *testing.T, server string, change func(*http.Response)) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, server+r.URL.Path, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = r.Header
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		if r.URL.Path == "/v1/sync" {
			change(resp)
		}
		for name := range resp.Header {
			w.Header().Set(name, resp.Header.Get(name))
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// Whatever a proxy changes in a signed answer, nothing of the answer is accepted.
func TestForgedAnswersAreRefused(t *testing.T) {
	fake, server := start(t)
	var earlier struct {
		body      []byte
		signature string
	}
	for _, c := range []struct {
		name   string
		change func(*http.Response)
		want   error
	}{
		{"nothing is changed", func(r *http.Response) {
			body, _ := io.ReadAll(r.Body)
			earlier.body, earlier.signature = body, r.Header.Get(wire.SignatureHeader)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}, nil},
		{"the head is dropped", func(r *http.Response) { r.Header.Del(wire.SignatureHeader) }, wire.ErrUnsigned},
		{"the answer to an earlier request", func(r *http.Response) {
			r.Body = io.NopCloser(bytes.NewReader(earlier.body))
			r.Header.Set(wire.SignatureHeader, earlier.signature)
		}, wire.ErrBadSignature},
		{"the answer to an earlier request under this signature", func(r *http.Response) {
			r.Body = io.NopCloser(bytes.NewReader(earlier.body))
		}, wire.ErrBadSignature},
		{"another server's word", func(r *http.Response) {
			r.Header.Set(wire.SignatureHeader, "bm90IHRoaXMgc2VydmVy")
		}, wire.ErrBadSignature},
		{"no base 64", func(r *http.Response) { r.Header.Set(wire.SignatureHeader, "?") }, wire.ErrBadSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := enrolled(t, changingProxy(t, server, c.change))
			client.trust.Signs = true
			token, err := client.Token(ctx)
			if err != nil {
				t.Fatal(err)
			}
			fake.Now++
			req := request(`{"a":1}`)
			req.Nonce = bytes.Repeat([]byte{byte(fake.Now)}, wire.NonceLen)
			ans, err := client.Sync(ctx, token, req)
			if !errors.Is(err, c.want) || (c.want != nil) != errors.Is(err, ErrUnreachable) || (ans != nil) != (c.want == nil) {
				t.Errorf("%v %v, want %v", ans, err, c.want)
			}
		})
	}
}

func TestUnsignedAnswersAreBelievedUntilASignedOne(t *testing.T) {
	fake, url := start(t)
	client := enrolled(t, url)
	send := func() error {
		t.Helper()
		token, err := client.Token(ctx)
		if err != nil {
			t.Fatal(err)
		}
		req := request(`{"a":1}`)
		req.Nonce = make([]byte, wire.NonceLen)
		_, err = client.Sync(ctx, token, req)
		return err
	}
	fake.Unsigned = true
	if err := send(); err != nil {
		t.Error(err)
	}
	fake.Unsigned = false
	if err := send(); err != nil {
		t.Error(err)
	}
	fake.Unsigned = true
	if err := send(); !errors.Is(err, wire.ErrUnsigned) {
		t.Error(err)
	}
}
