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

// KnownImporterKey is ImporterKey for a reader: nothing is made. store.ErrNotFound: nobody has imported under this name.
func (a *Auth) KnownImporterKey(ctx context.Context, name string) (ed25519.PrivateKey, error) {
	if _, err := a.reg.Get(ctx, sectionImporter, name); err != nil {
		return nil, err
	}
	return a.signingKey(ctx, sectionImporter, name)
}
