package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/server/store"
)

// storedKey is a key held by the server for a user's or an importer's stream.
type storedKey struct {
	Seed []byte `json:"seed"`
	Made int64  `json:"made"`
}

// HQKey returns the signing key of a user's acts. It is made at first use, and is the same for every server on the
// store.
func (a *Auth) HQKey(ctx context.Context, user string) (ed25519.PrivateKey, error) {
	return a.signingKey(ctx, sectionHQ, user)
}

// signingKey reads a key held by the server, or makes a missing one.
func (a *Auth) signingKey(ctx context.Context, section, name string) (ed25519.PrivateKey, error) {
	var k storedKey
	_, err := a.get(ctx, section, name, &k)
	if isNotFound(err) {
		k, err = a.makeSigningKey(ctx, section, name)
	}
	if err != nil {
		return nil, err
	}
	if len(k.Seed) != ed25519.SeedSize {
		return nil, errors.New("auth: the key of a stream in the registry is damaged")
	}
	return ed25519.NewKeyFromSeed(k.Seed), nil
}

func (a *Auth) makeSigningKey(ctx context.Context, section, name string) (storedKey, error) {
	seed, err := a.random(ed25519.SeedSize)
	if err != nil {
		return storedKey{}, err
	}
	k := storedKey{Seed: seed, Made: a.now()}
	_, err = a.put(ctx, store.Entry{Section: section, Name: name}, &k)
	if errors.Is(err, store.ErrExists) {
		_, err = a.get(ctx, section, name, &k)
	}
	return k, err
}
