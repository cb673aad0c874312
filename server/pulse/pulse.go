// Package pulse tells each of several servers on one store when another server has counted lines, so that open pages
// follow the figures.
//
// It promises: after any server has counted, State changes at all servers, at most Every until the write plus Every until
// the read; while nothing is counted, State stays the same, and is the same at all servers. Each server writes at most
// one small entry each Every, and while nothing is counted two a day, to keep the entry from expiring. State is a hint
// and no more: a server killed between counting and publishing never publishes that count.
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

// Section is the registry section of the servers' entries, by name of the server.
const Section = "pulse"

const (
	// Every is the interval of publishing, and the maximum age of the other servers' counts.
	Every = time.Second
	// keepEntry is the lifetime of a stopped server's entry.
	keepEntry = 24 * time.Hour
	// maxEntries bounds the read entries: running servers, and servers stopped within keepEntry.
	maxEntries = 1000
)

// Config holds the parts of a Pulse.
type Config struct {
	Registry store.Registry   // nil: only this process uses the store, and nothing is published
	Name     string           // of this process, used by no other process, not even by the same server after a restart
	Now      func() time.Time // for the expiry of entries and the age of others' counts
}

// Pulse is the pulse of one server. It is safe for many goroutines.
type Pulse struct {
	cfg     Config
	counted atomic.Int64

	publishMu sync.Mutex
	published int64
	rev       int64     // of the own entry
	written   time.Time // time of the last write

	readMu sync.Mutex
	others map[string]string // the other servers' counts, by name
	readAt time.Time         // time of the last read
}

// New returns a pulse without any count and writes nothing.
func New(cfg Config) *Pulse { return &Pulse{cfg: cfg} }

// NoteCounted records that this server counted lines.
func (p *Pulse) NoteCounted() { p.counted.Add(1) }

// Publish writes this server's count for the other servers, if due. After an error call it again.
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

// rereadRevision reads the own entry's revision for the next write.
func (p *Pulse) rereadRevision(ctx context.Context) error {
	e, err := p.cfg.Registry.Get(ctx, Section, p.cfg.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	p.rev = e.Rev
	return fmt.Errorf("pulse: %w", store.ErrConflict)
}

// State is a digest of all counts known to this server.
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

// otherCounts are the other servers' counts, read anew if older than Every. Concurrent callers wait for the read.
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
