package auth

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// claims of a right assertion of the device, over n.
func claims(key ed25519.PrivateKey, n *wire.Nonce) jwt.MapClaims {
	id := wire.DeviceID(public(key))
	return jwt.MapClaims{
		"iss": id, "sub": id, "aud": wire.AssertionAudience, "jti": n.Nonce,
		"iat": n.ServerTime / 1000, "exp": n.ServerTime/1000 + 60,
	}
}

func signed(t *testing.T, key ed25519.PrivateKey, c jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func nonce(t *testing.T, a *Auth) *wire.Nonce {
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

func token(t *testing.T, a *Auth, key ed25519.PrivateKey) *wire.Token {
	t.Helper()
	tok, err := a.Issue(t.Context(), grant(signed(t, key, claims(key, nonce(t, a)))))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func with(c jwt.MapClaims, name string, v any) jwt.MapClaims {
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
		w *watch
		n *wire.Nonce
	}
	right := func(x world) jwt.MapClaims { return claims(mine, x.n) }
	tests := []struct {
		name string
		make func(t *testing.T, x world) string
		want string
	}{
		{"right", func(t *testing.T, x world) string { return signed(t, mine, right(x)) }, ""},
		{"device clock at 1970, times from the nonce", func(t *testing.T, x world) string {
			return signed(t, mine, with(right(x), "iat", int64(0)))
		}, ""},
		{"device clock at 1970, its own expiry", func(t *testing.T, x world) string {
			return signed(t, mine, with(right(x), "exp", int64(60)))
		}, wire.CodeBadAssertion},
		{"no expiry", func(t *testing.T, x world) string { return signed(t, mine, with(right(x), "exp", nil)) }, wire.CodeBadAssertion},
		{"no nonce", func(t *testing.T, x world) string { return signed(t, mine, with(right(x), "jti", nil)) }, wire.CodeBadAssertion},
		{"nonce made up", func(t *testing.T, x world) string {
			return signed(t, mine, with(right(x), "jti", base64.RawURLEncoding.EncodeToString(make([]byte, 40))))
		}, wire.CodeBadAssertion},
		{"nonce too old", func(t *testing.T, x world) string {
			x.w.move(nonceLife + time.Second)
			return signed(t, mine, with(right(x), "exp", x.w.now().Unix()+60))
		}, wire.CodeBadAssertion},
		{"nonce still good", func(t *testing.T, x world) string {
			x.w.move(nonceLife)
			return signed(t, mine, with(right(x), "exp", x.w.now().Unix()+60))
		}, ""},
		{"other device's key", func(t *testing.T, x world) string { return signed(t, theirs, right(x)) }, wire.CodeBadAssertion},
		{"for another server", func(t *testing.T, x world) string {
			return signed(t, mine, with(right(x), "aud", "0000000000"))
		}, wire.CodeBadAssertion},
		{"no audience", func(t *testing.T, x world) string { return signed(t, mine, with(right(x), "aud", nil)) }, wire.CodeBadAssertion},
		{"issuer is not the subject", func(t *testing.T, x world) string {
			return signed(t, mine, with(right(x), "iss", wire.DeviceID(public(theirs))))
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
		{"cut off", func(t *testing.T, x world) string { s := signed(t, mine, right(x)); return s[:len(s)-5] }, wire.CodeBadAssertion},
		{"no token at all", func(*testing.T, world) string { return "……" }, wire.CodeBadAssertion},
		{"too long", func(*testing.T, world) string { return strings.Repeat("a", maxToken+1) }, wire.CodeBadRequest},
		{"unknown device", func(t *testing.T, x world) string { return signed(t, theirs, claims(theirs, x.n)) }, wire.CodeUnknownDevice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, w := start(t)
			enrol(t, a, mine)
			text := tt.make(t, world{a, w, nonce(t, a)})
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
	enrol(t, a, key)
	assertion := signed(t, key, claims(key, nonce(t, a)))
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
	enrol(t, a, key)
	n := nonce(t, a)
	_, err := a.Issue(t.Context(), grant(signed(t, deviceKey(2), claims(key, n))))
	wantCode(t, err, wire.CodeBadAssertion)
	_, err = a.Issue(t.Context(), grant(signed(t, key, claims(key, n))))
	wantCode(t, err, "")
}

func TestAccessTokenTable(t *testing.T) {
	key := deviceKey(1)
	tests := []struct {
		name string
		make func(t *testing.T, a *Auth, w *watch) string
		want string
	}{
		{"right", func(t *testing.T, a *Auth, _ *watch) string { return token(t, a, key).AccessToken }, ""},
		{"a second before its end", func(t *testing.T, a *Auth, w *watch) string {
			text := token(t, a, key).AccessToken
			w.move(AccessLife - time.Second)
			return text
		}, ""},
		{"expired", func(t *testing.T, a *Auth, w *watch) string {
			text := token(t, a, key).AccessToken
			w.move(AccessLife)
			return text
		}, wire.CodeUnauthorized},
		{"of another server", func(t *testing.T, _ *Auth, w *watch) string {
			other := open(t, &memory{m: map[string]store.Entry{}}, w, 7)
			enrol(t, other, key)
			return token(t, other, key).AccessToken
		}, wire.CodeUnauthorized},
		{"its certificate", func(t *testing.T, a *Auth, _ *watch) string { return enrol(t, a, deviceKey(3)).Certificate }, wire.CodeUnauthorized},
		{"signed by the device itself", func(t *testing.T, _ *Auth, w *watch) string {
			return signed(t, key, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": wire.DeviceID(public(key)), "aud": audAccess, "kind": "user", "role": RoleAdmin,
				"exp": w.now().Unix() + 60,
			})
		}, wire.CodeUnauthorized},
		{"alg none", func(t *testing.T, a *Auth, w *watch) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": "admin", "aud": audAccess, "kind": "user", "role": RoleAdmin, "exp": w.now().Unix() + 60,
			}).SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeUnauthorized},
		{"HS256 with the server's public key", func(t *testing.T, a *Auth, w *watch) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
				"iss": wire.AssertionAudience, "sub": "admin", "aud": audAccess, "kind": "user", "role": RoleAdmin, "exp": w.now().Unix() + 60,
			}).SignedString([]byte(a.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, wire.CodeUnauthorized},
		{"nothing", func(*testing.T, *Auth, *watch) string { return "" }, wire.CodeUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, w := start(t)
			enrol(t, a, key)
			_, err := a.Verify(t.Context(), tt.make(t, a, w))
			wantCode(t, err, tt.want)
		})
	}
}

func TestRevokedDeviceDeposits(t *testing.T) {
	a, _, _ := start(t)
	key := deviceKey(1)
	e := enrol(t, a, key)
	before := token(t, a, key)
	if _, err := a.Revoke(t.Context(), e.Device, "chief"); err != nil {
		t.Fatal(err)
	}
	after := token(t, a, key)
	for _, text := range []string{before.AccessToken, after.AccessToken} {
		p, err := a.Verify(t.Context(), text)
		if err != nil || !p.Deposit {
			t.Fatalf("a revoked device's token gives %+v, %v", p, err)
		}
	}
	_, err := a.Enrol(t.Context(), "here", asking(newCode(t, a), key))
	wantCode(t, err, wire.CodeBadKey) // not by the back door either
}

// A device enrolled and was revoked after the backup: HQ revokes it again before it comes back, by whichever way.
func TestRevokedUnseen(t *testing.T) {
	for name, comeBack := range map[string]func(*Auth, *wire.Enrolled) error{
		"token": func(a *Auth, e *wire.Enrolled) error {
			g := grant(signed(t, deviceKey(1), claims(deviceKey(1), nonce(t, a))))
			g.Certificate = e.Certificate
			_, err := a.Issue(t.Context(), g)
			return err
		},
		"enrolment": func(a *Auth, e *wire.Enrolled) error {
			_, err := a.Enrol(t.Context(), "here", wire.EnrollRequest{PublicKey: public(deviceKey(1)), Certificate: e.Certificate})
			return err
		},
		"bundle": func(a *Auth, e *wire.Enrolled) error {
			_, err := a.ByCertificate(t.Context(), e.Certificate)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, reg, w := start(t)
			e := enrol(t, a, deviceKey(1))
			delete(reg.m, bucketDevice+"/"+e.Device)
			a = open(t, reg, w, 5)
			if _, err := a.Revoke(t.Context(), e.Device, "chief"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("revoking who is not known: %v", err)
			}
			_, err := a.RevokeUnseen(t.Context(), "nobody's", "chief")
			wantCode(t, err, wire.CodeBadRequest)
			if _, err := a.RevokeUnseen(t.Context(), e.Device, "chief"); err != nil {
				t.Fatal(err)
			}
			if keys, err := a.StreamKeys(t.Context()); err != nil || len(keys) != 0 {
				t.Errorf("keys of who is not here: %v, %v", keys, err)
			}
			_, err = a.Enrol(t.Context(), "here", asking(newCode(t, a), deviceKey(1)))
			wantCode(t, err, wire.CodeBadKey)
			if err := comeBack(a, e); err != nil {
				t.Fatal(err)
			}
			ds, err := a.Devices(t.Context())
			if err != nil || len(ds) != 1 || ds[0].Revoked == 0 || ds[0].By != "chief" || ds[0].Unit != e.Unit || !bytes.Equal(ds[0].Key, public(deviceKey(1))) {
				t.Errorf("back as %+v, %v", ds, err)
			}
			if p, err := a.Verify(t.Context(), token(t, a, deviceKey(1)).AccessToken); err != nil || !p.Deposit {
				t.Errorf("its token gives %+v, %v", p, err)
			}
		})
	}
}

func TestRestoredServerTakesDevicesBack(t *testing.T) {
	a, reg, w := start(t)
	key := deviceKey(1)
	e := enrol(t, a, key)
	old := token(t, a, key)
	delete(reg.m, bucketDevice+"/"+e.Device) // restored from a backup older than the enrolment
	a = open(t, reg, w, 5)
	_, err := a.Verify(t.Context(), old.AccessToken)
	wantCode(t, err, wire.CodeUnauthorized)

	ask := func(signer ed25519.PrivateKey, certificate string) error {
		g := grant(signed(t, signer, claims(key, nonce(t, a))))
		g.Certificate = certificate
		_, err := a.Issue(t.Context(), g)
		return err
	}
	other := open(t, &memory{m: map[string]store.Entry{}}, w, 7)
	wantCode(t, ask(key, ""), wire.CodeUnknownDevice)
	wantCode(t, ask(key, enrol(t, other, key).Certificate), wire.CodeUnknownDevice)
	wantCode(t, ask(deviceKey(2), e.Certificate), wire.CodeBadAssertion) // a certificate found without its key
	wantCode(t, ask(key, enrol(t, a, deviceKey(2)).Certificate), wire.CodeBadAssertion)
	byEnrolment := wire.EnrollRequest{PublicKey: public(key), Certificate: e.Certificate}
	_, err = a.Enrol(t.Context(), "here", wire.EnrollRequest{PublicKey: public(deviceKey(2)), Certificate: e.Certificate})
	wantCode(t, err, wire.CodeUnknownDevice)
	back, err := a.Enrol(t.Context(), "here", byEnrolment)
	wantCode(t, err, "")
	if back.Certificate != e.Certificate || back.Unit != "check-1" {
		t.Fatalf("taken back as %+v", back)
	}
	delete(reg.m, bucketDevice+"/"+e.Device)
	a = open(t, reg, w, 6)
	wantCode(t, ask(key, e.Certificate), "")
	wantCode(t, ask(key, ""), "") // known again

	d, err := a.device(t.Context(), e.Device)
	if err != nil || d.Unit != "check-1" || d.Role != RoleOfficer || d.Restored == 0 || !d.Key.Equal(public(key)) {
		t.Fatalf("taken back as %+v, %v", d, err)
	}
}

func TestHQKeys(t *testing.T) {
	a, reg, w := start(t)
	key, err := a.HQKey(t.Context(), "chief")
	if err != nil {
		t.Fatal(err)
	}
	same, err := open(t, reg, w, 4).HQKey(t.Context(), "chief")
	if err != nil || !same.Equal(key) {
		t.Fatal("a second server has another key for the same user", err)
	}
	other, err := a.HQKey(t.Context(), "deputy")
	if err != nil || other.Equal(key) {
		t.Fatal("two users, one key", err)
	}
}
