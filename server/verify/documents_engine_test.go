//go:build mongo

package verify_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/enginetest"
)

func init() {
	engines["engine"] = func(t *testing.T) mongostore.Docs {
		cfg := mongostore.Config{URI: enginetest.URI(t), Database: "test_" + rand.Text(), Timeout: time.Minute}
		docs, err := mongostore.Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := mongostore.Drop(context.WithoutCancel(t.Context()), cfg); err != nil {
				t.Errorf("dropping %s: %v", cfg.Database, err)
			}
		})
		return docs
	}
	stores["engine"] = storeOfEngine
}

func storeOfEngine(t *testing.T) store.Store { return enginetest.Open(t) }
