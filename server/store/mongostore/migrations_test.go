package mongostore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

// newest is the format of this program: each of its migrations has a test below.
const newest = 7

var everything = []mongostore.Coll{
	mongostore.Records, mongostore.Groups, mongostore.Buckets, mongostore.Frames, mongostore.Streams, mongostore.QuarantinedLines,
	mongostore.Entries, mongostore.Meta,
}

// indexRecorder records the indexes made, since the simulated engine needs none.
type indexRecorder struct {
	mongostore.Docs
	made []string
}

func (d *indexRecorder) Index(ctx context.Context, ix mongostore.Index) error {
	if !slices.Contains(d.made, ix.Name) {
		d.made = append(d.made, ix.Name)
	}
	return d.Docs.Index(ctx, ix)
}

// contentHash is a hash of all documents.
func contentHash(t *testing.T, d mongostore.Docs) string {
	t.Helper()
	h := sha256.New()
	for _, c := range everything {
		docs, err := d.Scan(context.Background(), c, mongostore.Query{Sort: "_id"})
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range docs {
			fmt.Fprintf(h, "%s %s\n", c, raw)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func formatOf(t *testing.T, d mongostore.Docs) int64 {
	t.Helper()
	docs, err := d.Read(context.Background(), mongostore.Meta, []string{"format"})
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d formats, %v", len(docs), err)
	}
	return docs[0].Lookup("format").Int64()
}

// fillOldFormat inserts documents in the first format: streams without units, buckets without kinds.
func fillOldFormat(t *testing.T, d mongostore.Docs) {
	t.Helper()
	frame := func(stream string, first int, units ...string) any {
		return bson.D{
			{Key: "_id", Value: fmt.Sprintf("%s/%020d/%020d/%064d", stream, first, first+4, 7)}, {Key: "stream", Value: stream}, {Key: "n", Value: int64(first)},
			{Key: "units", Value: units},
		}
	}
	summary := func(stream string) any {
		return bson.D{{Key: "_id", Value: stream}, {Key: "rev", Value: int64(4)}, {Key: "n", Value: int64(9)}}
	}
	bucket := func(id string) any {
		return bson.D{{Key: "_id", Value: id}, {Key: "epoch", Value: int64(2)}, {Key: "sums", Value: bson.A{}}}
	}
	for c, docs := range map[mongostore.Coll][]any{
		mongostore.Buckets: {bucket("大队/一/plate/20200301/2"), bucket("u/accident/20191231/1")},
		mongostore.Meta:    {bson.D{{Key: "_id", Value: "format"}, {Key: "format", Value: int64(1)}}},
		mongostore.Streams: {summary("a.1"), summary("b.1"), summary("c.1")},
		mongostore.Frames:  {frame("a.1", 1, "u", "v"), frame("a.1", 6, "v"), frame("a.1", 11, "w"), frame("b.1", 1, "v"), frame("c.1", 1)},
	} {
		if _, err := d.Insert(context.Background(), c, docs); err != nil {
			t.Fatal(err)
		}
	}
}

// checkMigrated compares the documents with the expected result of the migrations on fillOldFormat's documents.
func checkMigrated(t *testing.T, d mongostore.Docs) {
	t.Helper()
	if got := formatOf(t, d); got != newest {
		t.Errorf("format %d, want %d", got, newest)
	}
	buckets, err := d.Scan(context.Background(), mongostore.Buckets, mongostore.Query{Sort: "_id"})
	if err != nil || len(buckets) != 2 {
		t.Fatalf("%d buckets, %v", len(buckets), err)
	}
	for i, want := range []string{`"accident" 20191231 2`, `"plate" 20200301 2`} {
		got := fmt.Sprintf("%s %d %d", buckets[i].Lookup("kind"), buckets[i].Lookup("day").AsInt64(), buckets[i].Lookup("epoch").AsInt64())
		if got != want {
			t.Errorf("a bucket is %s, want %s", got, want)
		}
	}
	docs, err := d.Scan(context.Background(), mongostore.Streams, mongostore.Query{Sort: "_id"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.1 [u v w] 4", "b.1 [v] 4", "c.1 [] 4"}
	if len(docs) != len(want) {
		t.Fatalf("%d streams", len(docs))
	}
	for i, raw := range docs {
		var s struct {
			ID    string   `bson:"_id"`
			Rev   int64    `bson:"rev"`
			Units []string `bson:"units"`
		}
		if err := bson.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		slices.Sort(s.Units)
		if got := fmt.Sprintf("%s %v %d", s.ID, s.Units, s.Rev); got != want[i] {
			t.Errorf("a stream is %q, want %q", got, want[i])
		}
	}
}

// migrate opens a store and so runs the migrations.
func migrate(d mongostore.Docs) error {
	_, err := mongostore.New(context.Background(), d, mongostore.Config{})
	return err
}

func TestMigrations(t *testing.T) {
	late := []string{"roadbook_09", "roadbook_10", "roadbook_11", "roadbook_12", "roadbook_13"}
	early := []string{"roadbook_01", "roadbook_02", "roadbook_03", "roadbook_04", "roadbook_05", "roadbook_06", "roadbook_07", "roadbook_08"}
	d := &indexRecorder{Docs: simdoc.New(nil)}
	if err := migrate(d); err != nil || formatOf(t, d) != newest || !slices.Equal(d.made, append(early, late...)) {
		t.Errorf("a new database: %v, indexes %v", err, d.made)
	}
	d = &indexRecorder{Docs: simdoc.New(nil)}
	fillOldFormat(t, d)
	if err := migrate(d); err != nil || !slices.Equal(d.made, late) {
		t.Errorf("an old database: %v, indexes %v", err, d.made)
	}
	checkMigrated(t, d)
	was := contentHash(t, d)
	if err := migrate(d); err != nil || contentHash(t, d) != was || !slices.Equal(d.made, late) {
		t.Errorf("once more: %v, indexes %v", err, d.made)
	}
}

// A database of a newer format is left unchanged.
func TestMigrationsNewer(t *testing.T) {
	d := &indexRecorder{Docs: simdoc.New(nil)}
	fillOldFormat(t, d)
	if _, err := d.Change(t.Context(), mongostore.Meta, []mongostore.Change{{ID: "format", Set: bson.D{{Key: "format", Value: int64(newest + 1)}}}}); err != nil {
		t.Fatal(err)
	}
	was := contentHash(t, d)
	if err := migrate(d); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opened: %v", err)
	}
	if contentHash(t, d) != was || len(d.made) > 0 {
		t.Errorf("it was changed; indexes %v", d.made)
	}
}

// interruptAt runs do at one step of a database, before or after the step.
type interruptAt struct {
	step, now int
	do        func() error // nil: no interruption
}

func (a *interruptAt) Step(context.Context, string) error {
	do := a.do
	if a.now++; do == nil || a.now != a.step {
		return nil
	}
	a.do = nil
	return do()
}

// eachStep runs a migration of an old database repeatedly, with an interruption at each of its steps in turn.
func eachStep(t *testing.T, happens func(e *simdoc.Engine) error, then func(e *simdoc.Engine, err error)) {
	t.Helper()
	for step := 1; ; step++ {
		a := &interruptAt{}
		e := simdoc.New(a)
		fillOldFormat(t, e)
		a.step, a.now = step, 0
		a.do = func() error { return happens(e) }
		err := migrate(e)
		over := a.do != nil
		a.do = nil
		then(e, err)
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
		if over {
			if step < 20 {
				t.Fatalf("a migration of %d steps", step)
			}
			return
		}
	}
}

// After an interruption anywhere, the next server opening the database completes the migration.
func TestMigrationsCutOff(t *testing.T) {
	cut := fmt.Errorf("cut: %w", store.ErrUnavailable)
	eachStep(t, func(*simdoc.Engine) error { return cut }, func(e *simdoc.Engine, err error) {
		if err != nil && !errors.Is(err, cut) {
			t.Error(err)
		}
		if err := migrate(e); err != nil {
			t.Error(err)
		}
		checkMigrated(t, e)
	})
}

// Two servers at once: wherever the first server stalls, the second completes the migration, and the first does no
// harm afterwards.
func TestMigrationsTwoAtOnce(t *testing.T) {
	eachStep(t, func(e *simdoc.Engine) error { return migrate(e) }, func(e *simdoc.Engine, err error) {
		if err != nil {
			t.Error(err)
		}
		checkMigrated(t, e)
	})
}

// While a migration stalls, a newer program changes the format: the newer format stays.
func TestMigrationsNewerMeanwhile(t *testing.T) {
	came := false
	eachStep(t, func(e *simdoc.Engine) error {
		came = true
		_, err := e.Change(context.Background(), mongostore.Meta, []mongostore.Change{{
			ID: "format", Set: bson.D{{Key: "format", Value: int64(newest + 1)}},
		}})
		return err
	}, func(e *simdoc.Engine, err error) {
		if err != nil && !errors.Is(err, store.ErrNewer) {
			t.Error(err)
		}
		if got := formatOf(t, e); came && got != newest+1 {
			t.Errorf("the newer program's format is %d", got)
		}
		came = false
	})
}
