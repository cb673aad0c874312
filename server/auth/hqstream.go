package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// hqKey is the key that the server holds for a user's own stream.
type hqKey struct {
	Seed []byte `json:"seed"`
	Made int64  `json:"made"`
}

// HQStream returns the stream into which a user's acts are written by this process, and its key. Each
// process has epochs of its own, so that two servers never write the same sequence.
func (a *Auth) HQStream(ctx context.Context, user string) (wire.StreamID, ed25519.PrivateKey, error) {
	var k hqKey
	_, err := a.get(ctx, bucketHQ, user, &k)
	if isNotFound(err) {
		k, err = a.makeHQKey(ctx, user)
	}
	if err != nil {
		return wire.StreamID{}, nil, err
	}
	if len(k.Seed) != ed25519.SeedSize {
		return wire.StreamID{}, nil, errors.New("auth: an HQ stream's key in the registry is damaged")
	}
	key := ed25519.NewKeyFromSeed(k.Seed)
	s, err := a.hqEpoch(user, wire.DeviceID(key.Public().(ed25519.PublicKey)))
	return s, key, err
}

func (a *Auth) makeHQKey(ctx context.Context, user string) (hqKey, error) {
	seed, err := a.random(ed25519.SeedSize)
	if err != nil {
		return hqKey{}, err
	}
	k := hqKey{Seed: seed, Made: a.now()}
	_, err = a.put(ctx, store.Entry{Bucket: bucketHQ, Name: user}, &k)
	if errors.Is(err, store.ErrExists) {
		_, err = a.get(ctx, bucketHQ, user, &k)
	}
	return k, err
}

func (a *Auth) hqEpoch(user, device string) (wire.StreamID, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, ok := a.hq[user]; ok {
		return s, nil
	}
	epoch, err := a.randomID(wire.EpochLen)
	if err != nil {
		return wire.StreamID{}, err
	}
	s := wire.StreamID{Device: device, Epoch: epoch}
	a.hq[user] = s
	return s, nil
}
