package faulty_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/storetest"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// loseEveryOther is a hook that loses the answer of every other call, for each operation that may be repeated
// unchanged: the call is made, and its caller learns that the store did not answer.
func loseEveryOther() faulty.Hook {
	repeatable := map[string]bool{
		"Stream": true, "FixBoots": true, "FramesWithin": true, "Quarantine": true, "Release": true, "Records": true,
		"BucketsFor": true, "Touch": true, "Recount": true, "ClearDeparted": true, "Mark": true, "Get": true, "Expire": true,
	}
	var mu sync.Mutex
	calls := map[string]int{}
	return func(op string, before bool) error {
		if before || !repeatable[op] {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if calls[op]++; calls[op]%2 == 1 {
			return faulty.ErrLost
		}
		return nil
	}
}

// retrying calls again after a lost answer, as every caller of a store does.
type retrying struct{ store.Store }

// retry calls fn until its answer is not lost.
func retry[T any](fn func() (T, error)) (T, error) {
	for {
		if out, err := fn(); !errors.Is(err, faulty.ErrLost) {
			return out, err
		}
	}
}

func retryErr(fn func() error) error {
	_, err := retry(func() (struct{}, error) { return struct{}{}, fn() })
	return err
}

func (s retrying) Get(ctx context.Context, section, name string) (store.Entry, error) {
	return retry(func() (store.Entry, error) { return s.Store.Get(ctx, section, name) })
}

func (s retrying) Expire(ctx context.Context, now int64) error {
	return retryErr(func() error { return s.Store.Expire(ctx, now) })
}

func (s retrying) Batch(ctx context.Context, fn func(store.Steps) error) error {
	return s.Store.Batch(ctx, func(st store.Steps) error { return fn(retryingSteps{st}) })
}

type retryingSteps struct{ store.Steps }

func (s retryingSteps) Stream(ctx context.Context, id wire.StreamID) (store.Stream, error) {
	return retry(func() (store.Stream, error) { return s.Steps.Stream(ctx, id) })
}

func (s retryingSteps) FixBoots(ctx context.Context, id wire.StreamID, boots []clock.Boot) (store.Stream, error) {
	return retry(func() (store.Stream, error) { return s.Steps.FixBoots(ctx, id, boots) })
}

func (s retryingSteps) FramesWithin(ctx context.Context, id wire.StreamID, first, last uint64) ([]store.Frame, error) {
	return retry(func() ([]store.Frame, error) { return s.Steps.FramesWithin(ctx, id, first, last) })
}

func (s retryingSteps) Quarantine(ctx context.Context, qs []store.Quarantined) error {
	return retryErr(func() error { return s.Steps.Quarantine(ctx, qs) })
}

func (s retryingSteps) Release(ctx context.Context, id wire.ObsID, by string) error {
	return retryErr(func() error { return s.Steps.Release(ctx, id, by) })
}

func (s retryingSteps) Records(ctx context.Context, ids []string) ([]store.Record, error) {
	return retry(func() ([]store.Record, error) { return s.Steps.Records(ctx, ids) })
}

func (s retryingSteps) BucketsFor(ctx context.Context, ps []store.Place) ([]store.Place, error) {
	return retry(func() ([]store.Place, error) { return s.Steps.BucketsFor(ctx, ps) })
}

func (s retryingSteps) Touch(ctx context.Context, key store.FrameKey, records, units []string) error {
	return retryErr(func() error { return s.Steps.Touch(ctx, key, records, units) })
}

func (s retryingSteps) Recount(ctx context.Context, places []store.Place, records []string, count store.CountFunc) error {
	return retryErr(func() error { return s.Steps.Recount(ctx, places, records, count) })
}

func (s retryingSteps) ClearDeparted(ctx context.Context, key store.FrameKey, records []string) error {
	return retryErr(func() error { return s.Steps.ClearDeparted(ctx, key, records) })
}

func (s retryingSteps) Mark(ctx context.Context, key store.FrameKey) (int64, error) {
	return retry(func() (int64, error) { return s.Steps.Mark(ctx, key) })
}

// The whole suite holds for a caller that repeats every call with a lost answer. (CommitFrame, ReplaceRecords, Regroup
// and Put distinguish a repetition from the first call; storetest tests their answers.)
func TestLostAnswersChangeNothing(t *testing.T) {
	lossy := func(s store.Store) store.Store { return retrying{faulty.Wrap(s, loseEveryOther())} }
	t.Run("sqlite", func(t *testing.T) { storetest.Run(t, onSQLite(lossy)) })
	t.Run("mongo", func(t *testing.T) { storetest.Run(t, onMongo(lossy)) })
}

func TestWithoutFaultsItIsTheStore(t *testing.T) {
	storetest.Run(t, onMongo(func(s store.Store) store.Store { return faulty.Wrap(s, nil) }))
}

func onSQLite(wrap func(store.Store) store.Store) storetest.Harness {
	var paths sync.Map
	start := func(t *testing.T, path string) store.Store {
		t.Helper()
		s := wrap(open(t, path))
		paths.Store(s, path)
		return s
	}
	return storetest.Harness{
		Open: func(t *testing.T) store.Store { t.Helper(); return start(t, filepath.Join(t.TempDir(), "f.db")) },
		Reopen: func(t *testing.T, s store.Store) store.Store {
			t.Helper()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path, _ := paths.Load(s)
			return start(t, path.(string))
		},
	}
}

func onMongo(wrap func(store.Store) store.Store) storetest.Harness {
	var engines sync.Map
	start := func(t *testing.T, e *simdoc.Engine) store.Store {
		t.Helper()
		now := func() time.Time { return time.UnixMilli(1_700_000_000_000) }
		s, err := mongostore.New(t.Context(), e, mongostore.Config{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		out := wrap(s)
		engines.Store(out, e)
		return out
	}
	other := func(t *testing.T, s store.Store) store.Store {
		t.Helper()
		e, _ := engines.Load(s)
		return start(t, e.(*simdoc.Engine))
	}
	return storetest.Harness{
		Open:   func(t *testing.T) store.Store { t.Helper(); return start(t, simdoc.New(nil)) },
		Reopen: other, Beside: other,
	}
}
