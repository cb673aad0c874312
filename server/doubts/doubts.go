// Package doubts keeps the doubts of all records (schema/data/doubts.yaml) in the store's side table, a few seconds behind
// the records.
//
// A Follower reads the feed and evaluates each touched record and the neighbours of the record, before and after the change.
// After a change of the reference data or of the program's rules the Follower evaluates all records anew. A row is a
// function of the present records and reference data alone: the order of arrival does not matter, and every part of the
// work may be cut short and done again. Nothing here belongs to the write path. A Reader answers questions, on every server.
// NOTES.md describes the rows.
package doubts

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
)

// Config holds the parts of a Follower.
type Config struct {
	Store     store.Store
	Schema    *schema.Schema
	Reference func(context.Context) (*schema.Reference, error) // HQ's lists in force
	Now       func() time.Time
	Log       *slog.Logger // nil: silent

	// Hold reports whether this process does the work now; only one of several servers on a store does. nil: always.
	Hold func(context.Context) bool

	// Busy reports that frames are coming in now: the work then takes a small share of a processor core. nil: never.
	Busy func() bool

	Every   time.Duration // time between two looks at a quiet feed; 0 = 2 s
	Quiet   time.Duration // time without a further change of the reference data before a pass over all records; 0 = 2 s
	Between time.Duration // least time between the beginnings of two passes; 0 = 30 s
	AskAnew time.Duration // age of the reference data before a new question, while the feed is quiet; 0 = 10 s
	Page    int           // records evaluated at once; 0 = 500
}

// Follower keeps the rows, for a single goroutine.
type Follower struct {
	cfg  Config
	name string // of this process, random

	paced bool // rests between pieces of work

	state  *state // as stored; nil: unknown
	stored []byte // the bytes of state
	memory *memory

	ref       *schema.Reference
	basis     string    // of ref and the program's rules
	since     time.Time // when basis was first seen
	asked     time.Time // when ref was read
	passBegan time.Time
}

// New returns a Follower and reads nothing.
func New(cfg Config) *Follower {
	cfg.Every = or(cfg.Every, 2*time.Second)
	cfg.Quiet = or(cfg.Quiet, 2*time.Second)
	cfg.Between = or(cfg.Between, 30*time.Second)
	cfg.AskAnew = or(cfg.AskAnew, 10*time.Second)
	if cfg.Page == 0 {
		cfg.Page = 500
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{cfg: cfg, name: rand.Text()}
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Rests after some work, as multiples of the time it took: half of a processor core at most, and a sixteenth while frames
// come in. Deliveries come first; doubts may wait until all is quiet.
const (
	usualRest = 1
	busyRest  = 15
)

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	f.paced = true
	for ctx.Err() == nil {
		rest := f.cfg.Every
		if !f.hold(ctx) {
			f.forget()
		} else if more, err := f.Round(ctx); err != nil && ctx.Err() == nil {
			f.cfg.Log.Warn("doubts", "err", err)
		} else if more {
			rest = 0 // rested already
		}
		sleep(ctx, rest)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// rest lets others work after a piece of work.
func (f *Follower) rest(ctx context.Context, began time.Time) {
	if !f.paced {
		return
	}
	times := usualRest
	if f.cfg.Busy != nil && f.cfg.Busy() {
		times = busyRest
	}
	sleep(ctx, time.Duration(times)*time.Since(began))
}

func (f *Follower) hold(ctx context.Context) bool { return f.cfg.Hold == nil || f.cfg.Hold(ctx) }

// forget drops the Follower's knowledge of the rows: another process may write them.
func (f *Follower) forget() { f.state, f.stored, f.memory = nil, nil, nil }
