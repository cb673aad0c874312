// Package auth authenticates devices, by keys that never leave the device, and people, by passwords.
//
// The package guarantees:
//
//   - An enrollment code serves one device.
//   - A device token is issued only to the holder of the device's key, for a nonce valid once.
//   - Times are compared by the server's clock alone: neither weeks offline nor a device clock at 1970 expire anything.
//   - A revoked device can still deliver its lines, for quarantine only (deposit).
//   - Secrets are stored as hashes, except for keys that the server needs in the clear.
//
// The package knows nothing of HTTP. Refusals are *wire.Error; every other error comes from the store.
package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// The registry's sections of this package.
const (
	sectionServer = "server"
	sectionCode   = "code"
	sectionDevice = "device"
	sectionNonce  = "nonce"
	sectionUser   = "user"
	sectionHQ     = "hqstream"
	sectionTries  = "tries"
)

// Config holds what an Auth needs.
type Config struct {
	Registry store.Registry
	Clock    func() time.Time
	Rand     io.Reader // crypto/rand.Reader, except in tests
}

// Auth checks and issues credentials. Many goroutines may use it, and many servers on one store.
type Auth struct {
	reg      store.Registry
	clock    func() time.Time
	rand     io.Reader
	id       *identity
	devices  cache[Device]
	users    cache[User]
	overflow overflowTries
	hashing  chan struct{} // bounds the memory for password hashing
}

// New reads the server's identity, or makes one at the first start.
func New(ctx context.Context, c Config) (*Auth, error) {
	a := &Auth{
		reg: c.Registry, clock: c.Clock, rand: c.Rand,
		hashing: make(chan struct{}, 2),
	}
	var err error
	a.id, err = a.loadIdentity(ctx)
	return a, err
}

func (a *Auth) now() int64 { return a.clock().UnixMilli() }

// random returns n random bytes.
func (a *Auth) random(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(a.rand, b)
	return b, err
}

// randomID returns n characters of the identifiers' alphabet.
func (a *Auth) randomID(n int) (string, error) {
	b, err := a.random((n*5 + 7) / 8)
	return wire.IDEncoding.EncodeToString(b)[:n], err
}

// get reads an entry's data into v. store.ErrNotFound.
func (a *Auth) get(ctx context.Context, section, name string, v any) (store.Entry, error) {
	e, err := a.reg.Get(ctx, section, name)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(e.Data, v)
}

// put stores v as e's data under compare-and-set. store.ErrExists, store.ErrConflict.
func (a *Auth) put(ctx context.Context, e store.Entry, v any) (store.Entry, error) {
	return store.PutJSON(ctx, a.reg, e, v)
}

// edit reads an entry, changes it and stores it, and retries if the entry was changed meanwhile.
func edit[T any](ctx context.Context, a *Auth, section, name string, change func(*T) error) (T, error) {
	for {
		var v T
		e, err := a.get(ctx, section, name, &v)
		if err != nil {
			return v, err
		}
		if err := change(&v); err != nil {
			return v, err
		}
		if _, err = a.put(ctx, e, &v); !errors.Is(err, store.ErrConflict) {
			return v, err
		}
	}
}

// list reads all entries of a section.
func list[T any](ctx context.Context, a *Auth, section string) ([]T, error) {
	return store.ListJSON[T](ctx, a.reg, section)
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }

// IsRefusal reports whether err refuses a request, rather than reporting a failure.
func IsRefusal(err error) bool {
	var refusal *wire.Error
	return errors.As(err, &refusal)
}
