package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// A name is one name in every spelling, at creation, at sign-in and in commands.
func TestUserNameInAnySpelling(t *testing.T) {
	a, _, _ := start(t)
	if err := a.AddUser(t.Context(), "李－０１\u200b", "correct horse", RoleHQ); err != nil {
		t.Fatal(err)
	}
	spellings := []string{"李-01", "李－０１", "\ufeff李-01 ", "李\u201001", "李——01"}
	for _, name := range spellings {
		s, err := a.SignIn(t.Context(), "here", name, "correct horse")
		if err != nil {
			t.Fatalf("%+q: %v", name, err)
		}
		if p, err := a.Verify(t.Context(), s.Token); err != nil || p.User != "李-01" {
			t.Errorf("%+q is %v %v", name, p, err)
		}
		if err := a.AddUser(t.Context(), name, "correct horse", RoleHQ); !errors.Is(err, store.ErrExists) {
			t.Errorf("%+q was added again: %v", name, err)
		}
	}
	if err := a.SetPassword(t.Context(), "李－０１", "another horse"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignIn(t.Context(), "here", "李-01", "another horse"); err != nil {
		t.Fatal(err)
	}
	if err := a.DisableUser(t.Context(), "李－０１"); err != nil {
		t.Fatal(err)
	}
	_, err := a.SignIn(t.Context(), "here", "李-01", "another horse")
	wantCode(t, err, wire.CodeUnauthorized)
}

// storeAsBefore stores a user as a program of before the table and NFC: name and password as they were typed.
func storeAsBefore(t *testing.T, a *Auth, name, password string) {
	t.Helper()
	hash, err := a.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	u := User{Name: name, Hash: hash, Role: RoleHQ, Made: a.now(), Gen: 1}
	if _, err := a.put(t.Context(), store.Entry{Section: sectionUser, Name: name}, &u); err != nil {
		t.Fatal(err)
	}
}

// An account of before the table of characters goes on under the name that was typed then, and nobody else gets its
// looks.
func TestOldUserName(t *testing.T) {
	a, _, _ := start(t)
	storeAsBefore(t, a, "ｃｈｅｎ", "correct horse")
	s, err := a.SignIn(t.Context(), "here", "ｃｈｅｎ", "correct horse")
	wantCode(t, err, "")
	if p, err := a.Verify(t.Context(), s.Token); err != nil || p.User != "ｃｈｅｎ" {
		t.Error(p, err)
	}
	if err := a.AddUser(t.Context(), "chen", "another horse", RoleHQ); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second chen: %v", err)
	}
	if err := a.SetPassword(t.Context(), "ｃｈｅｎ", "another horse"); err != nil {
		t.Error(err)
	}
	if err := a.SetPassword(t.Context(), "wang", "another horse"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

// é is one character or two, as the keyboard has it.
const (
	composed   = "caf\u00e9 1234"
	decomposed = "cafe\u0301 1234"
)

func TestPasswordInAnyForm(t *testing.T) {
	for _, set := range []string{composed, decomposed} {
		a, _, _ := start(t)
		if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
			t.Fatal(err)
		}
		if err := a.SetPassword(t.Context(), "chief", set); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{composed, decomposed} {
			if _, err := a.SignIn(t.Context(), "here", "chief", typed); err != nil {
				t.Errorf("%+q, set as %+q: %v", typed, set, err)
			}
		}
		_, err := a.SignIn(t.Context(), "here", "chief", "cafe 1234")
		wantCode(t, err, wire.CodeUnauthorized)
	}
}

// A password is no name: what looks alike stays another password.
func TestPasswordIsNoName(t *testing.T) {
	a, _, _ := start(t)
	if err := a.AddUser(t.Context(), "chief", "ｐａｓｓ－１２３４", RoleHQ); err != nil {
		t.Fatal(err)
	}
	_, err := a.SignIn(t.Context(), "here", "chief", "pass-1234")
	wantCode(t, err, wire.CodeUnauthorized)
}

func TestPasswordOfBeforeNFC(t *testing.T) {
	a, _, _ := start(t)
	storeAsBefore(t, a, "chief", decomposed)
	if _, err := a.SignIn(t.Context(), "here", "chief", decomposed); err != nil {
		t.Fatal(err)
	}
	_, err := a.SignIn(t.Context(), "here", "chief", "cafe\u0300 1234")
	wantCode(t, err, wire.CodeUnauthorized)
	if err := a.SetPassword(t.Context(), "chief", decomposed); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignIn(t.Context(), "here", "chief", composed); err != nil {
		t.Fatal(err)
	}
}

// A password of 256 bytes may be longer as it is typed: 128 accented letters of two bytes take three each in two parts.
func TestLongPasswordInTwoParts(t *testing.T) {
	a, _, _ := start(t)
	long := strings.Repeat("\u00e9", maxPassword/2)
	if err := a.AddUser(t.Context(), "chief", long, RoleHQ); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignIn(t.Context(), "here", "chief", strings.Repeat("e\u0301", maxPassword/2)); err != nil {
		t.Fatal(err)
	}
}

// Nine spellings of a name have the tries of one name.
func TestSpellingsShareTheirTries(t *testing.T) {
	a, _, _ := start(t)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	for i := range int(personTries.burst) {
		_, err := a.SignIn(t.Context(), "there", []string{"chief", "ｃｈｉｅｆ", "chief\u200b"}[i%3], "guess")
		wantCode(t, err, wire.CodeUnauthorized)
	}
	_, err := a.SignIn(t.Context(), "there", "\u2060chief", "first secret")
	wantCode(t, err, wire.CodeTooMany)
}

// A unit has one name, whoever typed it into the code, then or now.
func TestUnitOfACode(t *testing.T) {
	a, reg, _ := start(t)
	code, err := a.NewCode(t.Context(), "ｃｈｅｃｋ－１", RoleOfficer, "chief", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	typed := strings.ReplaceAll(code, "-", "—\u200b")
	e, err := a.Enroll(t.Context(), "here", enrollRequest(typed, deviceKey(1)))
	if err != nil || e.Unit != "check-1" {
		t.Fatalf("%+v %v", e, err)
	}
	for key, entry := range reg.m { // as a program of before stored the unit
		entry.Data = []byte(strings.ReplaceAll(string(entry.Data), `"check-1"`, `"ｃｈｅｃｋ－１"`))
		reg.m[key] = entry
	}
	a.devices.forget(e.Device)
	d, err := a.ByCertificate(t.Context(), e.Certificate)
	if err != nil || d.Unit != "check-1" {
		t.Fatalf("%+v %v", d, err)
	}
	if all, err := a.Devices(t.Context()); err != nil || len(all) != 1 || all[0].Unit != "check-1" {
		t.Fatalf("%+v %v", all, err)
	}
}

// A code is for a unit that the device's own lines can carry.
func TestNoCodeForANameThatNoLineCarries(t *testing.T) {
	a, reg, _ := start(t)
	before := len(reg.m)
	for _, unit := range []string{"", " ", "\u200b", "a|b", "城东 检查站", strings.Repeat("站", 65), "\xb3\xc7"} {
		_, err := a.NewCode(t.Context(), unit, RoleOfficer, "chief", time.Hour)
		wantCode(t, err, wire.CodeBadRequest)
	}
	if len(reg.m) != before {
		t.Errorf("%d entries, %d before", len(reg.m), before)
	}
}

// The units are those of all devices, and of the codes that still wait.
func TestUnitsOfDevicesAndCodes(t *testing.T) {
	a, _, w := start(t)
	code := func(unit string, life time.Duration) string {
		t.Helper()
		made, err := a.NewCode(t.Context(), unit, RoleOfficer, "chief", life)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	lost, err := a.Enroll(t.Context(), "here", enrollRequest(code("check-1", time.Hour), deviceKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Revoke(t.Context(), lost.Device, "chief"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.RevokeUnknown(t.Context(), "0000000000", "chief"); err != nil {
		t.Fatal(err)
	}
	code("check-2", time.Hour)
	code("check-3", 3*time.Hour)
	w.t = w.t.Add(2 * time.Hour)
	if units, err := a.Units(t.Context()); err != nil || !slices.Equal(units, []string{"check-1", "check-3"}) {
		t.Errorf("%v, %v", units, err)
	}
}
