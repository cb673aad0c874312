package auth

import (
	"context"
	"crypto/ed25519"
)

// sectionImporter holds the importers' keys, apart from those of users: an importer may be called like a user.
const sectionImporter = "importer"

// ImporterKey returns the key under which the importer of a name writes; it is made when first asked for, and is the
// same for every server on the store.
func (a *Auth) ImporterKey(ctx context.Context, name string) (ed25519.PrivateKey, error) {
	return a.signingKey(ctx, sectionImporter, name)
}
