//go:build mongo

package simtest

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/enginetest"
)

// The test engine at ROADBOOK_TEST_MONGO_URI replaces the simulated engine: the same faults at the same steps, on
// documents in a real engine. Each world has a database of its own, and a new database after a restore.
func init() {
	engineBackends["engine"] = func(w *world) (backend, error) {
		b := &engineBackend{w: w}
		return b, b.use()
	}
}

type engineBackend struct {
	w     *world
	cfg   mongostore.Config
	docs  mongostore.Docs
	quiet store.Store
}

func (b *engineBackend) use() (err error) {
	b.cfg = mongostore.Config{
		URI: os.Getenv("ROADBOOK_TEST_MONGO_URI"), Database: "simtest_" + primitive.NewObjectID().Hex(), Timeout: time.Minute,
		Now: func() time.Time { return time.UnixMilli(b.w.now) }, Without: b.w.broken.server,
	}
	if b.docs, err = mongostore.Dial(bg, b.cfg); err == nil {
		b.quiet, err = b.open()
	}
	return err
}

func (b *engineBackend) open() (store.Store, error) {
	return mongostore.New(bg, &steppingDocs{b.docs, b.w}, b.cfg)
}

func (b *engineBackend) inspect() store.Store { return b.quiet }
func (b *engineBackend) crash()               {}

func (b *engineBackend) close() {
	if b.docs == nil {
		return
	}
	if err := errors.Join(b.docs.Close(bg), mongostore.Drop(bg, b.cfg)); err != nil {
		b.w.tracef("the database %s stays behind: %v", b.cfg.Database, err)
	}
}

func (b *engineBackend) backup() any {
	out := map[mongostore.Coll][]bson.Raw{}
	for _, c := range collections {
		docs, err := b.docs.Scan(bg, c, mongostore.Query{})
		if err != nil {
			b.w.failf("backup: %v", err)
		}
		out[c] = docs
	}
	return out
}

func (b *engineBackend) restore(image any) error {
	b.close()
	if err := b.use(); err != nil {
		return err
	}
	for _, c := range collections {
		var docs []any
		var ids []string
		for _, d := range image.(map[mongostore.Coll][]bson.Raw)[c] {
			docs, ids = append(docs, d), append(ids, d.Lookup("_id").StringValue())
		}
		if len(docs) == 0 {
			continue
		}
		if err := b.docs.Remove(bg, c, []mongostore.Cond{{Field: "_id", Op: mongostore.In, Value: ids}}); err != nil {
			return err // the documents of a new database
		}
		if _, err := b.docs.Insert(bg, c, docs); err != nil {
			return err
		}
	}
	return nil
}

// steppingDocs yields before and after each operation on a document, as the simulated engine does.
type steppingDocs struct {
	mongostore.Docs
	w *world
}

func (s *steppingDocs) Close(context.Context) error { return nil } // the documents outlive the server

func (s *steppingDocs) Session(ctx context.Context) (mongostore.Docs, func(), error) {
	in, end, err := s.Docs.Session(ctx)
	return &steppingDocs{in, s.w}, end, err
}

func (s *steppingDocs) step(ctx context.Context, op string, c mongostore.Coll, fn func() error) error {
	if err := s.w.Step(ctx, "before "+op+" "+string(c)); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return s.w.Step(ctx, "after "+op+" "+string(c))
}

func (s *steppingDocs) Insert(ctx context.Context, c mongostore.Coll, docs []any) (taken []bool, err error) {
	for _, d := range docs {
		err = s.step(ctx, "insert", c, func() error {
			one, err := s.Docs.Insert(ctx, c, []any{d})
			taken = append(taken, one...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return taken, nil
}

func (s *steppingDocs) Read(ctx context.Context, c mongostore.Coll, ids []string) (out []bson.Raw, err error) {
	err = s.step(ctx, "read", c, func() error {
		out, err = s.Docs.Read(ctx, c, ids)
		return err
	})
	return out, err
}

func (s *steppingDocs) Change(ctx context.Context, c mongostore.Coll, changes []mongostore.Change) (done []bool, err error) {
	for i := range changes {
		err = s.step(ctx, "change", c, func() error {
			one, err := s.Docs.Change(ctx, c, changes[i:i+1])
			done = append(done, one...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return done, nil
}

func (s *steppingDocs) Raise(ctx context.Context, c mongostore.Coll, ids []string) error {
	for i := range ids {
		if err := s.step(ctx, "raise", c, func() error { return s.Docs.Raise(ctx, c, ids[i:i+1]) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *steppingDocs) Scan(ctx context.Context, c mongostore.Coll, q mongostore.Query) (out []bson.Raw, err error) {
	err = s.step(ctx, "scan", c, func() error {
		out, err = s.Docs.Scan(ctx, c, q)
		return err
	})
	return out, err
}

func (s *steppingDocs) Remove(ctx context.Context, c mongostore.Coll, where []mongostore.Cond) error {
	return s.step(ctx, "remove", c, func() error { return s.Docs.Remove(ctx, c, where) })
}

// TestFaultOnEngine plays each row of the protocol's table of faults on the test engine.
func TestFaultOnEngine(t *testing.T) {
	enginetest.URI(t)
	for _, f := range faults {
		t.Run(f.row, func(t *testing.T) { f.run(calmWorld(t, "engine", 1)) })
	}
}

// TestDirectAndByBundleOnEngine: the table's first row, both ways, and its failure without the guard.
func TestDirectAndByBundleOnEngine(t *testing.T) {
	enginetest.URI(t)
	if err := directAndByBundle(calmWorld(t, "engine", 1)); err != nil {
		t.Fatal(err)
	}
	if err := directAndByBundle(calmWorldWithout(t, "engine", 1, brokenRules{server: store.DedupeByHash})); err == nil {
		t.Fatal("nobody noticed")
	}
}
