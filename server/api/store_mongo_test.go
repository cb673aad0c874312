//go:build mongo

package api

import (
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/enginetest"
)

// openStore gives each test a database of its own on the engine.
func openStore(t *testing.T) store.Store {
	t.Helper()
	return enginetest.Open(t)
}
