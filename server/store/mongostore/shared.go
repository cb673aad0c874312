package mongostore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

// maxShared bounds the names and documents of one command shared by several Batches.
const maxShared = 4096

// maxCallWait is the longest time a call waits for the other calls of its callBatch.
const maxCallWait = 5 * time.Millisecond

// callBatch joins several concurrent Batches. Each Batch makes one call after another. Once all Batches have a waiting
// call, or the first has waited long enough, the calls of one kind go to the engine in one command: for a small frame,
// the commands cost more than their contents. The order of the write path is unchanged: Docs promises nothing about
// the time between the documents of a call, and no Batch continues before the answer to its call.
type callBatch struct {
	maxWait time.Duration

	mu      sync.Mutex
	running int // Batches that have not ended
	waiting []*call
}

type callBatchKey struct{}

// WithConcurrentBatches lets n Batches share calls.
func (s *Store) WithConcurrentBatches(ctx context.Context, n int) context.Context {
	if n < 2 {
		return ctx
	}
	return context.WithValue(ctx, callBatchKey{}, &callBatch{maxWait: s.callWait, running: n})
}

// sharedDocs is Docs of one Batch in a callBatch.
type sharedDocs struct {
	Docs
	batch *callBatch
}

// Insert shares an insert.
func (x *sharedDocs) Insert(ctx context.Context, c Coll, docs []any) ([]bool, error) {
	w := &call{docs: docs}
	err := x.runShared(ctx, "insert "+string(c), w, func(ctx context.Context, in Docs, all *call) (err error) {
		all.flags, err = in.Insert(ctx, c, all.docs)
		return err
	})
	return w.flags, err
}

// Change shares an update. Two calls changing the same document never share a command: the answer could not tell the
// two apart.
func (x *sharedDocs) Change(ctx context.Context, c Coll, changes []Change) ([]bool, error) {
	w := &call{changes: changes, names: make([]string, len(changes))}
	for i := range changes {
		w.names[i] = changes[i].ID
	}
	err := x.runShared(ctx, "change "+string(c), w, func(ctx context.Context, in Docs, all *call) (err error) {
		all.flags, err = in.Change(ctx, c, all.changes)
		return err
	})
	return w.flags, err
}

// Raise shares increments. A document named by several calls is raised once, after all these calls have arrived.
func (x *sharedDocs) Raise(ctx context.Context, c Coll, ids []string) error {
	return x.runShared(ctx, "raise "+string(c), &call{names: ids}, func(ctx context.Context, in Docs, all *call) error {
		return in.Raise(ctx, c, unique(all.names))
	})
}

// Read shares a read of documents by ids.
func (x *sharedDocs) Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error) {
	w := &call{names: ids}
	err := x.runShared(ctx, "read "+string(c), w, func(ctx context.Context, in Docs, all *call) (err error) {
		all.raws, err = in.Read(ctx, c, unique(all.names))
		return all.distribute("_id", err)
	})
	return w.raws, err
}

// Scan shares a scan for the values of one field. Any other scan is made alone.
func (x *sharedDocs) Scan(ctx context.Context, c Coll, q Query) ([]bson.Raw, error) {
	field, names, ok := singleField(&q)
	if !ok {
		return x.Docs.Scan(ctx, c, q)
	}
	w := &call{names: names}
	kind := strings.Join(append([]string{"scan", string(c), field, q.By}, q.Only...), " ")
	err := x.runShared(ctx, kind, w, func(ctx context.Context, in Docs, all *call) (err error) {
		q := q
		q.Where = []Cond{{field, In, unique(all.names)}}
		all.raws, err = in.Scan(ctx, c, q)
		return all.distribute(field, err)
	})
	return w.raws, err
}

// singleField reports whether a query only asks for values of one field, and the field is part of the answer.
func singleField(q *Query) (field string, names []string, ok bool) {
	if len(q.Where) != 1 || q.Where[0].Op != In || q.Sort != "" || q.Limit > 0 {
		return "", nil, false
	}
	field = q.Where[0].Field
	names, ok = q.Where[0].Value.([]string)
	return field, names, ok && (len(q.Only) == 0 || field == "_id" || slices.Contains(q.Only, field))
}

// runShared makes a call, shared with calls of the same kind if there are any.
func (x *sharedDocs) runShared(ctx context.Context, kind string, own *call, do func(context.Context, Docs, *call) error) error {
	own.kind, own.session, own.run, own.ctx, own.done = kind, x.Docs, do, ctx, make(chan bool, 1)
	x.batch.add(own)
	if <-own.done {
		return own.err
	}
	own.flags, own.raws = nil, nil
	return do(ctx, own.session, own)
}

// add adds a call. If all Batches are waiting now, or after maxWait, all waiting calls are made.
func (c *callBatch) add(own *call) {
	c.mu.Lock()
	c.waiting = append(c.waiting, own)
	if len(c.waiting) < c.running {
		time.AfterFunc(c.maxWait, func() { //nolint:forbidigo // the timer decides only which calls share a command
			c.mu.Lock()
			if !slices.Contains(c.waiting, own) {
				c.mu.Unlock()
				return
			}
			c.runWaiting()
		})
		c.mu.Unlock()
		return
	}
	c.runWaiting()
}

// leave ends a Batch: the other Batches do not wait for it any more. c is nil for a Batch without a callBatch.
func (c *callBatch) leave() {
	if c == nil {
		return
	}
	c.mu.Lock()
	if c.running--; len(c.waiting) < c.running || len(c.waiting) == 0 {
		c.mu.Unlock()
		return
	}
	c.runWaiting()
}

// runWaiting makes all waiting calls. The caller holds the lock; runWaiting releases it.
func (c *callBatch) runWaiting() {
	all := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for len(all) > 0 {
		var calls []*call
		calls, all = takeSameKind(all)
		go runTogether(calls)
	}
}
