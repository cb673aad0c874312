package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/sync/wire"
)

// StreamKeys returns the public keys for checking frames, by the device part of their streams: the keys of all
// devices, revoked ones included, and the keys held for HQ's users and importers. It makes no keys.
func (a *Auth) StreamKeys(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	devices, err := a.Devices(ctx)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]ed25519.PublicKey, len(devices))
	for _, d := range devices {
		if !d.onlyRevocation() {
			keys[d.ID] = d.Key
		}
	}
	for _, section := range []string{sectionHQ, sectionImporter} {
		stored, err := list[storedKey](ctx, a, section)
		if err != nil {
			return nil, err
		}
		for _, k := range stored {
			if len(k.Seed) != ed25519.SeedSize {
				return nil, errors.New("auth: the key of a stream in the registry is damaged")
			}
			pub := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
			keys[wire.DeviceID(pub)] = pub
		}
	}
	return keys, nil
}
