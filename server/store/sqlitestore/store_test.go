package sqlitestore_test

import (
	"path/filepath"
	"sync"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/server/store/storetest"
)

// harness opens databases through a VFS in the test's own directory and remembers their paths.
func harness(vfs string) storetest.Harness {
	var paths sync.Map
	reopen := func(t *testing.T, path string) store.Store {
		t.Helper()
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path, VFS: vfs})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		paths.Store(s, path)
		return s
	}
	return storetest.Harness{
		Open: func(t *testing.T) store.Store {
			t.Helper()
			return reopen(t, filepath.Join(t.TempDir(), "roadbook.db"))
		},
		Reopen: func(t *testing.T, s store.Store) store.Store {
			t.Helper()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path, _ := paths.Load(s)
			return reopen(t, path.(string))
		},
	}
}

func TestConformance(t *testing.T) { storetest.Run(t, harness("")) }

// With a VFS of its own, as in the simulation, one connection does it all.
func TestConformanceOneConnection(t *testing.T) { storetest.Run(t, harness("os")) }
