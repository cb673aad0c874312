package auth

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// assertionClaims returns the claims of a valid assertion of the device, with the nonce n.
func assertionClaims(key ed25519.PrivateKey, n *wire.Nonce) jwt.MapClaims {
	id := wire.DeviceID(public(key))
	return jwt.MapClaims{
		"iss": id, "sub": id, "aud": wire.AssertionAudience, "jti": n.Nonce,
		"iat": n.ServerTime / 1000, "exp": n.ServerTime/1000 + 60,
	}
}

func mustSign(t *testing.T, key ed25519.PrivateKey, c jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustNonce(t *testing.T, a *Auth) *wire.Nonce {
	t.Helper()
	n, err := a.NewNonce()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func grant(assertion string) wire.TokenRequest {
	return wire.TokenRequest{GrantType: wire.GrantType, Assertion: assertion}
}

func mustToken(t *testing.T, a *Auth, key ed25519.PrivateKey) *wire.Token {
	t.Helper()
	tok, err := a.Issue(t.Context(), grant(mustSign(t, key, assertionClaims(key, mustNonce(t, a)))))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func withClaim(c jwt.MapClaims, name string, v any) jwt.MapClaims {
	if v == nil {
		delete(c, name)
	} else {
		c[name] = v
	}
	return c
}

func TestAssertionTable(t *testing.T) {
	mine, theirs := deviceKey(1), deviceKey(2)
	type world struct {
		a *Auth
		w *manualClock
		n *wire.Nonce
	}
	right := func(x world) jwt.MapClaims { return assertionClaims(mine, x.n) }
	tests := []struct {
		name string
		make func(t *testing.T, x world) string
		want string
	}{
		{"right", func(t *testing.T, x world) string { return mustSign(t, mine, right(x)) }, ""},
		{"device clock at 1970, times from the nonce", func(t *testing.T, x world) string {
			return mustSign(t, mine, withClaim(right(x), "iat", int64(0)))
		}, ""},
		{"device clock at 1970, its own expiry", func(t *testing.T, x world) string {
			return mustSign(t, mine, withClaim(right(x), "exp", int64(60)))
		}, wire.CodeBadAssertion},
		{"no expiry", func(t *testing.T, x world) string { return mustSign(t, mine, withClaim(right(x), "exp", nil)) }, wire.CodeBadAssertion},
		{"no nonce", func(t *testing.T, x world) string { return mustSign(t, mine, withClaim(right(x), "jti", nil)) }, wire.CodeBadAssertion},
		{"nonce made up", func(t *testing.T, x world) string {
			return mustSign(t, mine, withClaim(right(x), "jti", base64.RawURLEncoding.EncodeToString(make([]byte, 40))))
		}, wire.CodeBadAssertion},
		{"nonce too old", func(t *testing.T, x world) string {
			x.w.move(nonceLife + time.Second)
			return mustSign(t, mine, withClaim(right(x), "exp", x.w.now().Unix()+60))
		}, wire.CodeBadAssertion},
		{"nonce still good", func(t *testing.T, x world) string {
			x.w.move(nonceLife)
			return mustSign(t, mine, withClaim(right(x), "exp", x.w.now().Unix()+60))
		}, ""},
		{"other device's key", func(t *testing.T, x world) string { return mustSign(t, theirs, right(x)) }, wire.CodeBadAssertion},
		{"for another server", func(t *testing.T, x world) string {
			return mustSign(t, mine, withClaim(right(x), "aud", "0000000000"))
		}, wire.CodeBadAssertion},
		{"no audience", func(t *testing.T, x world) string { return mustSign(t, mine, withClaim(right(x), "aud", nil)) }, wire.CodeBadAssertion},
		{"issuer is not the subject", func(t *testing.T, x world) string {
			return mustSign(t, mine, withClaim(right(x), "iss", wire.DeviceID(public(theirs))))
		}, wire.CodeBadAssertion},
		{"alg none", func(t *testing.T, x world) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodNone, right(x)).SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeBadAssertion},
		{"HS256 with the public key as secret", func(t *testing.T, x world) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, right(x)).SignedString([]byte(public(mine)))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeBadAssertion},
		{"cut off", func(t *testing.T, x world) string { s := mustSign(t, mine, right(x)); return s[:len(s)-5] }, wire.CodeBadAssertion},
		{"no token at all", func(*testing.T, world) string { return "……" }, wire.CodeBadAssertion},
		{"too long", func(*testing.T, world) string { return strings.Repeat("a", maxToken+1) }, wire.CodeBadRequest},
		{"unknown device", func(t *testing.T, x world) string { return mustSign(t, theirs, assertionClaims(theirs, x.n)) }, wire.CodeUnknownDevice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, w := start(t)
			mustEnroll(t, a, mine)
			text := tt.make(t, world{a, w, mustNonce(t, a)})
			tok, err := a.Issue(t.Context(), grant(text))
			wantCode(t, err, tt.want)
			if err != nil {
				return
			}
			p, err := a.Verify(t.Context(), tok.AccessToken)
			wantCode(t, err, "")
			if p.Device == nil || p.Device.ID != wire.DeviceID(public(mine)) || p.Role != RoleOfficer || p.Deposit || p.User != "" {
				t.Fatalf("token of %+v", p)
			}
		})
	}
}

