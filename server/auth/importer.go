package auth

import (
	"context"
	"crypto/ed25519"
)

// sectionImporter holds the importers' keys, apart from the users' keys: an importer may have a user's name.
const sectionImporter = "importer"

// ImporterKey returns the signing key of the importer with this name. It is made at first use, and is the same for
// every server on the store.
func (a *Auth) ImporterKey(ctx context.Context, name string) (ed25519.PrivateKey, error) {
	return a.signingKey(ctx, sectionImporter, name)
}
