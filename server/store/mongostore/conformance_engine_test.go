//go:build mongo

package mongostore

import (
	"context"
	"crypto/rand"
	"os"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/storetest"
)

// TestConformanceEngine runs the whole suite on the real engine and checks every command sent.
func TestConformanceEngine(t *testing.T) {
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("built with the tag mongo, but ROADBOOK_TEST_MONGO_URI is empty")
	}
	w, a := newCommandWatch(), &queryShapes{all: map[string]bson.D{}}
	w.tell = a.addCommand
	var names sync.Map
	created := func(t *testing.T) string {
		name := "roadbook_test_" + rand.Text()
		t.Cleanup(func() {
			if err := Drop(context.Background(), Config{URI: uri, Database: name, monitor: w.monitor()}); err != nil {
				t.Error(err)
			}
		})
		return name
	}
	open := func(t *testing.T, name string) store.Store {
		t.Helper()
		s, err := Open(t.Context(), Config{
			URI: uri, Database: name, Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }, monitor: w.monitor(),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		names.Store(s, name)
		return s
	}
	again := func(t *testing.T, s store.Store) store.Store {
		t.Helper()
		name, _ := names.Load(s)
		return open(t, name.(string))
	}
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T) store.Store {
			return open(t, created(t))
		},
		Reopen: func(t *testing.T, s store.Store) store.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return again(t, s)
		},
		Beside: again,
	})
	scanMany(t, open(t, created(t)).(*Store))
	for _, text := range w.wrong {
		t.Error(text)
	}
	for _, name := range []string{"find", "aggregate", "insert", "update", "delete", "createIndexes", "dropDatabase"} {
		if w.seen[name] == 0 {
			t.Errorf("no %s was seen", name)
		}
	}
	d, ok := openDriver(t).(*driver)
	if !ok {
		t.Fatal("not the driver")
	}
	a.checkPlans(t, d)
}

// scanMany scans a unit's records as if they were in many buckets.
func scanMany(t *testing.T, s *Store) {
	t.Helper()
	r := store.Record{ID: "r", Place: store.Place{Unit: "u", Kind: "plate", Day: 20200101}}
	err := s.Batch(t.Context(), func(st store.Steps) error {
		ps, err := st.BucketsFor(t.Context(), []store.Place{r.Place})
		if err != nil {
			return err
		}
		r.Place = ps[0]
		_, err = st.ReplaceRecords(t.Context(), []store.Record{r})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.maxBuckets = 0
	if recs, err := s.ScanRecords(t.Context(), store.RecordQuery{Unit: "u"}); err != nil || len(recs) != 1 {
		t.Errorf("%d records, %v", len(recs), err)
	}
}
