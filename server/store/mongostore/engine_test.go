//go:build mongo

package mongostore_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"roadbook/server/store/mongostore"
)

// engineURI is the address of the real engine. A test without a reachable engine fails.
func engineURI(tb testing.TB) string {
	tb.Helper()
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		tb.Fatal("built with the tag mongo, but ROADBOOK_TEST_MONGO_URI is empty")
	}
	return uri
}

// database names a new database and drops it when the test ends.
func database(tb testing.TB) string {
	tb.Helper()
	name := "roadbook_test_" + rand.Text()
	tb.Cleanup(func() {
		ctx := context.Background()
		client, err := mongo.Connect(ctx, options.Client().ApplyURI(engineURI(tb)))
		if err != nil {
			tb.Error(err)
			return
		}
		defer func() { _ = client.Disconnect(ctx) }()
		if err := client.Database(name).Drop(ctx); err != nil {
			tb.Error(err)
		}
	})
	return name
}

func connect(tb testing.TB, name string) *mongostore.Store {
	tb.Helper()
	s, err := mongostore.Open(tb.Context(), mongostore.Config{URI: engineURI(tb), Database: name, Now: testNow})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
