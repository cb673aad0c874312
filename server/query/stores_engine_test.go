//go:build mongo

package query_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
)

// With the tag mongo a real engine has to give the same bytes too, each test on a database of its own.
func init() { others["engine"] = openEngine }

func openEngine(t testing.TB) store.Store {
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI is empty")
	}
	s, err := mongostore.Open(t.Context(), mongostore.Config{URI: uri, Database: fmt.Sprintf("query_%d", time.Now().UnixNano())})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
