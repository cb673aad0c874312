package ingest

import (
	"context"
	"errors"
	"sync"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// queue brings jobs to the store: many in one Batch where the store has transactions (the fsync is shared),
// side by side where each step is durable by itself (the calls are shared). Its length is bounded: beyond it, busy.
type queue struct {
	in      *Ingest
	traits  store.Traits
	jobs    chan *job
	workers sync.WaitGroup

	mu     sync.RWMutex
	closed bool
}

func newQueue(in *Ingest) *queue {
	q := &queue{in: in, traits: in.cfg.Store.Traits(), jobs: make(chan *job, in.cfg.Queue)}
	if in.cfg.Inline {
		return q
	}
	for range max(1, q.traits.Parallel) {
		q.workers.Go(q.work)
	}
	return q
}

func (q *queue) close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.jobs)
	}
	q.mu.Unlock()
	q.workers.Wait()
}

// do hands a job over and waits for its end.
func (q *queue) do(ctx context.Context, j *job) error {
	if q.in.cfg.Inline {
		q.run([]*job{j})
		if q.in.cfg.Without.Off(store.AckAfterCommit) {
			return j.promise()
		}
		return j.end()
	}
	if err := q.put(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.end()
	case <-ctx.Done():
		return ctx.Err() // the work goes on; nothing was promised
	}
}

func (j *job) end() error {
	if j.err == nil && j.refused != nil {
		return j.refused
	}
	return j.err
}

// promise is the broken variant that answers whatever became of the work.
func (j *job) promise() error {
	if j.frame != nil && j.err != nil {
		j.results = []wire.Result{{First: j.frame.First, Last: j.frame.Last(), Status: wire.Created}}
	}
	return nil
}

func (q *queue) put(j *job) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return wire.Refuse(wire.CodeBusy, "")
	}
	select {
	case q.jobs <- j:
		return nil
	default:
		return wire.Refuse(wire.CodeBusy, "")
	}
}

func (q *queue) work() {
	for j := range q.jobs {
		q.run(q.gather(j))
	}
}

// gather takes what waits already, up to the store's liking.
func (q *queue) gather(first *job) []*job {
	batch := []*job{first}
	for len(batch) < q.traits.Group {
		select {
		case j, ok := <-q.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// run does a batch of jobs and tells each that it has ended.
func (q *queue) run(batch []*job) {
	if !q.traits.Atomic {
		q.sideBySide(batch)
		return
	}
	q.atOnce(batch)
	for _, j := range batch {
		close(j.done)
	}
}

// atOnce does a batch in one transaction. When it fails as a whole, each goes alone, so that one can't spoil the others.
func (q *queue) atOnce(batch []*job) {
	err := q.batch(context.Background(), batch)
	if err == nil {
		return
	}
	if len(batch) == 1 {
		batch[0].err = err
		return
	}
	for _, j := range batch {
		j.err = q.batch(context.Background(), []*job{j})
	}
}

// sideBySide gives each job a Batch of its own, all at the same time. Whoever has ended waits for none of the others.
func (q *queue) sideBySide(batch []*job) {
	ctx := q.in.cfg.Store.Together(context.Background(), len(batch))
	one := func(j *job) {
		j.err = q.batch(ctx, []*job{j})
		close(j.done)
	}
	var others sync.WaitGroup
	for _, j := range batch[1:] {
		others.Go(func() { one(j) })
	}
	one(batch[0])
	others.Wait()
}

func (q *queue) batch(ctx context.Context, batch []*job) error {
	ctx, cancel := context.WithTimeout(ctx, q.in.cfg.Timeout)
	defer cancel()
	err := q.in.cfg.Store.Batch(ctx, func(s store.Steps) error {
		for _, j := range batch {
			if err := q.in.process(ctx, s, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrConflict) {
		q.in.cfg.Log.Error("a batch failed", "frames", len(batch), "err", err)
	}
	return err
}
