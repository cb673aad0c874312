package auth

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

func TestFirstAdminOnce(t *testing.T) {
	a, reg, _ := start(t)
	name, password, made, err := a.FirstAdmin(t.Context())
	if err != nil || !made || len(password) < 16 {
		t.Fatalf("%q %q %v %v", name, password, made, err)
	}
	for key, e := range reg.m {
		if strings.Contains(string(e.Data), password) {
			t.Fatalf("%s holds the password", key)
		}
	}
	s, err := a.SignIn(t.Context(), "here", name, password)
	if err != nil || s.Role != RoleAdmin {
		t.Fatal(s, err)
	}
	if _, password, made, err = a.FirstAdmin(t.Context()); err != nil || made || password != "" {
		t.Fatal("a second first administrator", made, err)
	}
}

func TestSignInTable(t *testing.T) {
	tests := []struct{ name, user, password, want string }{
		{"right", "李警官", "correct horse", ""},
		{"wrong password", "李警官", "correct horsf", wire.CodeUnauthorized},
		{"empty password", "李警官", "", wire.CodeUnauthorized},
		{"no such user", "nobody", "correct horse", wire.CodeUnauthorized},
		{"no user", "", "", wire.CodeUnauthorized},
		{"endless password", "李警官", strings.Repeat("x", 1<<20), wire.CodeUnauthorized},
		{"disabled", "gone", "correct horse", wire.CodeUnauthorized},
	}
	a, _, _ := start(t)
	for _, user := range []string{"李警官", "gone"} {
		if err := a.AddUser(t.Context(), user, "correct horse", RoleHQ); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.DisableUser(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := a.SignIn(t.Context(), "here", tt.user, tt.password)
			wantCode(t, err, tt.want)
			if err != nil {
				return
			}
			p, err := a.Verify(t.Context(), s.Token)
			if err != nil || p.User != tt.user || p.Role != RoleHQ || p.Device != nil {
				t.Fatal(p, err)
			}
		})
	}
}

func TestAddUserTable(t *testing.T) {
	a, _, _ := start(t)
	tests := []struct{ name, user, password, role, want string }{
		{"right", "chief", "12345678", RoleViewer, ""},
		{"short password", "b", "1234567", RoleHQ, wire.CodeBadRequest},
		{"blank in the name", "a b", "12345678", RoleHQ, wire.CodeBadRequest},
		{"no name", "", "12345678", RoleHQ, wire.CodeBadRequest},
		{"unknown role", "b", "12345678", "root", wire.CodeBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantCode(t, a.AddUser(t.Context(), tt.user, tt.password, tt.role), tt.want)
		})
	}
	if err := a.AddUser(t.Context(), "chief", "87654321", RoleAdmin); !errors.Is(err, store.ErrExists) {
		t.Fatalf("added twice: %v", err)
	}
	us, err := a.Users(t.Context())
	if err != nil || len(us) != 1 || us[0].Name != "chief" || us[0].Role != RoleViewer || us[0].Hash != "" {
		t.Fatalf("%+v %v", us, err)
	}
}

func TestNewPasswordEndsSessions(t *testing.T) {
	a, _, w := start(t)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	s, err := a.SignIn(t.Context(), "here", "chief", "first secret")
	wantCode(t, err, "")
	if err := a.SetPassword(t.Context(), "chief", "second secret"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Verify(t.Context(), s.Token)
	wantCode(t, err, wire.CodeUnauthorized)
	_, err = a.SignIn(t.Context(), "here", "chief", "first secret")
	wantCode(t, err, wire.CodeUnauthorized)
	s, err = a.SignIn(t.Context(), "here", "chief", "second secret")
	wantCode(t, err, "")
	w.move(SessionLife)
	_, err = a.Verify(t.Context(), s.Token)
	wantCode(t, err, wire.CodeUnauthorized)
	if err := a.SetPassword(t.Context(), "nobody", "second secret"); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestWrongPasswordsAreLimited(t *testing.T) {
	a, _, w := start(t)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	for range int(personTries.burst) {
		_, err := a.SignIn(t.Context(), "there", "chief", "guess")
		wantCode(t, err, wire.CodeUnauthorized)
	}
	_, err := a.SignIn(t.Context(), "there", "chief", "first secret")
	wantCode(t, err, wire.CodeTooMany)
	_, err = a.SignIn(t.Context(), "here", "chief", "first secret")
	wantCode(t, err, "")
	w.move(personTries.refill)
	_, err = a.SignIn(t.Context(), "there", "chief", "first secret")
	wantCode(t, err, "")
}

// TestSignInOnAFullDisk: the right password signs in, guessing gets no more tries than usual, and as soon as there is
// room the tries are in the registry again.
func TestSignInOnAFullDisk(t *testing.T) {
	a, reg, _ := start(t)
	if err := a.AddUser(t.Context(), "li", "correct horse", RoleHQ); err != nil {
		t.Fatal(err)
	}
	a.reg = fullRegistry{reg}
	for range 3 {
		if s, err := a.SignIn(t.Context(), "here", "li", "correct horse"); err != nil || s.Role != RoleHQ {
			t.Fatal(s, err)
		}
	}
	for range int(personTries.burst) {
		_, err := a.SignIn(t.Context(), "here", "li", "a guess")
		wantCode(t, err, wire.CodeUnauthorized)
	}
	_, err := a.SignIn(t.Context(), "here", "li", "correct horse")
	wantCode(t, err, wire.CodeTooMany)
	a.reg = reg
	_, err = a.SignIn(t.Context(), "here", "li", "correct horse")
	wantCode(t, err, wire.CodeTooMany)
	if len(a.overflow.entries) != 1 { // the user's: a refusal writes nothing, and the address had tries left
		t.Errorf("%d tries are remembered beside the registry", len(a.overflow.entries))
	}
}

// TestOverflowTriesAreBounded: beyond the bound further names are refused; expired tries make room.
func TestOverflowTriesAreBounded(t *testing.T) {
	var s overflowTries
	for i := range maxOverflow {
		if err := s.keep(strconv.Itoa(i), tries{}, 100, 1); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, s.keep("another", tries{}, 100, 1), wire.CodeTooMany)
	if err := s.keep("another", tries{}, 200, 100); err != nil || len(s.entries) != 1 {
		t.Errorf("%d remembered, %v", len(s.entries), err)
	}
}
