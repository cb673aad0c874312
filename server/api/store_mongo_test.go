//go:build mongo

package api

import (
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/enginetest"
)

// openStore gives each test its own database on the engine.
func openStore(t *testing.T) store.Store {
	t.Helper()
	return enginetest.Open(t)
}
