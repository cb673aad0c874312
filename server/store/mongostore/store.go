// Package mongostore keeps the log and its projections in MongoDB, for many servers at once. It uses no
// transactions and no change streams: each step of the write path is made of writes to single documents,
// ordered so that a process may stop after any of them and anyone may go on (NOTES.md).
//
// It promises what package store asks: a frame is counted exactly once, whatever stalls, crashes or comes
// again. That logic stands on the narrow interface Docs, which the driver (driver.go) and a simulated
// engine (simdoc) fulfil.
package mongostore

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"

	"roadbook/server/store"
)

// Config is what a store needs besides its documents.
type Config struct {
	URI      string           // of Open: mongodb://…
	Database string           // of Open: "roadbook" if empty
	Timeout  time.Duration    // of each call to the database: 10 s if 0
	Now      func() time.Time // for the expiry of registry entries; nil: nothing expires
	Log      *slog.Logger     // nil: silent
	Without  store.Guard      // tests take rules out

	monitor *event.CommandMonitor // tests watch what goes out
}

// Store is one database. It may be used by many goroutines.
type Store struct {
	docs           Docs
	now            func() time.Time
	log            *slog.Logger
	without        store.Guard
	currentVersion atomic.Pointer[string] // the catalogue version that this process counts by

	numbered     numberedFrames
	callWait     time.Duration
	maxBuckets   int // leaves, for a page of records to be looked for in them
	namedStreams int // streams, for a feed's cursor to name each of them
}

var _ store.Store = (*Store)(nil)

// New makes a store of documents: the simulated engine in tests. It errs as Open does.
func New(ctx context.Context, docs Docs, c Config) (*Store, error) {
	s := &Store{docs: docs, now: c.Now, log: c.Log, without: c.Without, callWait: maxCallWait, maxBuckets: maxBucketsSearched, namedStreams: maxStreams}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = func() time.Time { return time.Time{} }
	}
	if err := s.migrate(ctx, migrations); err != nil {
		return nil, err
	}
	version, err := s.CountedBy(ctx)
	if err != nil {
		return nil, err
	}
	s.currentVersion.Store(&version)
	return s, nil
}

func metaOf(ctx context.Context, docs Docs, id string) (metaDoc, error) {
	raws, err := docs.Read(ctx, Meta, []string{id})
	if err != nil || len(raws) == 0 {
		return metaDoc{ID: id}, err
	}
	return decode[metaDoc](raws[0])
}

// Ready is nil: each write tells by itself what the engine refuses.
func (s *Store) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return nil
}

// Traits say that every step is durable at once, that Batches together cost less, and that several such groups keep the
// engine busy.
func (s *Store) Traits() store.Traits {
	return store.Traits{Name: "mongo", FramesAtOnce: 16, Parallel: 4}
}

// Close gives the connections back.
func (s *Store) Close() error {
	if err := s.docs.Close(context.Background()); err != nil {
		return fmt.Errorf("mongostore: closing: %w", err)
	}
	return nil
}

// steps are the write path within one session.
type steps struct {
	*Store
	docs       Docs   // of the session
	version    string // catalogue version that is counted by
	rebuilding bool
	cache      batchCache
}

// Batch runs fn in a causally consistent session. Each step is durable when it returns.
func (s *Store) Batch(ctx context.Context, fn func(store.Steps) error) error {
	return s.batch(ctx, &steps{Store: s, version: *s.currentVersion.Load()}, func(st *steps) error { return fn(st) })
}

func (s *Store) batch(ctx context.Context, st *steps, fn func(*steps) error) error {
	own, _ := ctx.Value(callBatchKey{}).(*callBatch)
	defer own.leave()
	docs, end, err := s.docs.Session(ctx)
	if err != nil {
		return err
	}
	defer end()
	if st.docs = docs; own != nil {
		st.docs = &sharedDocs{docs, own}
	}
	return fn(st)
}

// firstDoc returns the one document that was asked for.
func firstDoc(raws []bson.Raw, err error) (bson.Raw, error) {
	switch {
	case err != nil:
		return nil, err
	case len(raws) == 0:
		return nil, store.ErrNotFound
	}
	return raws[0], nil
}
