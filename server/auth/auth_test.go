package auth

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// memoryRegistry is a store.Registry in memory. It expires no entries, so that no test passes only because an entry
// has expired.
type memoryRegistry struct {
	mu sync.Mutex
	m  map[string]store.Entry
}

func (r *memoryRegistry) Get(_ context.Context, bucket, name string) (store.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.m[bucket+"/"+name]
	if !ok {
		return e, store.ErrNotFound
	}
	e.Data = bytes.Clone(e.Data)
	return e, nil
}

func (r *memoryRegistry) Put(_ context.Context, e store.Entry) (store.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.m[e.Section+"/"+e.Name]
	switch {
	case e.Rev == 0 && ok:
		return e, store.ErrExists
	case e.Rev != old.Rev:
		return e, store.ErrConflict
	}
	e.Rev++
	r.m[e.Section+"/"+e.Name] = e
	return e, nil
}

func (r *memoryRegistry) List(_ context.Context, bucket, after string, limit int) ([]store.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []store.Entry
	for {
		var next *store.Entry
		for _, e := range r.m {
			if e.Section == bucket && e.Name > after && (next == nil || e.Name < next.Name) {
				next = &e
			}
		}
		if next == nil || len(out) == limit {
			return out, nil
		}
		out, after = append(out, *next), next.Name
	}
}

func (r *memoryRegistry) Sections(context.Context) ([]string, error) {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, e := range r.m {
			if !yield(e.Section) {
				return
			}
		}
	})), nil
}

func (r *memoryRegistry) Expire(context.Context, int64) error { return nil }

// manualClock is a clock set by hand.
type manualClock struct {
	mu sync.Mutex
	t  time.Time
}

func (w *manualClock) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.t }

func (w *manualClock) move(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.t = w.t.Add(d) }

type seeded struct {
	mu sync.Mutex
	c  *rand.ChaCha8
}

func (s *seeded) Read(b []byte) (int, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.c.Read(b) }

func seededRand(seed byte) *seeded { return &seeded{c: rand.NewChaCha8([32]byte{seed})} }

func start(t *testing.T) (*Auth, *memoryRegistry, *manualClock) {
	t.Helper()
	reg := &memoryRegistry{m: map[string]store.Entry{}}
	w := &manualClock{t: time.Date(2020, 12, 15, 10, 0, 0, 0, time.UTC)}
	return open(t, reg, w, 1), reg, w
}

// fullRegistry is a readable registry without room.
type fullRegistry struct{ store.Registry }

func (fullRegistry) Put(_ context.Context, e store.Entry) (store.Entry, error) {
	return e, store.ErrFull
}

