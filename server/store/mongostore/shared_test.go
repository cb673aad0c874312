package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// callCounter counts the calls that reach the engine, and reports an update that changes one document twice.
type callCounter struct {
	mongostore.Docs
	t *testing.T

	mu    sync.Mutex
	calls map[string]int
	fail  func(op string, docs []any) error
}

func newCallCounter(t *testing.T) *callCounter {
	return &callCounter{Docs: simdoc.New(nil), t: t, calls: map[string]int{}, fail: func(string, []any) error { return nil }}
}

func (c *callCounter) Session(context.Context) (mongostore.Docs, func(), error) {
	return c, func() {}, nil
}

func (c *callCounter) count(op string, docs []any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[op]++
	return c.fail(op, docs)
}

func (c *callCounter) Insert(ctx context.Context, coll mongostore.Coll, docs []any) ([]bool, error) {
	if err := c.count("insert "+string(coll), docs); err != nil {
		return nil, err
	}
	return c.Docs.Insert(ctx, coll, docs)
}

func (c *callCounter) Read(ctx context.Context, coll mongostore.Coll, ids []string) ([]bson.Raw, error) {
	if err := c.count("read "+string(coll), nil); err != nil {
		return nil, err
	}
	return c.Docs.Read(ctx, coll, ids)
}

func (c *callCounter) Scan(ctx context.Context, coll mongostore.Coll, q mongostore.Query) ([]bson.Raw, error) {
	if err := c.count("scan "+string(coll), nil); err != nil {
		return nil, err
	}
	return c.Docs.Scan(ctx, coll, q)
}

func (c *callCounter) Change(ctx context.Context, coll mongostore.Coll, changes []mongostore.Change) ([]bool, error) {
	ids := make([]string, len(changes))
	for i := range changes {
		ids[i] = changes[i].ID
	}
	if slices.Sort(ids); len(slices.Compact(ids)) < len(changes) {
		c.t.Errorf("one update changes a document twice: %v", ids)
	}
	if err := c.count("change "+string(coll), nil); err != nil {
		return nil, err
	}
	return c.Docs.Change(ctx, coll, changes)
}

