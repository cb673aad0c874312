package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/server/store"
)

// hqKey is the key that the server holds for a user's own stream.
type hqKey struct {
	Seed []byte `json:"seed"`
	Made int64  `json:"made"`
}

// HQKey returns the key under which a user's acts are written; it is made when first asked for, and is
// the same for every server on the store.
func (a *Auth) HQKey(ctx context.Context, user string) (ed25519.PrivateKey, error) {
	return a.heldKey(ctx, bucketHQ, user)
}

// heldKey reads a key that the server holds, and makes it if it is not there.
func (a *Auth) heldKey(ctx context.Context, bucket, name string) (ed25519.PrivateKey, error) {
	var k hqKey
	_, err := a.get(ctx, bucket, name, &k)
	if isNotFound(err) {
		k, err = a.makeHQKey(ctx, bucket, name)
	}
	if err != nil {
		return nil, err
	}
	if len(k.Seed) != ed25519.SeedSize {
		return nil, errors.New("auth: the key of a stream in the registry is damaged")
	}
	return ed25519.NewKeyFromSeed(k.Seed), nil
}

func (a *Auth) makeHQKey(ctx context.Context, bucket, name string) (hqKey, error) {
	seed, err := a.random(ed25519.SeedSize)
	if err != nil {
		return hqKey{}, err
	}
	k := hqKey{Seed: seed, Made: a.now()}
	_, err = a.put(ctx, store.Entry{Section: bucket, Name: name}, &k)
	if errors.Is(err, store.ErrExists) {
		_, err = a.get(ctx, bucket, name, &k)
	}
	return k, err
}
