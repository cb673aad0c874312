package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// identity is a server's identity. It is in the registry, so that all servers on one store share one identity, and a
// restored server keeps the identity known to its devices.
type identity struct {
	Seed  []byte `json:"seed"`  // of the Ed25519 key
	MAC   []byte `json:"mac"`   // key of nonces and codes
	Epoch string `json:"epoch"` // changes when the store is restored from a backup
	Made  int64  `json:"made"`

	key ed25519.PrivateKey
}

const identityName = "identity"

func (a *Auth) loadIdentity(ctx context.Context) (*identity, error) {
	id := new(identity)
	_, err := a.get(ctx, sectionServer, identityName, id)
	if isNotFound(err) {
		id, err = a.makeIdentity(ctx)
	}
	if err != nil {
		return nil, err
	}
	if len(id.Seed) != ed25519.SeedSize || len(id.MAC) != sha256.Size {
		return nil, errors.New("auth: the server's identity in the registry is damaged")
	}
	id.key = ed25519.NewKeyFromSeed(id.Seed)
	return id, nil
}

// HasIdentity reports whether the registry holds a server's identity, that is whether a server has ever started on
// it.
func HasIdentity(ctx context.Context, r store.Registry) (bool, error) {
	_, err := r.Get(ctx, sectionServer, identityName)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// makeIdentity stores a new identity, or returns the identity stored first by another server.
func (a *Auth) makeIdentity(ctx context.Context) (*identity, error) {
	secret, err := a.random(ed25519.SeedSize + sha256.Size)
	if err != nil {
		return nil, err
	}
	epoch, err := a.randomID(wire.EpochLen)
	if err != nil {
		return nil, err
	}
	id := &identity{Seed: secret[:ed25519.SeedSize], MAC: secret[ed25519.SeedSize:], Epoch: epoch, Made: a.now()}
	_, err = a.put(ctx, store.Entry{Section: sectionServer, Name: identityName}, id)
	if errors.Is(err, store.ErrExists) {
		_, err = a.get(ctx, sectionServer, identityName, id)
	}
	return id, err
}

// RenewEpoch gives the registry's server a new epoch after a restore from a backup: devices then offer their lines
// again. No server may be running on the store.
func RenewEpoch(ctx context.Context, c Config) error {
	a, err := New(ctx, c)
	if err != nil {
		return err
	}
	epoch, err := a.randomID(wire.EpochLen)
	if err != nil {
		return err
	}
	_, err = edit(ctx, a, sectionServer, identityName, func(id *identity) error { id.Epoch = epoch; return nil })
	return err
}

// ServerKey signs certificates, tokens and boots.
func (a *Auth) ServerKey() ed25519.PrivateKey { return a.id.key }

// PublicKey is the public half of ServerKey.
func (a *Auth) PublicKey() ed25519.PublicKey { return a.id.key.Public().(ed25519.PublicKey) }

// Epoch changes when a server is restored from a backup.
func (a *Auth) Epoch() string { return a.id.Epoch }

func (a *Auth) mac(purpose string, message []byte) []byte {
	h := hmac.New(sha256.New, a.id.MAC)
	h.Write([]byte(purpose))
	h.Write([]byte{'\n'})
	h.Write(message)
	return h.Sum(nil)
}
