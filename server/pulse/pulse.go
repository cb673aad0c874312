// Package pulse lets each of several servers on one store hear that another has counted something, so that pages that
// are open follow the figures.
//
// It promises: after something was counted at any of them, State says something else at all of them, within Every at
// the one and Every at the other; while nothing is counted it says the same, and the same at all of them. It writes at
// most one small entry each Every, and while nothing is counted two a day, that the last stands. It is a hint and no more: a
// server that is killed between counting and telling keeps it to itself.
package pulse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"roadbook/server/store"
)

// Bucket is where the servers' entries stand in the registry, by their names.
const Section = "pulse"

const (
	// Every is how often a server tells, and how old what it has heard of others may be.
	Every = time.Second
	// keep is how long the entry of a server that is gone stays.
	keepEntry = 24 * time.Hour
	// most bounds the entries that are read: servers, and those that ended within keep.
	maxEntries = 1000
)

// Config is what a Pulse stands on.
type Config struct {
	Registry store.Registry   // nil: the store is this process's alone, and there is nobody to tell
	Name     string           // of this process; no other has it, not even the same server's next one
	Now      func() time.Time // for the entries' expiry and for the age of what was heard
}

// Pulse is one server's. It is safe for many goroutines.
type Pulse struct {
	cfg     Config
	counted atomic.Int64

	publishMu sync.Mutex
	published int64
	rev       int64     // of the own entry
	written   time.Time // when that was

	readMu sync.Mutex
	others map[string]string // of the others, by name
	readAt time.Time         // when that was asked for
}

// New is a pulse of nothing yet: it writes nothing.
func New(cfg Config) *Pulse { return &Pulse{cfg: cfg} }

// Beat says that something was counted here.
func (p *Pulse) NoteCounted() { p.counted.Add(1) }

// Tell lets the others hear of what was counted here since the last time. After an error call it again.
func (p *Pulse) Publish(ctx context.Context) error {
	p.publishMu.Lock()
	defer p.publishMu.Unlock()
	n, now := p.counted.Load(), p.cfg.Now()
	if p.cfg.Registry == nil || n == p.published && (n == 0 || now.Sub(p.written) < keepEntry/2) {
		return nil
	}
	e := store.Entry{
		Section: Section, Name: p.cfg.Name, Rev: p.rev, Data: strconv.AppendInt(nil, n, 10), Expires: now.Add(keepEntry).UnixMilli(),
	}
	e, err := p.cfg.Registry.Put(ctx, e)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) {
		return p.rereadRevision(ctx) // an answer was lost, or the entry has expired
	}
	if err == nil {
		p.published, p.rev, p.written = n, e.Rev, now
	}
	return err
}

// reread learns the own entry's revision for the next time.
func (p *Pulse) rereadRevision(ctx context.Context) error {
	e, err := p.cfg.Registry.Get(ctx, Section, p.cfg.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	p.rev = e.Rev
	return fmt.Errorf("pulse: %w", store.ErrConflict)
}

// State names what was counted so far, as far as this server has heard.
func (p *Pulse) State(ctx context.Context) (string, error) {
	all, err := p.otherCounts(ctx)
	if err != nil {
		return "", err
	}
	if n := p.counted.Load(); n > 0 {
		all[p.cfg.Name] = strconv.FormatInt(n, 10)
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(h, "%s %s\n", name, all[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// others is what the other servers told, asked for anew where it is older than Every. Whoever asks meanwhile waits.
func (p *Pulse) otherCounts(ctx context.Context) (map[string]string, error) {
	if p.cfg.Registry == nil {
		return map[string]string{}, nil
	}
	p.readMu.Lock()
	defer p.readMu.Unlock()
	if now := p.cfg.Now(); p.others == nil || now.Sub(p.readAt) >= Every || now.Before(p.readAt) {
		es, err := p.cfg.Registry.List(ctx, Section, "", maxEntries)
		if err != nil {
			return nil, err
		}
		p.others, p.readAt = map[string]string{}, now
		for _, e := range es {
			if e.Name != p.cfg.Name {
				p.others[e.Name] = string(e.Data)
			}
		}
	}
	return maps.Clone(p.others), nil
}
