// Package mongostore keeps the log and its projections in MongoDB, for many servers at once. It uses no
// transactions and no change streams: each step of the write path consists of writes to single documents,
// in an order in which a process may stop after any write and any other process may continue (NOTES.md).
//
// The package implements the contract of package store: a frame is counted exactly once, in spite of stalls,
// crashes and repetitions. Its logic uses only the narrow interface Docs, implemented by the driver (driver.go)
// and by a simulated engine (simdoc).
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

// Config configures a store, besides its documents.
type Config struct {
	URI      string           // of Open: mongodb://…
	Database string           // of Open: "roadbook" if empty
	Timeout  time.Duration    // of each call to the database: 10 s if 0
	Now      func() time.Time // for the expiry of registry entries; nil: nothing expires
	Log      *slog.Logger     // nil: silent
	Without  store.Guard      // tests take rules out

	monitor *event.CommandMonitor // tests watch the commands
}

// Store is one database. It may be used by many goroutines.
type Store struct {
	docs           Docs
	now            func() time.Time
	log            *slog.Logger
	without        store.Guard
	currentVersion atomic.Pointer[string] // catalogue version used by this process for counting

	numbered        numberedFrames
	callWait        time.Duration
	maxBuckets      int // bound on the buckets searched for a page of records
	maxNamedStreams int // bound on the streams named one by one in a feed's cursor
}

var _ store.Store = (*Store)(nil)

// New makes a store on docs; in tests, docs is the simulated engine. New has the errors of Open.
func New(ctx context.Context, docs Docs, c Config) (*Store, error) {
	s := &Store{docs: docs, now: c.Now, log: c.Log, without: c.Without, callWait: maxCallWait, maxBuckets: maxBucketsSearched, maxNamedStreams: maxStreams}
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

func readMeta(ctx context.Context, docs Docs, id string) (metaDoc, error) {
	raws, err := docs.Read(ctx, Meta, []string{id})
	if err != nil || len(raws) == 0 {
		return metaDoc{ID: id}, err
	}
	return decode[metaDoc](raws[0])
}

// Ready is nil: each write reports the engine's refusals itself.
func (s *Store) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return nil
}

// Traits report that every step is durable at once, that concurrent Batches cost less, and that several such sets keep
// the engine busy.
func (s *Store) Traits() store.Traits {
	return store.Traits{Name: "mongo", FramesAtOnce: 16, Parallel: 4}
}

// Close closes the connections.
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
	version    string // catalogue version used for counting
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

// firstDoc returns the first document, or store.ErrNotFound.
func firstDoc(raws []bson.Raw, err error) (bson.Raw, error) {
	switch {
	case err != nil:
		return nil, err
	case len(raws) == 0:
		return nil, store.ErrNotFound
	}
	return raws[0], nil
}
