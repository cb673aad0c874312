package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// allowance is how often something may be tried: burst at once, then once every refill.
type allowance struct {
	burst  float64
	refill time.Duration
}

var (
	personTries  = allowance{6, 20 * time.Second} // passwords of one user from one address
	addressTries = allowance{30, 5 * time.Second} // passwords from one address
	enrollTries  = allowance{500, time.Second}    // enrolment codes from one address: a whole fleet may stand behind it
)

// tries are what is left of an allowance. They stand in the registry, so that asking another server gives nobody more
// of them, and expire when nothing is owed any more. Somebody who is refused writes nothing.
type tries struct {
	Left float64 `json:"left"`
	At   int64   `json:"at"` // Unix ms
}

// spendTry spends one try, and refuses if none is left. whose is kept as a keyed hash: it may hold a name and an address.
func (a *Auth) spendTry(ctx context.Context, whose string, by allowance) error {
	return a.updateTries(ctx, whose, by, func(t *tries) error {
		if t.Left < 1 {
			return wire.Refuse(wire.CodeTooMany, "")
		}
		t.Left--
		return nil
	})
}

// returnTry returns a try that was a success.
func (a *Auth) returnTry(ctx context.Context, whose string, by allowance) error {
	return a.updateTries(ctx, whose, by, func(t *tries) error {
		t.Left = min(by.burst, t.Left+1)
		return nil
	})
}

// updateTries lets do decide over what is left now, again while others change it in between, and stores it unless do
// refuses.
func (a *Auth) updateTries(ctx context.Context, whose string, by allowance, do func(*tries) error) error {
	name := hex.EncodeToString(a.mac("tries", []byte(whose)))
	for {
		now := a.now()
		t := tries{by.burst, now}
		e, err := a.get(ctx, sectionTries, name, &t)
		if isNotFound(err) {
			e, err = store.Entry{Section: sectionTries, Name: name}, nil
		}
		if err != nil {
			return err
		}
		a.overflow.find(name, now, &t)
		t.refill(by, now)
		if err := do(&t); err != nil {
			return err
		}
		e.Expires = now + int64((by.burst-t.Left)*float64(by.refill.Milliseconds())) + 1
		_, err = a.put(ctx, e, &t)
		if errors.Is(err, store.ErrFull) {
			return a.overflow.keep(name, t, e.Expires, now)
		}
		a.overflow.forget(name)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

// refill adds what has come back since. Two servers' clocks may differ: time that was counted once is not counted
// again by the one that is behind.
func (t *tries) refill(by allowance, now int64) {
	if since := now - t.At; since > 0 {
		t.Left = min(by.burst, t.Left+float64(since)/float64(by.refill.Milliseconds()))
		t.At = now
	}
}