func TestNonceServesOnce(t *testing.T) {
	a, reg, w := start(t)
	key := deviceKey(1)
	mustEnroll(t, a, key)
	assertion := mustSign(t, key, assertionClaims(key, mustNonce(t, a)))
	_, err := a.Issue(t.Context(), grant(assertion))
	wantCode(t, err, "")
	_, err = a.Issue(t.Context(), grant(assertion))
	wantCode(t, err, wire.CodeBadAssertion)
	_, err = open(t, reg, w, 9).Issue(t.Context(), grant(assertion)) // another server on the same store
	wantCode(t, err, wire.CodeBadAssertion)
}

func TestRefusedAssertionLeavesTheNonce(t *testing.T) {
	a, _, _ := start(t)
	key := deviceKey(1)
	mustEnroll(t, a, key)
	n := mustNonce(t, a)
	_, err := a.Issue(t.Context(), grant(mustSign(t, deviceKey(2), assertionClaims(key, n))))
	wantCode(t, err, wire.CodeBadAssertion)
	_, err = a.Issue(t.Context(), grant(mustSign(t, key, assertionClaims(key, n))))
	wantCode(t, err, "")
}

func TestAccessTokenTable(t *testing.T) {
	key := deviceKey(1)
	tests := []struct {
		name string
		make func(t *testing.T, a *Auth, w *manualClock) string
		want string
	}{
		{"right", func(t *testing.T, a *Auth, _ *manualClock) string { return mustToken(t, a, key).AccessToken }, ""},
		{"a second before its end", func(t *testing.T, a *Auth, w *manualClock) string {
			text := mustToken(t, a, key).AccessToken
			w.move(AccessLife - time.Second)
			return text
		}, ""},
		{"expired", func(t *testing.T, a *Auth, w *manualClock) string {
			text := mustToken(t, a, key).AccessToken
			w.move(AccessLife)
			return text
		}, wire.CodeUnauthorized},
		{"of another server", func(t *testing.T, _ *Auth, w *manualClock) string {
			other := open(t, &memoryRegistry{m: map[string]store.Entry{}}, w, 7)
			mustEnroll(t, other, key)
			return mustToken(t, other, key).AccessToken
		}, wire.CodeUnauthorized},
		{"its certificate", func(t *testing.T, a *Auth, _ *manualClock) string { return mustEnroll(t, a, deviceKey(3)).Certificate }, wire.CodeUnauthorized},
		{"signed by the device itself", func(t *testing.T, _ *Auth, w *manualClock) string {
			return mustSign(t, key, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": wire.DeviceID(public(key)), "aud": audAccess, "kind": "user", "role": RoleAdmin,
				"exp": w.now().Unix() + 60,
			})
		}, wire.CodeUnauthorized},
		{"alg none", func(t *testing.T, a *Auth, w *manualClock) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": "admin", "aud": audAccess, "kind": "user", "role": RoleAdmin, "exp": w.now().Unix() + 60,
			}).SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeUnauthorized},
		{"HS256 with the server's public key", func(t *testing.T, a *Auth, w *manualClock) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": "admin", "aud": audAccess, "kind": "user", "role": RoleAdmin, "exp": w.now().Unix() + 60,
			}).SignedString([]byte(a.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeUnauthorized},
		{"nothing", func(*testing.T, *Auth, *manualClock) string { return "" }, wire.CodeUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, w := start(t)
			mustEnroll(t, a, key)
			_, err := a.Verify(t.Context(), tt.make(t, a, w))
			wantCode(t, err, tt.want)
		})
	}
}
