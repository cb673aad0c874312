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

// linger is how long a call waits for the others of its company.
const linger = 5 * time.Millisecond

// company is several Batches that go side by side: each makes one call after another, and when all of them have come to a
// call, or the first has waited for long enough, calls of one kind go to the engine in one command: the commands of a small
// frame cost more than what is in them. Nothing of the order changes: Docs promises nothing about what happens between the
// documents of a call, and no Batch goes on before its call is answered.
type company struct {
	linger time.Duration

	mu      sync.Mutex
	live    int // Batches that have not ended
	waiting []*wish
}

type companyKey struct{}

// WithConcurrentBatches lets n Batches go side by side.
func (s *Store) WithConcurrentBatches(ctx context.Context, n int) context.Context {
	if n < 2 {
		return ctx
	}
	return context.WithValue(ctx, companyKey{}, &company{linger: s.linger, live: n})
}

// shared is Docs within one Batch of a company.
type shared struct {
	Docs
	company *company
}

// Insert shares an insert.
func (x *shared) Insert(ctx context.Context, c Coll, docs []any) ([]bool, error) {
	w := &wish{docs: docs}
	err := x.call(ctx, "insert "+string(c), w, func(ctx context.Context, in Docs, all *wish) (err error) {
		all.flags, err = in.Insert(ctx, c, all.docs)
		return err
	})
	return w.flags, err
}

// Change shares an update. Calls that change one document are never in one command: it could not tell whose change landed.
func (x *shared) Change(ctx context.Context, c Coll, changes []Change) ([]bool, error) {
	w := &wish{changes: changes, names: make([]string, len(changes))}
	for i := range changes {
		w.names[i] = changes[i].ID
	}
	err := x.call(ctx, "change "+string(c), w, func(ctx context.Context, in Docs, all *wish) (err error) {
		all.flags, err = in.Change(ctx, c, all.changes)
		return err
	})
	return w.flags, err
}

// Raise shares increments. A document that several want raised is raised once, after all of them have asked.
func (x *shared) Raise(ctx context.Context, c Coll, ids []string) error {
	return x.call(ctx, "raise "+string(c), &wish{names: ids}, func(ctx context.Context, in Docs, all *wish) error {
		return in.Raise(ctx, c, unique(all.names))
	})
}

// Read shares a look at documents by their ids.
func (x *shared) Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error) {
	w := &wish{names: ids}
	err := x.call(ctx, "read "+string(c), w, func(ctx context.Context, in Docs, all *wish) (err error) {
		all.raws, err = in.Read(ctx, c, unique(all.names))
		return all.deal("_id", err)
	})
	return w.raws, err
}

// Scan shares a scan for the values of one field. Any other it makes by itself.
func (x *shared) Scan(ctx context.Context, c Coll, q Query) ([]bson.Raw, error) {
	field, names, ok := ofOneField(&q)
	if !ok {
		return x.Docs.Scan(ctx, c, q)
	}
	w := &wish{names: names}
	kind := strings.Join(append([]string{"scan", string(c), field, q.By}, q.Only...), " ")
	err := x.call(ctx, kind, w, func(ctx context.Context, in Docs, all *wish) (err error) {
		q := q
		q.Where = []Cond{{field, In, unique(all.names)}}
		all.raws, err = in.Scan(ctx, c, q)
		return all.deal(field, err)
	})
	return w.raws, err
}

// ofOneField reports whether a query asks for values of one field, which its answer shows, and nothing else.
func ofOneField(q *Query) (field string, names []string, ok bool) {
	if len(q.Where) != 1 || q.Where[0].Op != In || q.Sort != "" || q.Limit > 0 {
		return "", nil, false
	}
	field = q.Where[0].Field
	names, ok = q.Where[0].Value.([]string)
	return field, names, ok && (len(q.Only) == 0 || field == "_id" || slices.Contains(q.Only, field))
}

// call makes a call, with others of its kind where there are any.
func (x *shared) call(ctx context.Context, kind string, own *wish, do func(context.Context, Docs, *wish) error) error {
	own.kind, own.in, own.do, own.ctx, own.told = kind, x.Docs, do, ctx, make(chan bool, 1)
	x.company.come(own)
	if <-own.told {
		return own.err
	}
	own.flags, own.raws = nil, nil
	return do(ctx, own.in, own)
}

// come adds a call, and makes all that wait when it is the last or has waited for long enough.
func (c *company) come(own *wish) {
	c.mu.Lock()
	c.waiting = append(c.waiting, own)
	if len(c.waiting) < c.live {
		time.AfterFunc(c.linger, func() { //nolint:forbidigo // it decides only who shares a call with whom
			c.mu.Lock()
			if !slices.Contains(c.waiting, own) {
				c.mu.Unlock()
				return
			}
			c.fire()
		})
		c.mu.Unlock()
		return
	}
	c.fire()
}

// leave is the end of a Batch, for which the others need not wait. nil: it had no company.
func (c *company) leave() {
	if c == nil {
		return
	}
	c.mu.Lock()
	if c.live--; len(c.waiting) < c.live || len(c.waiting) == 0 {
		c.mu.Unlock()
		return
	}
	c.fire()
}

// fire makes all calls that wait. It is called with the lock and gives it back.
func (c *company) fire() {
	all := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for len(all) > 0 {
		var group []*wish
		group, all = grouped(all)
		go callFor(group)
	}
}
