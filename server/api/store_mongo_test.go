//go:build mongo

package api

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
)

var opened atomic.Int64

// openStore gives each test a database of its own on the engine that ROADBOOK_TEST_MONGO_URI names.
func openStore(t *testing.T) store.Store {
	t.Helper()
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI is not set")
	}
	name := fmt.Sprintf("roadbook_api_%d_%d", os.Getpid(), opened.Add(1))
	s, err := mongostore.Open(t.Context(), mongostore.Config{URI: uri, Database: name, Now: time.Now})
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
