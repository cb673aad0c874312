package transport

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roadbook/client/syncer"
	"roadbook/client/syncer/fakeserver"
	"roadbook/sync/wire"
)

var ctx = context.Background()

var key = ed25519.NewKeyFromSeed([]byte("a device's seed for the tests 32"))

func public() ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func start(t *testing.T) (*fakeserver.HTTP, string) {
	t.Helper()
	fake := fakeserver.NewHTTP("window-1/clerk")
	web := httptest.NewServer(fake)
	t.Cleanup(web.Close)
	return fake, web.URL
}

func enrolled(t *testing.T, url string) *Client {
	t.Helper()
	e, err := New(url, nil, nil).Enroll(ctx, wire.EnrollRequest{PublicKey: public(), Code: "window-1/clerk"})
	if err != nil {
		t.Fatal(err)
	}
	return New(url+"/", &Identity{Device: e.Device, Key: key, Certificate: e.Certificate, Trust: wire.Trust{Server: e.ServerKey}}, nil)
}

func request(lines ...string) *wire.Request {
	stream := wire.StreamID{Device: wire.DeviceID(public()), Epoch: "00000000"}
	req := &wire.Request{Stream: stream}
	if len(lines) > 0 {
		raw := make([][]byte, len(lines))
		for i := range lines {
			raw[i] = []byte(lines[i])
		}
		req.Frame = wire.NewFrame(stream, 1, wire.Genesis(stream), raw)
		wire.SignFrame(key, req.Frame)
	}
	return req
}

func TestEnrollTokenSync(t *testing.T) {
	fake, url := start(t)
	c := enrolled(t, url)
	fake.Now = 4102444800000 // 2100: the server's clock counts, whatever the device's clock shows
	token, err := c.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ans, err := c.Sync(ctx, token, request(`{"a":1}`, `{"b":2}`))
	if err != nil || len(ans.Results) != 2 || ans.Results[1].Status != wire.Created || ans.ServerTime != fake.Now {
		t.Fatalf("%+v %v", ans, err)
	}
	if len(fake.Lines()) != 2 {
		t.Errorf("lines %v", fake.Lines())
	}
}

func TestRestoredServerGetsTheCertificate(t *testing.T) {
	fake, url := start(t)
	c := enrolled(t, url)
	fake.Forget()
	token, err := c.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sync(ctx, token, request()); err != nil {
		t.Error(err)
	}
	fake.Forget()
	c.identity.Certificate = ""
	var e *wire.Error
	if _, err := c.Token(ctx); !errors.As(err, &e) || e.Code != wire.CodeUnknownDevice {
		t.Error(err)
	}
}

func TestRefusalsKeepCodeAndRetryAfter(t *testing.T) {
	_, url := start(t)
	_, err := New(url, nil, nil).Enroll(ctx, wire.EnrollRequest{PublicKey: public(), Code: "guess"})
	var r *syncer.Refusal
	if !errors.As(err, &r) || r.Reason.Code != wire.CodeBadCode || r.Reason.Retryable || r.HTTP != 400 {
		t.Errorf("%v", err)
	}
	if _, err := New(url, nil, nil).Token(ctx); !errors.Is(err, ErrNoIdentity) {
		t.Error(err)
	}
	_, err = New(url, nil, nil).Sync(ctx, "stale", request())
	if !errors.As(err, &r) || r.HTTP != http.StatusUnauthorized || !r.Reason.Retryable {
		t.Errorf("%v", err)
	}
}

func TestInvalidAnswersAreUnreachable(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a portal's page":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>sign in")) },
		"an empty body":    func(http.ResponseWriter, *http.Request) {},
		"another version":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"v":9}`)) },
		"a cut connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an answer without end": func(w http.ResponseWriter, _ *http.Request) {
			for range maxAnswer/(1<<20) + 2 {
				w.Write(make([]byte, 1<<20))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(handler)
			defer web.Close()
			if _, err := New(web.URL, nil, nil).Sync(ctx, "t", request(`{}`)); !errors.Is(err, ErrUnreachable) {
				t.Errorf("%v", err)
			}
		})
	}
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	if _, err := New(web.URL, nil, nil).Sync(ctx, "t", request()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestProxyErrorIsRetryable(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer web.Close()
	_, err := New(web.URL, nil, nil).Sync(ctx, "t", request())
	var r *syncer.Refusal
	if !errors.As(err, &r) || !r.Reason.Retryable || r.RetryAfter != 17*time.Second || r.Reason.Code != "http_502" {
		t.Errorf("%+v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "90": 90 * time.Second, "-1": 0, "Wed, 21 Oct 2020 07:28:00 GMT": 0, "999999999": time.Hour,
	} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestRefusedCompressionFallsBackToPlain(t *testing.T) {
	var seen []string
	fake, _ := start(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/sync" {
			if seen = append(seen, r.Header.Get("Content-Encoding")); len(seen) == 1 {
				w.WriteHeader(http.StatusUnsupportedMediaType)
				w.Write([]byte(`{"code":"bad_encoding","retryable":false,"message":{"zh":"-","en":"-"}}`))
				return
			}
		}
		fake.ServeHTTP(w, r)
	}))
	defer web.Close()
	c := enrolled(t, web.URL)
	token, err := c.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Sync(ctx, token, request(`{"a":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(seen, " ") != "zstd identity identity" {
		t.Errorf("sent as %v", seen)
	}
}
