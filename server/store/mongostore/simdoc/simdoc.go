// Package simdoc is a document engine in memory, for tests: every operation on a document is an atomic step, and
// before and after each step the test decides the next event. The package gives exactly the guarantees of
// mongostore.Docs and no more: a call naming several documents takes a step for each; a scan sees documents
// separately.
package simdoc

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store/mongostore"
)

// Yielder is called before and after each step. op is "before insert records", "after change leaves" and so on:
// insert, read, change, raise, scan, total, remove, index. A Yielder may let other processes run in the meantime. An
// error returned before a step prevents the step; an error returned after a step comes too late for that; the caller
// of the operation gets either error. mongostore.ErrWriteConcern returned before a step simulates a write that was
// rolled back.
type Yielder interface {
	Step(ctx context.Context, op string) error
}

// Engine is one database. Its zero value is not usable.
type Engine struct {
	yielder Yielder
	mu      sync.Mutex
	colls   map[mongostore.Coll]*coll
}

type coll struct {
	ids  []string // sorted
	docs map[string]bson.Raw
}

var _ mongostore.Docs = (*Engine)(nil)

// New makes an empty database. y may be nil: then nothing yields and nothing fails.
func New(y Yielder) *Engine {
	return &Engine{yielder: y, colls: map[mongostore.Coll]*coll{}}
}

// Session returns the engine itself: there is only one history.
func (e *Engine) Session(ctx context.Context) (mongostore.Docs, func(), error) {
	return e, func() {}, ctx.Err()
}

// SessionTime is empty: there is one history, and every session has seen all of it.
func (e *Engine) SessionTime() mongostore.SessionTime { return mongostore.SessionTime{} }

// AdvanceTo does nothing.
func (e *Engine) AdvanceTo(mongostore.SessionTime) {}

// Index takes a step and does nothing: a scan examines every document.
func (e *Engine) Index(ctx context.Context, ix mongostore.Index) error {
	return e.step(ctx, "index", ix.Coll, func(*coll) error { return nil })
}

// Close does nothing: the documents stay, as on a disk.
func (e *Engine) Close(context.Context) error { return nil }

// step runs fn on a collection between its two yields.
func (e *Engine) step(ctx context.Context, op string, c mongostore.Coll, fn func(*coll) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := e.yield(ctx, "before "+op+" "+string(c)); err != nil {
		return err
	}
	if err := e.locked(c, fn); err != nil {
		return err
	}
	return e.yield(ctx, "after "+op+" "+string(c))
}

func (e *Engine) yield(ctx context.Context, op string) error {
	if e.yielder == nil {
		return nil
	}
	return e.yielder.Step(ctx, op)
}

func (e *Engine) locked(c mongostore.Coll, fn func(*coll) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	in := e.colls[c]
	if in == nil {
		in = &coll{docs: map[string]bson.Raw{}}
		e.colls[c] = in
	}
	return fn(in)
}

func (c *coll) put(id string, d bson.Raw) {
	if _, ok := c.docs[id]; !ok {
		i, _ := slices.BinarySearch(c.ids, id)
		c.ids = slices.Insert(c.ids, i, id)
	}
	c.docs[id] = d
}

func (c *coll) delete(id string) {
	if i, ok := slices.BinarySearch(c.ids, id); ok {
		c.ids = slices.Delete(c.ids, i, i+1)
	}
	delete(c.docs, id)
}

