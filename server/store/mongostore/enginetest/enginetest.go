// Package enginetest opens the test engine for the tests of other rooms: behind the build tag mongo they run on
// it what they run on every store.
package enginetest

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"roadbook/server/store/mongostore"
)

// URI is the engine that ROADBOOK_TEST_MONGO_URI names. Without one the test fails: nothing is skipped.
func URI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI does not name the test engine: .ci/engine start prints it")
	}
	return uri
}

// Open gives a store on a database of the test's own, which goes when the test ends.
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
