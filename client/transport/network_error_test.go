package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roadbook/client/syncer"
	"roadbook/sync/wire"
)

// callEveryPath calls each path of the protocol and returns the errors by path.
func callEveryPath(t *testing.T, url string, hc *http.Client) map[string]error {
	t.Helper()
	c := New(url, &Identity{Device: wire.DeviceID(public()), Key: key}, hc)
	_, enrollErr := c.Enroll(ctx, wire.EnrollRequest{PublicKey: public(), Code: "c"})
	_, tokenErr := c.Token(ctx)
	_, syncErr := c.Sync(ctx, "t", request(`{}`))
	return map[string]error{"enroll": enrollErr, "token": tokenErr, "sync": syncErr}
}

func wantNetworkError(t *testing.T, path string, err error, code string, words ...string) {
	t.Helper()
	trouble, ok := errors.AsType[*NetworkError](err)
	if !ok || trouble.Code != code || !errors.Is(err, ErrUnreachable) {
		t.Errorf("%s: %v, want %s", path, err, code)
		return
	}
	for _, word := range words {
		if !strings.Contains(trouble.Text.ZH, word) || !strings.Contains(trouble.Text.EN, word) {
			t.Errorf("%s: %q does not stand in %q and %q", path, word, trouble.Text.ZH, trouble.Text.EN)
		}
	}
	if strings.ContainsAny(trouble.Text.ZH, "\x1b\n") {
		t.Errorf("%s: %q", path, trouble.Text.ZH)
	}
}

// TestForeignAnswersAreNetworkErrors: on every path, an answer outside the protocol is a NetworkError with its code.
func TestForeignAnswersAreNetworkErrors(t *testing.T) {
	page := "<!DOCTYPE html><html>please sign in to this network"
	for name, c := range map[string]struct {
		code string
		h    http.HandlerFunc
	}{
		"a portal's page": {"portal", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) }},
		"a page of a kind": {"portal", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=gbk")
			w.Write([]byte{0xc4, 0xe3, 0xba, 0xc3})
		}},
		"204":           {"empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		"an empty body": {"empty", func(http.ResponseWriter, *http.Request) {}},
		"{}":            {"stranger", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }},
		"another's JSON": {"stranger", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"v":"x","nonce":1,"access_token":2,"device":3}`)
		}},
		"half an answer": {"cut", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"v":1,"nonce":"a`) }},
		"fewer bytes than said": {"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"v":1`)
			panic(http.ErrAbortHandler)
		}},
		"no byte": {"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewUnstartedServer(c.h)
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			web.Start()
			defer web.Close()
			for path, err := range callEveryPath(t, web.URL, nil) {
				wantNetworkError(t, path, err, c.code)
			}
		})
	}
}

// TestHalfAnAnswerPacked cuts the real encoder's output at every byte.
func TestHalfAnAnswerPacked(t *testing.T) {
	for _, enc := range []wire.Encoding{wire.Zstd, wire.Gzip} {
		whole, err := wire.EncodeAnswer(&wire.Answer{V: wire.Version, ServerEpoch: "e1", ServerTime: 1, Limits: wire.DefaultLimits}, enc)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n < len(whole); n++ {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", string(enc))
				w.Header().Set("Content-Type", "application/json")
				w.Write(whole[:n])
			}))
			_, err := New(web.URL, nil, nil).Sync(ctx, "t", request())
			trouble, ok := errors.AsType[*NetworkError](err)
			if !ok || (trouble.Code != "cut" && trouble.Code != "stranger") || (n > 20 && n < len(whole)-20 && trouble.Code != "cut") {
				t.Errorf("%s, %d of %d bytes: %v", enc, n, len(whole), err)
			}
			web.Close()
		}
	}
}