func openOn(t *testing.T, docs mongostore.Docs) *mongostore.Store {
	t.Helper()
	s, err := mongostore.New(t.Context(), docs, mongostore.Config{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// runConcurrently runs n concurrent Batches, and returns the error of each.
func runConcurrently(s store.Store, n int, fn func(ctx context.Context, st store.Steps, i int) error) []error {
	ctx := s.WithConcurrentBatches(context.Background(), n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			errs[i] = s.Batch(ctx, func(st store.Steps) error { return fn(ctx, st, i) })
		})
	}
	all.Wait()
	return errs
}

func ownStream(i int) wire.StreamID {
	return wire.StreamID{Device: fmt.Sprintf("dev%07d", i), Epoch: "ep0ch000"}
}

func oneLineFrame(i int) store.Frame {
	return store.Frame{
		Key: store.FrameKey{Stream: ownStream(i), First: 1, Last: 1, Head: wire.Hash{byte(i)}}, Packed: wire.PackLines([][]byte{[]byte("{}")}),
		Received: 1, Unit: "u",
	}
}

// Eight concurrent Batches make as many commands as one Batch alone, and each gets its own results.
func TestConcurrentBatchesShareCalls(t *testing.T) {
	docs := newCallCounter(t)
	s := openOn(t, docs)
	s.SetCallWait(time.Hour)
	clear(docs.calls)
	for i, err := range runConcurrently(s, 8, func(ctx context.Context, st store.Steps, i int) error {
		sum, err := st.Stream(ctx, ownStream(i))
		if err != nil || sum.Rev != 0 {
			return fmt.Errorf("before: %+v, %w", sum, err)
		}
		if _, existed, err := st.CommitFrame(ctx, oneLineFrame(i)); err != nil || existed {
			return fmt.Errorf("it existed: %v, %w", existed, err)
		}
		if sum, err = st.FixBoots(ctx, ownStream(i), []clock.Boot{{ID: fmt.Sprint("boot", i)}}); err != nil || len(sum.Boots) != 1 {
			return fmt.Errorf("boots: %+v, %w", sum, err)
		}
		if sum, err = st.Stream(ctx, ownStream(i)); err != nil || sum.ID != ownStream(i) || sum.Boots[0].ID != fmt.Sprint("boot", i) {
			return fmt.Errorf("after: %+v, %w", sum, err)
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	for op, want := range map[string]int{"read streams": 3, "insert frames": 1, "insert streams": 1} {
		if docs.calls[op] != want {
			t.Errorf("%d × %s, want %d", docs.calls[op], op, want)
		}
	}
}

// Concurrent Batches changing the same document: one update each, and every change lands in the end.
func TestConcurrentBatchesOnOneDocument(t *testing.T) {
	docs := newCallCounter(t)
	s := openOn(t, docs)
	for i, err := range runConcurrently(s, 8, func(ctx context.Context, st store.Steps, i int) error {
		_, err := st.FixBoots(ctx, ownStream(0), []clock.Boot{{ID: fmt.Sprint("boot", i)}})
		return err
	}) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	sums, err := s.Streams(t.Context(), wire.StreamID{}, 10)
	if err != nil || len(sums) != 1 || len(sums[0].Boots) != 8 {
		t.Errorf("%+v, %v", sums, err)
	}
}

// A document refused by the engine fails only the Batch with that document; an unavailable engine fails all Batches.
func TestConcurrentBatchesFailAlone(t *testing.T) {
	docs := newCallCounter(t)
	s := openOn(t, docs)
	s.SetCallWait(time.Hour)
	commit := func(ctx context.Context, st store.Steps, i int) error {
		_, existed, err := st.CommitFrame(ctx, oneLineFrame(i))
		if existed {
			t.Errorf("%d existed", i)
		}
		return err
	}
	damaged := errors.New("no engine takes this")
	docs.fail = func(op string, given []any) error {
		if op == "insert frames" && strings.Contains(fmt.Sprintf("%+v", given), ownStream(3).String()) {
			return damaged
		}
		return nil
	}
	for i, err := range runConcurrently(s, 8, commit) {
		if errors.Is(err, damaged) != (i == 3) || i != 3 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	docs.fail = func(op string, _ []any) error {
		if op == "insert frames" {
			return store.ErrUnavailable
		}
		return nil
	}
	clear(docs.calls)
	for i, err := range runConcurrently(s, 4, func(ctx context.Context, st store.Steps, i int) error { return commit(ctx, st, 20+i) }) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := docs.calls["insert frames"]; n != 1 {
		t.Errorf("asked %d times of an engine that is away", n)
	}
}

// neverLanded reports every change as not landed.
type neverLanded struct{ *callCounter }

func (f neverLanded) Session(context.Context) (mongostore.Docs, func(), error) {
	return f, func() {}, nil
}

func (f neverLanded) Change(ctx context.Context, coll mongostore.Coll, changes []mongostore.Change) ([]bool, error) {
	_, err := f.callCounter.Change(ctx, coll, changes)
	return make([]bool, len(changes)), err
}

// A touch that landed and is reported as not landed succeeds; a touch of an absent frame fails.
func TestTouchReadsAgain(t *testing.T) {
	s := openOn(t, neverLanded{newCallCounter(t)})
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		if _, _, err := st.CommitFrame(ctx, oneLineFrame(1)); err != nil {
			return err
		}
		if err := st.Touch(ctx, oneLineFrame(2).Key, []string{"r"}, []string{"u"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a frame that is not there: %v", err)
		}
		return st.Touch(ctx, oneLineFrame(1).Key, []string{"r"}, []string{"u"})
	})
}

// A Batch that takes long, or never begins, delays no other Batch.
func TestConcurrentBatchesDoNotWaitLong(t *testing.T) {
	s := openOn(t, newCallCounter(t))
	ctx := s.WithConcurrentBatches(t.Context(), 4) // two of the four never begin
	slow, done := make(chan struct{}), make(chan error, 2)
	go func() {
		done <- s.Batch(ctx, func(st store.Steps) error {
			<-slow
			_, err := st.Stream(ctx, ownStream(1))
			return err
		})
	}()
	go func() {
		err := s.Batch(ctx, func(st store.Steps) error {
			_, err := st.Stream(ctx, ownStream(2))
			return err
		})
		close(slow)
		done <- err
	}()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