// Insert takes a step for each document.
func (e *Engine) Insert(ctx context.Context, c mongostore.Coll, docs []any) ([]bool, error) {
	taken := make([]bool, len(docs))
	for i, doc := range docs {
		raw, err := bson.Marshal(doc)
		if err != nil {
			return nil, err
		}
		id := bson.Raw(raw).Lookup("_id").StringValue()
		err = e.step(ctx, "insert", c, func(in *coll) error {
			if _, taken[i] = in.docs[id]; !taken[i] {
				in.put(id, raw)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// Read takes a step for each document.
func (e *Engine) Read(ctx context.Context, c mongostore.Coll, ids []string) (out []bson.Raw, err error) {
	for _, id := range ids {
		err := e.step(ctx, "read", c, func(in *coll) error {
			if d, ok := in.docs[id]; ok {
				out = append(out, d)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Change takes a step for each change.
func (e *Engine) Change(ctx context.Context, c mongostore.Coll, changes []mongostore.Change) ([]bool, error) {
	done := make([]bool, len(changes))
	for i, ch := range changes {
		err := e.step(ctx, "change", c, func(in *coll) (err error) {
			d, ok := in.docs[ch.ID]
			if !ok || !matchesAll(d, ch.If) {
				return nil
			}
			if d, err = applyChange(d, &ch); err == nil {
				in.put(ch.ID, d)
				done[i] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return done, nil
}

func applyChange(d bson.Raw, ch *mongostore.Change) (bson.Raw, error) {
	var doc bson.D
	if err := bson.Unmarshal(d, &doc); err != nil {
		return nil, err
	}
	for _, f := range ch.Set {
		doc = setField(doc, f.Key, f.Value)
	}
	for _, f := range ch.Union {
		add, ok := f.Value.([]string)
		if !ok {
			return nil, fmt.Errorf("simdoc: union of %T", f.Value)
		}
		set := append(stringValues(d.Lookup(f.Key)), add...)
		slices.Sort(set)
		doc = setField(doc, f.Key, slices.Compact(set))
	}
	return bson.Marshal(doc)
}

func setField(doc bson.D, key string, value any) bson.D {
	for i := range doc {
		if doc[i].Key == key {
			doc[i].Value = value
			return doc
		}
	}
	return append(doc, bson.E{Key: key, Value: value})
}

// Raise takes a step for each document.
func (e *Engine) Raise(ctx context.Context, c mongostore.Coll, ids []string) error {
	for _, id := range ids {
		err := e.step(ctx, "raise", c, func(in *coll) error {
			d, ok := in.docs[id]
			if !ok {
				d, _ = bson.Marshal(bson.D{{Key: "_id", Value: id}})
			}
			epoch, _ := d.Lookup("epoch").Int64OK()
			d, err := applyChange(d, &mongostore.Change{Set: bson.D{{Key: "epoch", Value: epoch + 1}}})
			if err == nil {
				in.put(id, d)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Scan takes a step for each returned document and treats each value of an In separately, as an index does: a document
// moved during the scan may be returned twice or never. A sorted scan sorts the documents found.
func (e *Engine) Scan(ctx context.Context, c mongostore.Coll, q mongostore.Query) (out []bson.Raw, err error) {
	each := splitByIn(q.Where)
	for _, where := range each {
		after, from := "", true
		for found := true; found; from = false {
			err := e.step(ctx, "scan", c, func(in *coll) error {
				var d bson.Raw
				if d, found = in.next(after, from, where); found {
					after = d.Lookup("_id").StringValue()
					out = append(out, d)
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			if len(each) == 1 && q.Sort == "_id" && q.Limit > 0 && len(out) >= q.Limit {
				return out, nil
			}
		}
	}
	if q.Sort != "" {
		slices.SortStableFunc(out, func(a, b bson.Raw) int { return compare(a.Lookup(q.Sort), value(b.Lookup(q.Sort))) })
	}
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, nil
}

// splitByIn makes one list of conditions for each value of the first In among them.
func splitByIn(where []mongostore.Cond) [][]mongostore.Cond {
	for i, cond := range where {
		if in, ok := cond.Value.([]string); ok && cond.Op == mongostore.In {
			out := make([][]mongostore.Cond, len(in))
			for j, v := range in {
				out[j] = slices.Clone(where)
				out[j][i].Value = []string{v}
			}
			return out
		}
	}
	return [][]mongostore.Cond{where}
}

// next is the first document after an id that matches.
func (c *coll) next(after string, from bool, where []mongostore.Cond) (bson.Raw, bool) {
	i, exact := slices.BinarySearch(c.ids, after)
	if exact && !from {
		i++
	}
	for _, id := range c.ids[i:] {
		if matchesAll(c.docs[id], where) {
			return c.docs[id], true
		}
	}
	return nil, false
}

// Total is one step.
func (e *Engine) Total(ctx context.Context, c mongostore.Coll, field string, where []mongostore.Cond) (n, sum int64, err error) {
	err = e.step(ctx, "total", c, func(in *coll) error {
		for _, d := range in.docs {
			if matchesAll(d, where) {
				n++
				if v, ok := d.Lookup(field).Int64OK(); ok && field != "" {
					sum += v
				}
			}
		}
		return nil
	})
	return n, sum, err
}

// Remove is one step.
func (e *Engine) Remove(ctx context.Context, c mongostore.Coll, where []mongostore.Cond) error {
	return e.step(ctx, "remove", c, func(in *coll) error {
		for _, id := range slices.Clone(in.ids) {
			if matchesAll(in.docs[id], where) {
				in.delete(id)
			}
		}
		return nil
	})
}
