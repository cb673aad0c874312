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
const patience = time.Second

// queue brings jobs to the store: many in one Batch where the store has transactions (the fsync is shared),
// side by side where each step is durable by itself (the calls are shared). The more go together the less each costs,
// so another group starts beside those that are on their way only when half of one waits, or when somebody has waited for
// too long: what the first wait for may never come. The queue's length is bounded: beyond it, busy.
type queue struct {
	in       *Ingest
	traits   store.Traits
	patience time.Duration

	mu      sync.Mutex
	waiting []*job
	running int // groups
	groups  sync.WaitGroup
	closed  bool
}

func newQueue(in *Ingest) *queue {
	return &queue{in: in, traits: in.cfg.Store.Traits(), patience: patience}
}

// close lets what waits come to its end.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.groups.Wait()
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
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= q.in.cfg.Queue {
		return wire.Refuse(wire.CodeBusy, "")
	}
	q.waiting = append(q.waiting, j)
	if !q.start() && q.traits.Parallel > 1 {
		q.hurryLater(j)
	}
	return nil
}

// start starts a group if one is due: nobody is on his way, or half a group waits.
func (q *queue) start() bool {
	due := q.running == 0 && len(q.waiting) > 0 || q.running < q.traits.Parallel && 2*len(q.waiting) >= q.traits.FramesAtOnce
	if due {
		q.send()
	}
	return due
}

func (q *queue) hurryLater(j *job) {
	time.AfterFunc(q.patience, func() { q.hurry(j) }) //nolint:forbidigo // it decides only who goes with whom
}

// hurry starts a group for a job that still waits, as soon as there may be another.
func (q *queue) hurry(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !slices.Contains(q.waiting, j) {
		return
	}
	if q.running < q.traits.Parallel {
		q.send()
	}
	if slices.Contains(q.waiting, j) {
		q.hurryLater(j)
	}
}

// send takes what waits, up to the store's liking, on its way.
func (q *queue) send() {
	n := min(len(q.waiting), max(1, q.traits.FramesAtOnce))
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.running++
	q.groups.Go(func() {
		q.run(batch)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.running--
		q.start()
	})
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
	ctx := q.in.cfg.Store.WithConcurrentBatches(context.Background(), len(batch))
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
	if err == nil && slices.ContainsFunc(batch, func(j *job) bool { return j.news }) {
		q.in.cfg.Counted()
	}
	if err != nil && !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrConflict) {
		q.in.cfg.Log.Error("a batch failed", "frames", len(batch), "err", err)
	}
	return err
}
