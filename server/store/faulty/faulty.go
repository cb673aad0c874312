// Package faulty wraps a store and lets its operations fail, wait, or time out after the write landed, as
// a real database sometimes does. Without a hook it passes everything through.
//
// A hook is called twice for every operation, before and after:
//
//	before, returns an error:  the operation is not run, its caller gets the error
//	after, returns an error:   the operation was run and landed, its caller gets the error all the same
//
// A hook may also wait, or end the process. A database that does not answer in time gives
// store.ErrUnavailable; ErrLost and ErrRefused wrap it.
package faulty

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"roadbook/server/store"
)

// Errors for hooks to return. The caller sees both as store.ErrUnavailable.
var (
	ErrRefused = fmt.Errorf("%w: refused by a fault plan", store.ErrUnavailable)
	ErrLost    = fmt.Errorf("%w: done, but the answer was lost by a fault plan", store.ErrUnavailable)
)

// Names of the operations without a method of the same name in Steps or Registry.
const (
	// Commit is the end of a Batch: before = nothing of the Batch is durable yet, after = all of it is.
	Commit = "Commit"
	// Begin is the start of a Batch, called before only.
	Begin = "Begin"
)

// Hook is called for an operation, with the name of its method ("CommitFrame", "Mark", "Put", …). Several goroutines
// may call a hook at once.
type Hook func(step string, before bool) error

// Wrap returns s with hook around its writing operations and around Get. A nil hook does nothing.
func Wrap(s store.Store, hook Hook) store.Store {
	if hook == nil {
		hook = func(string, bool) error { return nil }
	}
	return &wrapped{Store: s, hook: hook}
}

// Rates are probabilities, 0 to 1, of one operation.
type Rates struct {
	Refuse float64 // it fails and nothing was done
	Lose   float64 // it is done, but reported as failed
}

// Plan is a hook that draws faults from a seed; the same seed gives the same faults to the same sequence
// of operations. Operations not named in steps pass; no steps means all.
func Plan(seed uint64, rates Rates, steps ...string) Hook {
	rng := rand.New(rand.NewPCG(seed, 0x6661756c74)) //nolint:gosec // repeatable on purpose
	var mu sync.Mutex
	named := map[string]bool{}
	for _, s := range steps {
		named[s] = true
	}
	return func(step string, before bool) error {
		if len(named) > 0 && !named[step] {
			return nil
		}
		mu.Lock()
		x := rng.Float64()
		mu.Unlock()
		switch {
		case before && x < rates.Refuse:
			return fmt.Errorf("%w: %s", ErrRefused, step)
		case !before && x < rates.Lose:
			return fmt.Errorf("%w: %s", ErrLost, step)
		}
		return nil
	}
}

// Once is a hook that runs fault at the n-th call (from 1) for a step, before or after it, and passes
// everything else. fault may wait, end the process, or return an error.
func Once(step string, before bool, n int, fault func() error) Hook {
	var mu sync.Mutex
	return func(s string, b bool) error {
		if s != step || b != before {
			return nil
		}
		mu.Lock()
		n--
		due := n == 0
		mu.Unlock()
		if due {
			return fault()
		}
		return nil
	}
}

type wrapped struct {
	store.Store
	hook Hook
}

// around runs fn between the hook's two calls.
func around[T any](hook Hook, step string, fn func() (T, error)) (T, error) {
	if err := hook(step, true); err != nil {
		var none T
		return none, err
	}
	out, err := fn()
	if err == nil {
		err = hook(step, false)
	}
	return out, err
}

func do(hook Hook, step string, fn func() error) error {
	_, err := around(hook, step, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}

// Batch has hooks at its begin, at every step and at its end. A fault before the end undoes the batch on a
// store with transactions.
func (w *wrapped) Batch(ctx context.Context, fn func(store.Steps) error) error {
	if err := w.hook(Begin, true); err != nil {
		return err
	}
	err := w.Store.Batch(ctx, func(st store.Steps) error {
		if err := fn(&steps{st, w.hook}); err != nil {
			return err
		}
		return w.hook(Commit, true)
	})
	if err != nil {
		return err
	}
	return w.hook(Commit, false)
}

func (w *wrapped) Get(ctx context.Context, section, name string) (store.Entry, error) {
	return around(w.hook, "Get", func() (store.Entry, error) { return w.Store.Get(ctx, section, name) })
}

func (w *wrapped) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	out, err := around(w.hook, "Put", func() (store.Entry, error) { return w.Store.Put(ctx, e) })
	if err != nil {
		out = e
	}
	return out, err
}

func (w *wrapped) Expire(ctx context.Context, now int64) error {
	return do(w.hook, "Expire", func() error { return w.Store.Expire(ctx, now) })
}

func (w *wrapped) WriteSide(ctx context.Context, rows []store.SideRow, gone []string) error {
	return do(w.hook, "WriteSide", func() error { return w.Store.WriteSide(ctx, rows, gone) })
}

func (w *wrapped) Rebuild(ctx context.Context, version string, self store.SelfFunc, count store.CountFunc, progress func(done, of int64)) error {
	return do(w.hook, "Rebuild", func() error { return w.Store.Rebuild(ctx, version, self, count, progress) })
}

// Unwrap is the store within.
func (w *wrapped) Unwrap() store.Store { return w.Store }
