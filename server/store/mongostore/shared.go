package mongostore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

// maxShared bounds the names and documents of one command that several Batches share.
const maxShared = 4096

// maxCallWait is how long a call waits for the others of its company.
const maxCallWait = 5 * time.Millisecond

// callBatch is several Batches that go side by side: each makes one call after another, and when all of them have come to a
// call, or the first has waited for long enough, calls of one kind go to the engine in one command: the commands of a small
// frame cost more than what is in them. Nothing of the order changes: Docs promises nothing about what happens between the
// documents of a call, and no Batch goes on before its call is answered.
type callBatch struct {
	maxWait time.Duration

	mu      sync.Mutex
	running int // Batches that have not ended
	waiting []*call
}

type callBatchKey struct{}

// WithConcurrentBatches lets n Batches go side by side.
func (s *Store) WithConcurrentBatches(ctx context.Context, n int) context.Context {
	if n < 2 {
		return ctx
	}
	return context.WithValue(ctx, callBatchKey{}, &callBatch{maxWait: s.callWait, running: n})
}

// sharedDocs is Docs within one Batch of a company.
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

// Change shares an update. Calls that change one document are never in one command: it could not tell whose change landed.
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

// Raise shares increments. A document that several want raised is raised once, after all of them have asked.
func (x *sharedDocs) Raise(ctx context.Context, c Coll, ids []string) error {
	return x.runShared(ctx, "raise "+string(c), &call{names: ids}, func(ctx context.Context, in Docs, all *call) error {
		return in.Raise(ctx, c, unique(all.names))
	})
}

// Read shares a look at documents by their ids.
func (x *sharedDocs) Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error) {
	w := &call{names: ids}
	err := x.runShared(ctx, "read "+string(c), w, func(ctx context.Context, in Docs, all *call) (err error) {
		all.raws, err = in.Read(ctx, c, unique(all.names))
		return all.distribute("_id", err)
	})
	return w.raws, err
}

// Scan shares a scan for the values of one field. Any other it makes by itself.
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

// singleField reports whether a query asks for values of one field, which its answer shows, and nothing else.
func singleField(q *Query) (field string, names []string, ok bool) {
	if len(q.Where) != 1 || q.Where[0].Op != In || q.Sort != "" || q.Limit > 0 {
		return "", nil, false
	}
	field = q.Where[0].Field
	names, ok = q.Where[0].Value.([]string)
	return field, names, ok && (len(q.Only) == 0 || field == "_id" || slices.Contains(q.Only, field))
}

// runShared makes a call, with others of its kind where there are any.
func (x *sharedDocs) runShared(ctx context.Context, kind string, own *call, do func(context.Context, Docs, *call) error) error {
	own.kind, own.session, own.run, own.ctx, own.done = kind, x.Docs, do, ctx, make(chan bool, 1)
	x.batch.add(own)
	if <-own.done {
		return own.err
	}
	own.flags, own.raws = nil, nil
	return do(ctx, own.session, own)
}

// add adds a call, and makes all that wait when it is the last or has waited for long enough.
func (c *callBatch) add(own *call) {
	c.mu.Lock()
	c.waiting = append(c.waiting, own)
	if len(c.waiting) < c.running {
		time.AfterFunc(c.maxWait, func() { //nolint:forbidigo // it decides only who shares a call with whom
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

// leave is the end of a Batch, for which the others need not wait. nil: it had no company.
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

// runWaiting makes all calls that wait. It is called with the lock and gives it back.
func (c *callBatch) runWaiting() {
	all := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for len(all) > 0 {
		var group []*call
		group, all = takeSameKind(all)
		go runTogether(group)
	}
}
