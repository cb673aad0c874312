//go:build mongo

package exchange_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
)

// With the tag mongo everything that eachStore runs is run on a real engine too.
func init() { stores["engine"] = openEngine }

func openEngine(t testing.TB) store.Store {
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI is empty: .ci/engine start prints it")
	}
	s, err := mongostore.Open(t.Context(), mongostore.Config{URI: uri, Database: fmt.Sprintf("exchange_%d", time.Now().UnixNano())})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
