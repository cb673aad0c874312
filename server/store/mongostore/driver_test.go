//go:build mongo

package mongostore

import (
	"context"
	"crypto/rand"
	"os"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
)

// openDriver opens the driver on an empty database of the real engine.
func openDriver(t *testing.T) Docs {
	t.Helper()
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("built with the tag mongo, but ROADBOOK_TEST_MONGO_URI is empty")
	}
	s, err := Open(t.Context(), Config{URI: uri, Database: "roadbook_test_" + rand.Text()})
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.docs.(*driver)
	if !ok {
		t.Fatal("not the driver")
	}
	t.Cleanup(func() {
		if err := d.db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
	return d
}

func TestDriverTellsWhichChangesLanded(t *testing.T) {
	d := openDriver(t)
	ctx := t.Context()
	var docs []any
	for i, id := range []string{"a", "b", "c"} {
		docs = append(docs, bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: int64(i)}})
	}
	for _, want := range []bool{false, true} {
		taken, err := d.Insert(ctx, Entries, docs)
		if err != nil || taken[0] != want || taken[1] != want || taken[2] != want {
			t.Fatalf("taken %v, %v; want %v", taken, err, want)
		}
	}
	set := func(id string, rev int64) Change {
		return Change{ID: id, If: []Cond{{"rev", Is, rev}}, Set: bson.D{{Key: "rev", Value: int64(9)}}}
	}
	done, err := d.Change(ctx, Entries, []Change{set("a", 0), set("b", 7), set("c", 2), set("nobody", 0)})
	if err != nil || !done[0] || done[1] || !done[2] || done[3] {
		t.Errorf("done %v, %v; want the first and the third", done, err)
	}
	if done, err = d.Change(ctx, Entries, []Change{set("b", 1)}); err != nil || !done[0] {
		t.Errorf("one alone: %v, %v", done, err)
	}
}

func TestDriverRaisesExactly(t *testing.T) {
	d := openDriver(t)
	ids := []string{"g1", "g2", "g3"}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if err := d.Raise(t.Context(), Groups, ids); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	raws, err := d.Read(t.Context(), Groups, ids)
	if err != nil || len(raws) != 3 {
		t.Fatalf("%d groups, %v", len(raws), err)
	}
	for _, raw := range raws {
		if epoch := raw.Lookup("epoch").Int64(); epoch != 12 {
			t.Errorf("12 raises made %d", epoch)
		}
	}
}
