// Package lease elects one of several servers on one store for work needed once.
//
// It promises: while a holder keeps calling Hold, no other server gets the lease. When the lease's entry has not changed
// for After, by the clock of the waiting server, or after a release, another server gets the lease, and of several only
// one. No two clocks are ever compared. A lease saves work and is not a lock: a process stopped for long may wake up and
// believe for a moment to hold the lease still, so work under a lease must also be right when two servers do the work.
package lease

import (
	"context"
	"errors"
	"time"

	"roadbook/server/store"
)

// Section is the registry section of leases.
const Section = "lease"

// Config names a lease and its holder.
type Config struct {
	Registry store.Registry
	Name     string           // of the work
	Holder   string           // name of this process, used by no other process, not even by the same server after a restart
	After    time.Duration    // time after which an unchanged entry may be taken from its holder
	Now      func() time.Time // only differences are used; differences of time.Now are monotonic
}

// Lease is one process's view of a lease. It is for one goroutine.
type Lease struct {
	cfg   Config
	rev   int64     // of the entry at its last change seen here
	since time.Time // local time of that look
}

// New returns a lease and writes nothing.
func New(cfg Config) *Lease { return &Lease{cfg: cfg} }

// Hold asks for the lease or renews it, and reports whether the lease is held. Call it again before After has passed.
// After an error the answer is unknown; ask again.
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

// mayTake: the entry is ours, or free, or has been unchanged for After.
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

// put stores the entry. false: another server was faster.
func (l *Lease) put(ctx context.Context, e store.Entry) (bool, error) {
	_, err := l.cfg.Registry.Put(ctx, e)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Release frees the lease, if held here, so that another server need not wait.
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
