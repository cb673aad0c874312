package mongostore_test

import (
	"sync"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/storetest"
)

// testNow is the clock of the tests' registry.
func testNow() time.Time { return time.UnixMilli(1_700_000_000_000) }

func TestConformanceSimulated(t *testing.T) {
	var engines sync.Map
	open := func(t *testing.T, e *simdoc.Engine) store.Store {
		t.Helper()
		s, err := mongostore.New(t.Context(), e, mongostore.Config{Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		engines.Store(s, e)
		return s
	}
	again := func(t *testing.T, s store.Store) store.Store {
		t.Helper()
		e, _ := engines.Load(s)
		return open(t, e.(*simdoc.Engine))
	}
	storetest.Run(t, storetest.Harness{
		Open:   func(t *testing.T) store.Store { return open(t, simdoc.New(nil)) },
		Reopen: again,
		Beside: again,
	})
}
