package auth

import (
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"time"

	"roadbook/sync/wire"
)

// twoServers opens two servers on one registry, each with its own clock.
func twoServers(t *testing.T) (a, b *Auth, clockA, clockB *manualClock) {
	t.Helper()
	a, reg, w := start(t)
	other := &manualClock{t: w.now()}
	return a, open(t, reg, other, 2), w, other
}

func isRefused(err error, code string) bool {
	var refusal *wire.Error
	return errors.As(err, &refusal) && refusal.Code == code
}

func TestTriesCountAtAllServers(t *testing.T) {
	a, b, wa, wb := twoServers(t)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	for range int(personTries.burst) / 2 {
		for _, s := range []*Auth{a, b} {
			_, err := s.SignIn(t.Context(), "there", "chief", "guess")
			wantCode(t, err, wire.CodeUnauthorized)
		}
	}
	for _, s := range []*Auth{a, b} {
		_, err := s.SignIn(t.Context(), "there", "chief", "first secret")
		wantCode(t, err, wire.CodeTooMany)
	}
	wa.move(personTries.refill)
	wb.move(personTries.refill)
	_, err := b.SignIn(t.Context(), "there", "chief", "guess")
	wantCode(t, err, wire.CodeUnauthorized)
	_, err = a.SignIn(t.Context(), "there", "chief", "first secret")
	wantCode(t, err, wire.CodeTooMany)
}

// One server's clock is ahead. Asking both servers in turn does not count the difference again and again.
func TestClocksApartGiveNoMoreTries(t *testing.T) {
	a, b, _, wb := twoServers(t)
	wb.move(3 * personTries.refill)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	guesses := 0
	for range 20 {
		for _, s := range []*Auth{a, b} {
			if _, err := s.SignIn(t.Context(), "there", "chief", "guess"); isRefused(err, wire.CodeUnauthorized) {
				guesses++
			}
		}
	}
	if most := int(personTries.burst) + 3; guesses > most {
		t.Fatalf("%d guesses, at most %d were due", guesses, most)
	}
}

func TestRacingTriesAreEachCounted(t *testing.T) {
	a, b, _, _ := twoServers(t)
	by := allowance{8, time.Hour}
	var all sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for i := range 16 {
		all.Go(func() {
			if err := []*Auth{a, b}[i%2].spendTry(t.Context(), "somebody", by); err == nil {
				mu.Lock()
				defer mu.Unlock()
				passed++
			}
		})
	}
	all.Wait()
	if passed != 8 {
		t.Fatalf("%d of 16 passed, 8 were allowed", passed)
	}
}

func TestNonceServesOnceOfAllServers(t *testing.T) {
	a, b, _, _ := twoServers(t)
	n, err := a.NewNonce()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.useNonce(t.Context(), n.Nonce); err != nil {
		t.Fatalf("the other server's nonce: %v", err)
	}
	for _, s := range []*Auth{a, b} {
		wantCode(t, s.useNonce(t.Context(), n.Nonce), wire.CodeBadAssertion)
	}
}

func TestCodeServesOneDeviceOfAllServers(t *testing.T) {
	a, b, _, _ := twoServers(t)
	code, err := a.NewCode(t.Context(), "office-1", RoleClerk, "chief", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	const racers = 16
	errs := make([]error, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			key := ed25519.NewKeyFromSeed(append(make([]byte, 31), byte(i))).Public().(ed25519.PublicKey)
			_, errs[i] = []*Auth{a, b}[i%2].Enroll(t.Context(), "here", wire.EnrollRequest{PublicKey: key, Code: code})
		})
	}
	all.Wait()
	served := 0
	for _, err := range errs {
		if err == nil {
			served++
			continue
		}
		wantCode(t, err, wire.CodeBadCode)
	}
	if served != 1 {
		t.Fatalf("one code served %d devices", served)
	}
}

func TestSessionsAreGoodAndEndAtAllServers(t *testing.T) {
	a, b, _, wb := twoServers(t)
	if err := a.AddUser(t.Context(), "chief", "first secret", RoleHQ); err != nil {
		t.Fatal(err)
	}
	s, err := a.SignIn(t.Context(), "here", "chief", "first secret")
	wantCode(t, err, "")
	if p, err := b.Verify(t.Context(), s.Token); err != nil || p.User != "chief" || p.Role != RoleHQ {
		t.Fatal(p, err)
	}
	if err := a.DisableUser(t.Context(), "chief"); err != nil {
		t.Fatal(err)
	}
	wb.move((cacheLife + 1) * time.Millisecond)
	_, err = b.Verify(t.Context(), s.Token)
	wantCode(t, err, wire.CodeUnauthorized)
}

func TestRevocationReachesAllServers(t *testing.T) {
	a, b, _, wb := twoServers(t)
	key := deviceKey(1)
	e := mustEnroll(t, a, key)
	tk := mustToken(t, b, key)
	if p, err := b.Verify(t.Context(), tk.AccessToken); err != nil || p.Deposit {
		t.Fatal(p, err)
	}
	if _, err := a.Revoke(t.Context(), e.Device, "chief"); err != nil {
		t.Fatal(err)
	}
	wb.move((cacheLife + 1) * time.Millisecond)
	if p, err := b.Verify(t.Context(), tk.AccessToken); err != nil || !p.Deposit {
		t.Fatalf("after the revocation at another server: %+v, %v", p, err)
	}
}
