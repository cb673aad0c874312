// Package enginetest opens the test engine for the tests of other packages: behind the build tag mongo these tests run
// on the engine exactly as on every other store.
package enginetest

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"roadbook/server/store/mongostore"
)

// URI returns the address of the engine from ROADBOOK_TEST_MONGO_URI. Without the variable the test fails: nothing is
// skipped.
func URI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI does not name the test engine: .ci/engine start prints it")
	}
	return uri
}

// Open returns a store on a database of its own for the test, dropped at the end of the test.
func Open(t testing.TB) *mongostore.Store {
	t.Helper()
	cfg := mongostore.Config{URI: URI(t), Database: "test_" + rand.Text(), Timeout: time.Minute}
	s, err := mongostore.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mongostore.Drop(context.WithoutCancel(t.Context()), cfg); err != nil {
			t.Errorf("dropping %s: %v", cfg.Database, err)
		}
	})
	return s
}
