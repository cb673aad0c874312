// Package lease lets one of several servers on one store do what needs doing once.
//
// It promises: while a holder goes on saying so, nobody else gets the lease; when its entry has not changed for a
// while, by the clock of whoever waits, or when it was let go, another one gets it, and of several only one. No two
// clocks are ever compared. It is economy and not a lock: a process that was stopped for long may wake up and believe
// for a moment that it still holds, so what is done under a lease must also be right when two do it.
package lease

import (
	"context"
	"errors"
	"time"

	"roadbook/server/store"
)

// Bucket is where leases stand in the registry.
const Section = "lease"

// Config is what a Lease is about.
type Config struct {
	Registry store.Registry
	Name     string           // of what is done under it
	Holder   string           // who asks: a name that no other process has, not even the same server's next one
	After    time.Duration    // how long an entry must have stood unchanged before it is taken from its holder
	Now      func() time.Time // only differences are used; those of time.Now are monotonic
}

// Lease is one process's view of a lease. It is for one goroutine.
type Lease struct {
	cfg   Config
	rev   int64     // of the entry when it was last seen to change
	since time.Time // when that was, here
}

// New is a lease that nobody asked for yet: it writes nothing.
func New(cfg Config) *Lease { return &Lease{cfg: cfg} }

// Hold asks for the lease, or says again that it is held, and reports whether it is. It must be called again before
// After has passed. After an error it is not known; ask again.
func (l *Lease) Hold(ctx context.Context) (bool, error) {
	e, err := l.cfg.Registry.Get(ctx, Section, l.cfg.Name)
	if errors.Is(err, store.ErrNotFound) {
		e, err = store.Entry{Section: Section, Name: l.cfg.Name}, nil
	}
	if err != nil || !l.mayTake(&e) {
		return false, err
	}
	e.Data = []byte(l.cfg.Holder)
	return l.put(ctx, e)
}

// mayTake: it is ours, or nobody's, or it has stood unchanged for too long.
func (l *Lease) mayTake(e *store.Entry) bool {
	if holder := string(e.Data); holder == "" || holder == l.cfg.Holder {
		return true
	}
	now := l.cfg.Now()
	if e.Rev != l.rev {
		l.rev, l.since = e.Rev, now
	}
	return now.Sub(l.since) >= l.cfg.After
}

// put stores the entry. false: another one was faster.
func (l *Lease) put(ctx context.Context, e store.Entry) (bool, error) {
	_, err := l.cfg.Registry.Put(ctx, e)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Release lets go of the lease, if it is held here, so that another one need not wait.
func (l *Lease) Release(ctx context.Context) error {
	e, err := l.cfg.Registry.Get(ctx, Section, l.cfg.Name)
	if errors.Is(err, store.ErrNotFound) || err == nil && string(e.Data) != l.cfg.Holder {
		return nil
	}
	if err != nil {
		return err
	}
	e.Data = nil
	_, err = l.put(ctx, e)
	return err
}
