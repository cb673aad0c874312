//go:build !mongo

package api

import (
	"path/filepath"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

func openStore(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "roadbook.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
