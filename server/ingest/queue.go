package ingest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// maxWait is how long a frame waits for the running groups before a group starts beside them.
const maxWait = time.Second

// queue brings jobs to the store: many in one Batch if the store has transactions (sharing the fsync), side by side if
// each step is durable by itself (sharing calls). The more frames go together, the less each costs. So another group
// starts beside running groups only when half a group waits, or when a frame has waited longer than maxWait, since a
// running group may never end. The queue's length is bounded; beyond the bound a frame is refused with busy.
type queue struct {
	in      *Ingest
	traits  store.Traits
	maxWait time.Duration

	mu      sync.Mutex
	waiting []*job
	running int // groups
	groups  sync.WaitGroup
	closed  bool
}

func newQueue(in *Ingest) *queue {
	return &queue{in: in, traits: in.cfg.Store.Traits(), maxWait: maxWait}
}

// close lets waiting jobs finish.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.groups.Wait()
}

// submit hands over a job and waits for its end.
func (q *queue) submit(ctx context.Context, j *job) error {
	if q.in.cfg.Inline {
		q.runGroup([]*job{j})
		if q.in.cfg.Without.Off(store.AckAfterCommit) {
			return j.brokenPromise()
		}
		return j.outcome()
	}
	if err := q.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.outcome()
	case <-ctx.Done():
		return ctx.Err() // the work goes on; nothing was promised
	}
}

func (j *job) outcome() error {
	if j.err == nil && j.refused != nil {
		return j.refused
	}
	return j.err
}

// brokenPromise is the broken variant without AckAfterCommit: the answer promises, whatever the outcome.
func (j *job) brokenPromise() error {
	if j.frame != nil && j.err != nil {
		j.results = []wire.Result{{First: j.frame.First, Last: j.frame.Last(), Status: wire.Created}}
	}
	return nil
}

func (q *queue) enqueue(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= q.in.cfg.Queue {
		return wire.Refuse(wire.CodeBusy, "")
	}
	q.waiting = append(q.waiting, j)
	if !q.startIfDue() && q.traits.Parallel > 1 {
		q.scheduleOverdue(j)
	}
	return nil
}

// startIfDue starts a group if no group is running, or if half a group waits.
func (q *queue) startIfDue() bool {
	due := q.running == 0 && len(q.waiting) > 0 || q.running < q.traits.Parallel && 2*len(q.waiting) >= q.traits.FramesAtOnce
	if due {
		q.startGroup()
	}
	return due
}

func (q *queue) scheduleOverdue(j *job) {
	time.AfterFunc(q.maxWait, func() { q.startOverdue(j) }) //nolint:forbidigo // decides only which frames share a group
}

// startOverdue starts a group for a job still waiting, as soon as another group may run.
func (q *queue) startOverdue(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !slices.Contains(q.waiting, j) {
		return
	}
	if q.running < q.traits.Parallel {
		q.startGroup()
	}
	if slices.Contains(q.waiting, j) {
		q.scheduleOverdue(j)
	}
}

// startGroup starts a group of the first waiting jobs, up to the store's preferred number.
func (q *queue) startGroup() {
	n := min(len(q.waiting), max(1, q.traits.FramesAtOnce))
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.running++
	q.groups.Go(func() {
		q.runGroup(batch)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.running--
		q.startIfDue()
	})
}

// runGroup runs a group of jobs and signals the end of each.
func (q *queue) runGroup(batch []*job) {
	if !q.traits.Atomic {
		q.runSideBySide(batch)
		return
	}
	q.runInOneBatch(batch)
	for _, j := range batch {
		close(j.done)
	}
}

// runInOneBatch runs all jobs in one transaction. If the transaction fails, each job runs alone, so that no job can spoil
// the rest.
func (q *queue) runInOneBatch(batch []*job) {
	err := q.runBatch(context.Background(), batch)
	if err == nil {
		return
	}
	if len(batch) == 1 {
		batch[0].err = err
		return
	}
	for _, j := range batch {
		j.err = q.runBatch(context.Background(), []*job{j})
	}
}

// runSideBySide gives each job a Batch of its own, all at the same time. A finished job does not wait for the rest.
func (q *queue) runSideBySide(batch []*job) {
	ctx := q.in.cfg.Store.WithConcurrentBatches(context.Background(), len(batch))
	one := func(j *job) {
		j.err = q.runBatch(ctx, []*job{j})
		close(j.done)
	}
	var others sync.WaitGroup
	for _, j := range batch[1:] {
		others.Go(func() { one(j) })
	}
	one(batch[0])
	others.Wait()
}

func (q *queue) runBatch(ctx context.Context, batch []*job) error {
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
	if err == nil && slices.ContainsFunc(batch, func(j *job) bool { return j.storedNew }) {
		q.in.cfg.Counted()
	}
	if err != nil && !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrConflict) {
		q.in.cfg.Log.Error("a batch failed", "frames", len(batch), "err", err)
	}
	return err
}
