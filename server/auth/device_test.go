package auth

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

func TestRevokedDeviceDeposits(t *testing.T) {
	a, _, _ := start(t)
	key := deviceKey(1)
	e := mustEnroll(t, a, key)
	before := mustToken(t, a, key)
	if _, err := a.Revoke(t.Context(), e.Device, "chief"); err != nil {
		t.Fatal(err)
	}
	after := mustToken(t, a, key)
	for _, text := range []string{before.AccessToken, after.AccessToken} {
		p, err := a.Verify(t.Context(), text)
		if err != nil || !p.Deposit {
			t.Fatalf("a revoked device's token gives %+v, %v", p, err)
		}
	}
	_, err := a.Enroll(t.Context(), "here", enrollRequest(newCode(t, a), key))
	wantCode(t, err, wire.CodeBadKey) // nor by a new code
}

// A device was enrolled and revoked after the backup. HQ revokes the device again before it returns, in whatever way.
func TestRevokedUnseen(t *testing.T) {
	for name, comeBack := range map[string]func(*Auth, *wire.Enrolled) error{
		"token": func(a *Auth, e *wire.Enrolled) error {
			g := grant(mustSign(t, deviceKey(1), assertionClaims(deviceKey(1), mustNonce(t, a))))
			g.Certificate = e.Certificate
			_, err := a.Issue(t.Context(), g)
			return err
		},
		"enrollment": func(a *Auth, e *wire.Enrolled) error {
			_, err := a.Enroll(t.Context(), "here", wire.EnrollRequest{PublicKey: public(deviceKey(1)), Certificate: e.Certificate})
			return err
		},
		"bundle": func(a *Auth, e *wire.Enrolled) error {
			_, err := a.ByCertificate(t.Context(), e.Certificate)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, reg, w := start(t)
			e := mustEnroll(t, a, deviceKey(1))
			delete(reg.m, sectionDevice+"/"+e.Device)
			a = open(t, reg, w, 5)
			if _, err := a.Revoke(t.Context(), e.Device, "chief"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("revoking who is not known: %v", err)
			}
			_, err := a.RevokeUnknown(t.Context(), "nobody's", "chief")
			wantCode(t, err, wire.CodeBadRequest)
			if _, err := a.RevokeUnknown(t.Context(), e.Device, "chief"); err != nil {
				t.Fatal(err)
			}
			if keys, err := a.StreamKeys(t.Context()); err != nil || len(keys) != 0 {
				t.Errorf("keys of who is not here: %v, %v", keys, err)
			}
			_, err = a.Enroll(t.Context(), "here", enrollRequest(newCode(t, a), deviceKey(1)))
			wantCode(t, err, wire.CodeBadKey)
			if err := comeBack(a, e); err != nil {
				t.Fatal(err)
			}
			ds, err := a.Devices(t.Context())
			if err != nil || len(ds) != 1 || ds[0].Revoked == 0 || ds[0].By != "chief" || ds[0].Unit != e.Unit || !bytes.Equal(ds[0].Key, public(deviceKey(1))) {
				t.Errorf("back as %+v, %v", ds, err)
			}
			if p, err := a.Verify(t.Context(), mustToken(t, a, deviceKey(1)).AccessToken); err != nil || !p.Deposit {
				t.Errorf("its token gives %+v, %v", p, err)
			}
		})
	}
}

func TestRestoredServerTakesDevicesBack(t *testing.T) {
	a, reg, w := start(t)
	key := deviceKey(1)
	e := mustEnroll(t, a, key)
	old := mustToken(t, a, key)
	delete(reg.m, sectionDevice+"/"+e.Device) // restored from a backup older than the enrollment
	a = open(t, reg, w, 5)
	_, err := a.Verify(t.Context(), old.AccessToken)
	wantCode(t, err, wire.CodeUnauthorized)

	ask := func(signer ed25519.PrivateKey, certificate string) error {
		g := grant(mustSign(t, signer, assertionClaims(key, mustNonce(t, a))))
		g.Certificate = certificate
		_, err := a.Issue(t.Context(), g)
		return err
	}
	other := open(t, &memoryRegistry{m: map[string]store.Entry{}}, w, 7)
	wantCode(t, ask(key, ""), wire.CodeUnknownDevice)
	wantCode(t, ask(key, mustEnroll(t, other, key).Certificate), wire.CodeUnknownDevice)
	wantCode(t, ask(deviceKey(2), e.Certificate), wire.CodeBadAssertion) // a stolen certificate without its key
	wantCode(t, ask(key, mustEnroll(t, a, deviceKey(2)).Certificate), wire.CodeBadAssertion)
	byEnrollment := wire.EnrollRequest{PublicKey: public(key), Certificate: e.Certificate}
	_, err = a.Enroll(t.Context(), "here", wire.EnrollRequest{PublicKey: public(deviceKey(2)), Certificate: e.Certificate})
	wantCode(t, err, wire.CodeUnknownDevice)
	back, err := a.Enroll(t.Context(), "here", byEnrollment)
	wantCode(t, err, "")
	if back.Certificate != e.Certificate || back.Unit != "check-1" {
		t.Fatalf("taken back as %+v", back)
	}
	delete(reg.m, sectionDevice+"/"+e.Device)
	a = open(t, reg, w, 6)
	wantCode(t, ask(key, e.Certificate), "")
	wantCode(t, ask(key, ""), "") // known again

	d, err := a.device(t.Context(), e.Device)
	if err != nil || d.Unit != "check-1" || d.Role != RoleOfficer || d.Restored == 0 || !d.Key.Equal(public(key)) {
		t.Fatalf("taken back as %+v, %v", d, err)
	}
}
