//go:build mongo

package mongostore

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"

	"roadbook/server/store"
)

// dumpDatabase is a database's documents and indexes, as text.
func dumpDatabase(t *testing.T, d *driver) (out []string) {
	t.Helper()
	ctx := context.Background()
	names, err := d.db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		specs, err := d.db.Collection(name).Indexes().ListSpecifications(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range specs {
			out = append(out, name+" "+s.Name+" "+s.KeysDocument.String())
		}
		docs, err := d.Scan(ctx, Coll(name), Query{Sort: "_id"})
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range docs {
			out = append(out, name+" "+raw.String())
		}
	}
	slices.Sort(out)
	return out
}

// emptyDatabase is a new database of the engine, never opened before.
func emptyDatabase(t *testing.T) (Config, *driver) {
	t.Helper()
	c := Config{URI: os.Getenv("ROADBOOK_TEST_MONGO_URI"), Database: "roadbook_test_" + rand.Text()}
	d, err := dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.db.Drop(context.Background()), d.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return c, d
}

func openError(t *testing.T, c Config) error {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		return err
	}
	return s.Close()
}

// TestMigrationsOnEngine: four servers start at once on a new database; the format goes back and forth; a migration is
// interrupted at each of its commands.
func TestMigrationsOnEngine(t *testing.T) {
	c, d := emptyDatabase(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := openError(t, c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	whole := dumpDatabase(t, d)
	if n := slices.IndexFunc(whole, func(s string) bool { return len(s) > 5 && s[:5] == "meta " }); n < 0 || len(whole) < 12+1 {
		t.Fatalf("%d indexes and documents: %q", len(whole), whole)
	}

	cut, sure := emptyDatabase(t)
	for n := 1; ; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		cut.monitor = &event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
			if seen++; seen == n {
				cancel()
			}
		}}
		s, err := Open(ctx, cut)
		cancel()
		if err == nil {
			_ = s.Close()
			if n < 5 {
				t.Errorf("opened after %d cuts", n)
			}
			break
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("cut at command %d: %v", n, err)
		}
	}
	if again := dumpDatabase(t, sure); !slices.Equal(again, whole) {
		t.Errorf("after the cuts\n%q\nwithout them\n%q", again, whole)
	}

	set := func(n int) {
		done, err := d.Change(t.Context(), Meta, []Change{{ID: "format", Set: bson.D{{Key: "format", Value: int64(n)}}}})
		if err != nil || !done[0] {
			t.Fatal(done, err)
		}
	}
	if _, err := d.db.Collection(string(Entries)).Indexes().DropAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	set(1)
	if err := openError(t, c); err != nil || !slices.Equal(dumpDatabase(t, d), whole) {
		t.Errorf("from the first format: %v, %q", err, dumpDatabase(t, d))
	}
	set(len(migrations) + 1)
	was := dumpDatabase(t, d)
	if err := openError(t, c); !errors.Is(err, store.ErrNewer) || !slices.Equal(dumpDatabase(t, d), was) {
		t.Errorf("a newer one: %v, %q", err, dumpDatabase(t, d))
	}
}
