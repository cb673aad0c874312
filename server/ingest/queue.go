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

// patience is how long a frame waits for those that are on their way already, before it goes beside them.
const maxWait = time.Second

// queue brings jobs to the store: many in one Batch where the store has transactions (the fsync is shared),
// side by side where each step is durable by itself (the calls are shared). The more go together the less each costs,
// so another group starts beside those that are on their way only when half of one waits, or when somebody has waited for
// too long: what the first wait for may never come. The queue's length is bounded: beyond it, busy.
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

// close lets what waits come to its end.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.groups.Wait()
}

// do hands a job over and waits for its end.
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

// promise is the broken variant that answers whatever became of the work.
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

// start starts a group if one is due: nobody is on his way, or half a group waits.
func (q *queue) startIfDue() bool {
	due := q.running == 0 && len(q.waiting) > 0 || q.running < q.traits.Parallel && 2*len(q.waiting) >= q.traits.FramesAtOnce
	if due {
		q.startGroup()
	}
	return due
}

func (q *queue) scheduleOverdue(j *job) {
	time.AfterFunc(q.maxWait, func() { q.startOverdue(j) }) //nolint:forbidigo // it decides only who goes with whom
}

// hurry starts a group for a job that still waits, as soon as there may be another.
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

// send takes what waits, up to the store's liking, on its way.
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

// run does a batch of jobs and tells each that it has ended.
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

// atOnce does a batch in one transaction. When it fails as a whole, each goes alone, so that one can't spoil the others.
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

// sideBySide gives each job a Batch of its own, all at the same time. Whoever has ended waits for none of the others.
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