func open(t *testing.T, reg *memoryRegistry, w *manualClock, seed byte) *Auth {
	t.Helper()
	a, err := New(t.Context(), Config{Registry: reg, Clock: w.now, Rand: seededRand(seed)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func deviceKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func newCode(t *testing.T, a *Auth) string {
	t.Helper()
	code, err := a.NewCode(t.Context(), "check-1", RoleOfficer, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func enrollRequest(code string, key ed25519.PrivateKey) wire.EnrollRequest {
	return wire.EnrollRequest{Code: code, PublicKey: public(key)}
}

func mustEnroll(t *testing.T, a *Auth, key ed25519.PrivateKey) *wire.Enrolled {
	t.Helper()
	e, err := a.Enroll(t.Context(), "here", enrollRequest(newCode(t, a), key))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wantCode fails unless err is a refusal with the code; "" wants no error.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *wire.Error
	switch {
	case code == "" && err != nil:
		t.Fatalf("got %v, want no error", err)
	case code == "":
	case !errors.As(err, &refusal) || refusal.Code != code:
		t.Fatalf("got %v, want the refusal %s", err, code)
	case refusal.Message.ZH == "" || refusal.Message.EN == "":
		t.Fatalf("refusal %s lacks a language: %+v", code, refusal.Message)
	}
}

func TestIdentityStaysOverRestarts(t *testing.T) {
	a, reg, w := start(t)
	b := open(t, reg, w, 2)
	if a.Epoch() != b.Epoch() || !a.PublicKey().Equal(b.PublicKey()) {
		t.Fatal("a second server on the same store is another one")
	}
	other := open(t, &memoryRegistry{m: map[string]store.Entry{}}, w, 3)
	if other.PublicKey().Equal(a.PublicKey()) {
		t.Fatal("two stores, one identity")
	}
}

func TestEnrollmentTable(t *testing.T) {
	tests := []struct {
		name string
		ask  func(code string) wire.EnrollRequest
		wait time.Duration
		want string
	}{
		{"as shown", func(c string) wire.EnrollRequest { return enrollRequest(c, deviceKey(1)) }, 0, ""},
		{"as typed", func(c string) wire.EnrollRequest { return enrollRequest(" "+c[:3]+" "+c[3:], deviceKey(1)) }, 0, ""},
		{"just in time", func(c string) wire.EnrollRequest { return enrollRequest(c, deviceKey(1)) }, time.Hour - 1, ""},
		{"expired", func(c string) wire.EnrollRequest { return enrollRequest(c, deviceKey(1)) }, time.Hour, wire.CodeBadCode},
		{"unknown", func(string) wire.EnrollRequest { return enrollRequest("00000-00000", deviceKey(1)) }, 0, wire.CodeBadCode},
		{"empty", func(string) wire.EnrollRequest { return enrollRequest("", deviceKey(1)) }, 0, wire.CodeBadCode},
		{"short key", func(c string) wire.EnrollRequest {
			return wire.EnrollRequest{Code: c, PublicKey: public(deviceKey(1))[:31]}
		}, 0, wire.CodeBadKey},
		{"no key", func(c string) wire.EnrollRequest { return wire.EnrollRequest{Code: c} }, 0, wire.CodeBadKey},
		{"certificate made up", func(string) wire.EnrollRequest {
			return wire.EnrollRequest{Certificate: "a.b.c", PublicKey: public(deviceKey(1))}
		}, 0, wire.CodeUnknownDevice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, w := start(t)
			code := newCode(t, a)
			w.move(tt.wait)
			got, err := a.Enroll(t.Context(), "here", tt.ask(code))
			wantCode(t, err, tt.want)
			if err != nil {
				return
			}
			if got.Device != wire.DeviceID(public(deviceKey(1))) || got.Unit != "check-1" || got.Role != RoleOfficer {
				t.Fatalf("enrolled as %+v", got)
			}
		})
	}
}

func TestCodeIsKeptHashed(t *testing.T) {
	a, reg, _ := start(t)
	code := newCode(t, a)
	for name, e := range reg.m {
		if strings.Contains(name, CanonicalCode(code)) || bytes.Contains(e.Data, []byte(CanonicalCode(code))) {
			t.Fatalf("entry %s holds the code", name)
		}
	}
}

func TestCodeServesOneOfMany(t *testing.T) {
	a, _, _ := start(t)
	code := newCode(t, a)
	errs := make([]error, 16)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = a.Enroll(context.Background(), "here", enrollRequest(code, deviceKey(byte(i)))) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantCode(t, err, wire.CodeBadCode)
	}
	if ds, err := a.Devices(t.Context()); won != 1 || err != nil || len(ds) != 1 {
		t.Fatalf("%d of 16 enrolled with one code, %d devices known, %v", won, len(ds), err)
	}
}

func TestLostEnrollmentAnswer(t *testing.T) {
	a, _, w := start(t)
	code := newCode(t, a)
	first, err := a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(1)))
	wantCode(t, err, "")
	w.move(3 * time.Hour) // the code has expired by now
	again, err := a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(1)))
	wantCode(t, err, "")
	if first.Certificate != again.Certificate {
		t.Fatal("the same device asks again and gets another certificate")
	}
}

func TestDeviceKeepsItsUnit(t *testing.T) {
	a, _, _ := start(t)
	mustEnroll(t, a, deviceKey(1))
	code, err := a.NewCode(t.Context(), "office-1", RoleClerk, "test", time.Hour)
	wantCode(t, err, "")
	_, err = a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(1)))
	wantCode(t, err, wire.CodeBadKey)
	_, err = a.Enroll(t.Context(), "here", enrollRequest(code, deviceKey(2)))
	wantCode(t, err, "") // the refused device did not consume the code
}

func TestWrongCodesAreLimited(t *testing.T) {
	a, _, w := start(t)
	for i := range int(enrollTries.burst) {
		_, err := a.Enroll(t.Context(), "there", enrollRequest(fmt.Sprintf("00000-%05d", i), deviceKey(1)))
		wantCode(t, err, wire.CodeBadCode)
	}
	code := newCode(t, a)
	_, err := a.Enroll(t.Context(), "there", enrollRequest(code, deviceKey(1)))
	wantCode(t, err, wire.CodeTooMany)
	_, err = a.Enroll(t.Context(), "elsewhere", enrollRequest(code, deviceKey(1)))
	wantCode(t, err, "")
	w.move(enrollTries.refill)
	_, err = a.Enroll(t.Context(), "there", enrollRequest(newCode(t, a), deviceKey(2)))
	wantCode(t, err, "")
}