// TestARedirectIsNamedAndNotFollowed: neither signatures nor codes are sent to a redirect's target.
func TestARedirectIsNamedAndNotFollowed(t *testing.T) {
	followed := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed++ }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/login?session=secret", status)
		}))
		for path, err := range callEveryPath(t, web.URL, nil) {
			wantNetworkError(t, path, err, "redirect", elsewhere.URL+"/login")
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", path, err)
			}
		}
		web.Close()
	}
	if followed != 0 {
		t.Errorf("%d requests went elsewhere", followed)
	}
	for to, words := range map[string][]string{
		"https://127.0.0.1:8443/": {"--server https://127.0.0.1:8443"},
		"":                        nil,
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if to != "" {
				w.Header().Set("Location", to)
			}
			w.WriteHeader(http.StatusFound)
		}))
		for path, err := range callEveryPath(t, web.URL, nil) {
			wantNetworkError(t, path, err, "redirect", words...)
		}
		web.Close()
	}
}

// serveCertificate starts a server with a certificate for a name, valid from and until; pool has the issuing authority.
func serveCertificate(t *testing.T, name string, from, until time.Time) (url string, pool *x509.CertPool) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "county CA"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: k}}}
	web.StartTLS()
	t.Cleanup(web.Close)
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(c)
	return web.URL, pool
}

// TestCertificateErrors: the error names the certificate's fault, and both times for a wrong time.
func TestCertificateErrors(t *testing.T) {
	now := time.Now()
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		host        string
		from, until time.Time
		unknown     bool
		code        string
		words       []string
	}{
		"good":              {host: "127.0.0.1", from: now.Add(-year), until: now.Add(year), code: "stranger"},
		"not yet valid":     {host: "127.0.0.1", from: now.Add(year), until: now.Add(2 * year), code: "clock", words: []string{formatMinute(now)[:10], formatMinute(now.Add(year))}},
		"ran out":           {host: "127.0.0.1", from: now.Add(-2 * year), until: now.Add(-year), code: "clock", words: []string{formatMinute(now)[:10], formatMinute(now.Add(-year))}},
		"another's name":    {host: "hq.test", from: now.Add(-year), until: now.Add(year), code: "certificate", words: []string{"hq.test", "127.0.0.1"}},
		"unknown authority": {host: "127.0.0.1", from: now.Add(-year), until: now.Add(year), unknown: true, code: "certificate", words: []string{"county CA"}},
	} {
		t.Run(name, func(t *testing.T) {
			url, pool := serveCertificate(t, c.host, c.from, c.until)
			if c.unknown {
				pool = x509.NewCertPool()
			}
			hc := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
			for path, err := range callEveryPath(t, url, hc) {
				wantNetworkError(t, path, err, c.code, c.words...)
			}
		})
	}
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	_, err := New(strings.Replace(web.URL, "http:", "https:", 1), nil, nil).Sync(ctx, "t", request())
	wantNetworkError(t, "no TLS there", err, "tls", "https://", "http://")
}

// TestOnlyProtocolRefusalsAreFinal: only a refusal in the protocol's form, with a known code, is final.
func TestOnlyProtocolRefusalsAreFinal(t *testing.T) {
	for body, want := range map[string]struct {
		code  string
		again bool
	}{
		`{"code":"forbidden","retryable":false,"message":{"zh":"没有权限","en":"not allowed"}}`: {"forbidden", false},
		`{"code":"of_tomorrow","retryable":false,"message":{"zh":"新","en":"new"}}`:          {"of_tomorrow", true},
		`{"code":"forbidden"}`: {"http_403", true},
		`{"code":403}`:         {"http_403", true},
		`<html>`:               {"http_403", true},
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			io.Copy(w, bytes.NewReader([]byte(body)))
		}))
		_, err := New(web.URL, nil, nil).Sync(ctx, "t", request())
		r, ok := errors.AsType[*syncer.Refusal](err)
		if !ok || r.Reason.Code != want.code || r.Reason.Retryable != want.again {
			t.Errorf("%s: %v", body, err)
		}
		web.Close()
	}
}
