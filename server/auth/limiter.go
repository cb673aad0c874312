package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// allowance bounds tries: burst at once, then one per refill.
type allowance struct {
	burst  float64
	refill time.Duration
}

var (
	personTries  = allowance{6, 20 * time.Second} // passwords of one user from one address
	addressTries = allowance{30, 5 * time.Second} // passwords from one address
	enrollTries  = allowance{500, time.Second}    // enrollment codes from one address: a whole fleet may share an address
)

// tries are the rest of an allowance. They are in the registry, so that asking another server gives no more tries,
// and the entry expires once the allowance is full again. A refusal writes nothing.
type tries struct {
	Left float64 `json:"left"`
	At   int64   `json:"at"` // Unix ms
}

// spendTry spends a try, or refuses if none is left. whose is stored as a keyed hash, because it may hold a name and
// an address.
func (a *Auth) spendTry(ctx context.Context, whose string, by allowance) error {
	return a.updateTries(ctx, whose, by, func(t *tries) error {
		if t.Left < 1 {
			return wire.Refuse(wire.CodeTooMany, "")
		}
		t.Left--
		return nil
	})
}

// returnTry returns the try of a success.
func (a *Auth) returnTry(ctx context.Context, whose string, by allowance) error {
	return a.updateTries(ctx, whose, by, func(t *tries) error {
		t.Left = min(by.burst, t.Left+1)
		return nil
	})
}

// updateTries applies do to the current tries and stores the result unless do refuses. It retries if the entry was
// changed meanwhile.
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

// refill adds the tries regained since t.At. Servers' clocks may differ: a server whose clock is behind does not
// count the same time again.
func (t *tries) refill(by allowance, now int64) {
	if since := now - t.At; since > 0 {
		t.Left = min(by.burst, t.Left+float64(since)/float64(by.refill.Milliseconds()))
		t.At = now
	}
}
