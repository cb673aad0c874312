package auth

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// mustMove moves a device and returns its state.
func mustMove(t *testing.T, a *Auth, id, unit string) Device {
	t.Helper()
	d, err := a.Move(t.Context(), id, unit, "chief")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// certificateOf is the certificate of the device's last move.
func certificateOf(t *testing.T, a *Auth, id string) string {
	t.Helper()
	d, err := a.device(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := a.certificate(&d)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wantUnits(t *testing.T, what string, d Device, unit string, earlier ...string) {
	t.Helper()
	slices.Sort(earlier)
	got := slices.Sorted(slices.Values(d.Earlier))
	if d.Unit != unit || !slices.Equal(got, earlier) {
		t.Errorf("%s: unit %s, before %v; want %s, before %v", what, d.Unit, got, unit, earlier)
	}
}

// The device is enrolled at check-1. Every unit ever given stays, each once.
func TestMoves(t *testing.T) {
	a, _, w := start(t)
	id := mustEnroll(t, a, deviceKey(1)).Device
	wantUnits(t, "to its own unit", mustMove(t, a, id, "check-1"), "check-1")
	wantUnits(t, "moved", mustMove(t, a, id, "check-2"), "check-2", "check-1")
	first := mustMove(t, a, id, "ｃｈｅｃｋ－３")
	wantUnits(t, "moved twice", first, "check-3", "check-1", "check-2")
	w.move(-time.Hour) // the server's clock was set back: a later move still has a later moment
	back := mustMove(t, a, id, "check-1")
	wantUnits(t, "moved back", back, "check-1", "check-2", "check-3")
	if back.Moved <= first.Moved || back.MovedBy != "chief" {
		t.Errorf("%+v after %+v", back, first)
	}
	units, err := a.Units(t.Context())
	if err != nil || !slices.Equal(units, []string{"check-1", "check-2", "check-3"}) {
		t.Errorf("units %v %v", units, err)
	}
	for i := range maxEarlier - 2 {
		mustMove(t, a, id, fmt.Sprint("more-", i))
	}
	_, err = a.Move(t.Context(), id, "one-too-many", "chief")
	wantCode(t, err, wire.CodeBadRequest)
	wantUnits(t, "among its units it still moves", mustMove(t, a, id, "check-1"), "check-1", append(moreUnits(maxEarlier-2), "check-2", "check-3")...)
}

func moreUnits(n int) (units []string) {
	for i := range n {
		units = append(units, fmt.Sprint("more-", i))
	}
	return units
}

func TestMovesRefused(t *testing.T) {
	a, _, _ := start(t)
	id := mustEnroll(t, a, deviceKey(1)).Device
	_, err := a.Move(t.Context(), id, "a b", "chief")
	wantCode(t, err, wire.CodeBadRequest)
	if _, err := a.Move(t.Context(), "zzzzzzzzzz", "check-2", "chief"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown device: %v", err)
	}
	if _, err := a.RevokeUnknown(t.Context(), "zzzzzzzzzz", "chief"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Move(t.Context(), "zzzzzzzzzz", "check-2", "chief"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a device of which only the revocation is known: %v", err)
	}
	if _, err := a.Revoke(t.Context(), id, "chief"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Move(t.Context(), id, "check-2", "chief")
	wantCode(t, err, wire.CodeBadRequest)
}

// A device was moved and told; then the server was restored from an older backup. The certificate tells the move again,
// by every way.
func TestCertificateTellsAMoveToARestoredServer(t *testing.T) {
	for name, show := range map[string]func(a *Auth, certificate string) (Device, error){
		"request": func(a *Auth, certificate string) (Device, error) {
			d, err := a.device(t.Context(), wire.DeviceID(public(deviceKey(1))))
			if err != nil {
				return d, err
			}
			d, news, err := a.Reconcile(t.Context(), d, certificate)
			if news != nil {
				t.Errorf("told what it knows: %+v", news)
			}
			return d, err
		},
		"bundle": func(a *Auth, certificate string) (Device, error) { return a.ByCertificate(t.Context(), certificate) },
		"enrollment": func(a *Auth, certificate string) (Device, error) {
			e, err := a.Enroll(t.Context(), "here", wire.EnrollRequest{PublicKey: public(deviceKey(1)), Certificate: certificate})
			if err != nil {
				return Device{}, err
			}
			return Device{Unit: e.Unit, Earlier: e.Earlier}, nil
		},
	} {
		for _, lost := range []string{"the move", "the device"} {
			t.Run(name+", "+lost, func(t *testing.T) {
				a, reg, w := start(t)
				id := mustEnroll(t, a, deviceKey(1)).Device
				before := reg.m[sectionDevice+"/"+id]
				mustMove(t, a, id, "check-2")
				mustMove(t, a, id, "check-3")
				certificate := certificateOf(t, a, id)
				reg.m[sectionDevice+"/"+id] = before
				if lost == "the device" {
					delete(reg.m, sectionDevice+"/"+id)
				}
				a = open(t, reg, w, 5)
				if lost == "the device" && name == "request" {
					g := grant(mustSign(t, deviceKey(1), assertionClaims(deviceKey(1), mustNonce(t, a))))
					g.Certificate = certificate
					if _, err := a.Issue(t.Context(), g); err != nil {
						t.Fatal(err)
					}
				}
				d, err := show(a, certificate)
				if err != nil {
					t.Fatal(err)
				}
				wantUnits(t, "told", d, "check-3", "check-1", "check-2")
				d, err = a.device(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				wantUnits(t, "registered", d, "check-3", "check-1", "check-2")
			})
		}
	}
}

// After the restore HQ moves the device elsewhere, before its return: the later move counts, and no unit is forgotten.
func TestALaterMoveThanTheCertificates(t *testing.T) {
	a, reg, w := start(t)
	id := mustEnroll(t, a, deviceKey(1)).Device
	before := reg.m[sectionDevice+"/"+id]
	mustMove(t, a, id, "check-2")
	certificate := certificateOf(t, a, id)
	reg.m[sectionDevice+"/"+id] = before
	a = open(t, reg, w, 5)
	w.move(time.Hour)
	d, news, err := a.Reconcile(t.Context(), mustMove(t, a, id, "check-3"), certificate)
	if err != nil || news == nil || news.Unit != "check-3" {
		t.Fatalf("told %+v, %v", news, err)
	}
	wantUnits(t, "joined", d, "check-3", "check-1", "check-2")
}

// The news of a move, by the certificate in the request.
func TestNewsOfAMove(t *testing.T) {
	a, reg, w := start(t)
	e := mustEnroll(t, a, deviceKey(1))
	other := mustEnroll(t, a, deviceKey(2))
	mustMove(t, a, other.Device, "check-9")
	elsewhere := open(t, &memoryRegistry{m: map[string]store.Entry{}}, w, 7)
	forged := mustEnroll(t, elsewhere, deviceKey(1))
	mustMove(t, elsewhere, forged.Device, "check-7")
	never, err := a.device(t.Context(), e.Device)
	if err != nil {
		t.Fatal(err)
	}
	if _, news, err := a.Reconcile(t.Context(), never, ""); err != nil || news != nil {
		t.Errorf("never moved: %+v %v", news, err)
	}
	moved := mustMove(t, a, e.Device, "check-2")
	for _, c := range []struct {
		name, certificate string
		told              bool
	}{
		{"none: it was never moved before", "", true},
		{"that of the enrollment", e.Certificate, true},
		{"that of the move", certificateOf(t, a, e.Device), false},
		{"another device's", certificateOf(t, a, other.Device), true},
		{"another server's", certificateOf(t, elsewhere, forged.Device), true},
		{"nonsense", "nonsense", true},
	} {
		d, news, err := a.Reconcile(t.Context(), moved, c.certificate)
		if err != nil || (news != nil) != c.told {
			t.Errorf("%s: told %+v, %v", c.name, news, err)
		}
		wantUnits(t, c.name, d, "check-2", "check-1")
	}
	_, news, err := a.Reconcile(t.Context(), moved, "")
	if err != nil || news.Unit != "check-2" || !slices.Equal(news.Earlier, []string{"check-1"}) || news.At != moved.Moved {
		t.Fatalf("%+v %v", news, err)
	}
	if news.Certificate != certificateOf(t, a, e.Device) || reg.m[sectionDevice+"/"+e.Device].Rev == 0 {
		t.Errorf("another certificate than that of the move")
	}
	moved.Revoked = 1
	if _, news, _ := a.Reconcile(t.Context(), moved, ""); news != nil {
		t.Errorf("a revoked device is told %+v", news)
	}
}

// Server b has the device in its cache during a move at server a. The device, told by a, tells b.
func TestAnotherServerLearnsAMoveFromTheDevice(t *testing.T) {
	a, b, _, _ := twoServers(t)
	id := mustEnroll(t, a, deviceKey(1)).Device
	cachedAtB, err := b.device(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	mustMove(t, a, id, "check-2")
	certificate := certificateOf(t, a, id)
	d, _, err := b.Reconcile(t.Context(), cachedAtB, certificate)
	if err != nil {
		t.Fatal(err)
	}
	wantUnits(t, "at b", d, "check-2", "check-1")
	if d, _ = b.device(t.Context(), id); d.MovedBy != "chief" {
		t.Errorf("b wrote over the registry's entry: %+v", d)
	}
}

// The answer to the enrollment was lost, and the device is moved before asking again with the same code.
func TestLostEnrollmentAnswerOfAMovedDevice(t *testing.T) {
	a, _, _ := start(t)
	code := newCode(t, a)
	e, err := a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	mustMove(t, a, e.Device, "check-2")
	again, err := a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(1)))
	if err != nil || again.Unit != "check-2" || !slices.Equal(again.Earlier, []string{"check-1"}) || again.Moved == 0 {
		t.Fatalf("%+v %v", again, err)
	}
	_, err = a.Enroll(t.Context(), "here", enrollRequest(newCode(t, a), deviceKey(1)))
	wantCode(t, err, wire.CodeBadKey) // another code of its former unit moves it nowhere
}
