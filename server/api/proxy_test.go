package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// triesUntilLimited signs in with a wrong password until the limiter refuses, and returns the number of checked
// tries.
func (w *world) triesUntilLimited(from string) int {
	w.t.Helper()
	for n := range 50 {
		r := w.ask(http.MethodPost, "/v1/signin", "", []byte(`{"user":"nobody","password":"wrong password"}`),
			"X-Forwarded-For", from, "Content-Type", "application/json")
		if r.status != http.StatusUnauthorized && r.status != http.StatusForbidden {
			return n
		}
	}
	return 50
}

func withTrustedProxies(prefixes ...string) func(*Config) {
	return func(c *Config) {
		for _, p := range prefixes {
			c.TrustProxies = append(c.TrustProxies, netip.MustParsePrefix(p))
		}
	}
}

// A user has six tries from one address (auth's personTries); behind a proxy the client's address counts.
func TestForwardedAddressIsTheOneCounted(t *testing.T) {
	w := newWorld(t, withTrustedProxies("127.0.0.0/8"))
	if n := w.triesUntilLimited("203.0.113.7"); n != 6 {
		t.Errorf("%d tries from the first client, want 6", n)
	}
	if n := w.triesUntilLimited("203.0.113.8"); n != 6 {
		t.Errorf("%d tries from the second client behind the same proxy, want 6", n)
	}
	for _, forged := range []string{"198.51.100.1, 203.0.113.7", "198.51.100.2,203.0.113.7, 127.0.0.9", "nonsense, ::ffff:203.0.113.7"} {
		if n := w.triesUntilLimited(forged); n != 0 {
			t.Errorf("%s: %d tries: what the client wrote before the proxy's word was believed", forged, n)
		}
	}
}

// Without a trusted proxy the header is ignored: every client can invent one.
func TestForwardedAddressOfStrangersIsIgnored(t *testing.T) {
	for _, change := range []func(*Config){withTrustedProxies(), withTrustedProxies("192.0.2.0/24")} {
		w := newWorld(t, change)
		if n := w.triesUntilLimited("203.0.113.7"); n != 6 {
			t.Errorf("%d tries, want 6", n)
		}
		if n := w.triesUntilLimited("203.0.113.8"); n != 0 {
			t.Errorf("%d tries under another invented address, want none", n)
		}
	}
}

// Several header lines form one list.
func TestForwardedLinesAreOneList(t *testing.T) {
	w := newWorld(t, withTrustedProxies("127.0.0.0/8"))
	if n := w.triesUntilLimited("203.0.113.7"); n != 6 {
		t.Fatalf("%d tries, want 6", n)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/signin",
		strings.NewReader(`{"user":"nobody","password":"wrong password"}`))
	w.must(err)
	req.Header["X-Forwarded-For"] = []string{"198.51.100.1", "203.0.113.7"}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	w.must(resp.Body.Close())
	if resp.StatusCode == http.StatusUnauthorized {
		t.Error("the first line was taken: the client wrote it")
	}
}
