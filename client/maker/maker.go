// Package maker answers the field app's pages on this machine: the station maker of client/field/maker.js, over the Go client.
//
// A Maker holds one device's directory, keeps the officer at work, and syncs by itself. Its Handler takes calls on a loopback
// address alone, from one origin, with a token known to this user's browser and scripts alone.
package maker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
	"roadbook/schema"
	"roadbook/sync/durable"
)

// Config configures a Maker. Nil members get the system's.
type Config struct {
	Dir     string // of the device's files
	Version string // of the program
	Log     *slog.Logger
	Now     func() time.Time

	// Idle locks the officer out after so long without a call; 0 = 30 minutes.
	Idle time.Duration
}

// Maker is one device at work behind pages.
type Maker struct {
	cfg    Config
	unlock func() // of the directory
	news   news

	mu      sync.Mutex
	station *station.Station // nil: not set up
	officer string           // at work, "" while locked
	open    bool             // an officer is at work, or the device has none
	last    time.Time        // of the last call
	trouble error            // of the last sync
	syncing bool
	wake    chan struct{} // a sync is asked for
}

// ErrServed: another process answers pages for this directory.
var ErrServed = errors.New("maker: another process serves the directory")

// Open opens a directory, of a device or of none yet. ErrServed, or the errors of station.New but ErrNotEnrolled.
func Open(ctx context.Context, cfg Config) (*Maker, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Minute
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := station.LockServe(cfg.Dir)
	if err != nil {
		return nil, errors.Join(ErrServed, err)
	}
	m := &Maker{cfg: cfg, unlock: unlock, wake: make(chan struct{}, 1)}
	m.station, err = station.New(ctx, station.Config{Dir: cfg.Dir})
	if err != nil && !errors.Is(err, localdb.ErrNotEnrolled) {
		unlock()
		return nil, err
	}
	return m, nil
}

// Close closes the device.
func (m *Maker) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.unlock()
	if m.station == nil {
		return nil
	}
	return m.station.Close()
}

// device is the device's database. localdb.ErrNotEnrolled before the first enrollment.
func (m *Maker) device() (*localdb.DB, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.station == nil {
		return nil, localdb.ErrNotEnrolled
	}
	return m.station.DB, nil
}

func (m *Maker) schema() *schema.Schema { return schema.Default() }

// Run syncs until ctx ends: for new lines, in the server's rhythm, and when asked.
func (m *Maker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		m.mu.Lock()
		s := m.station
		m.mu.Unlock()
		if s == nil {
			m.rest(ctx, time.Second)
			continue
		}
		if _, err := s.DB.Identity(ctx); err != nil {
			m.rest(ctx, time.Second)
			continue
		}
		if err := s.Run(ctx, m.stepped); err != nil && ctx.Err() == nil {
			m.setTrouble(err)
			m.cfg.Log.Warn("sync", "err", err)
			m.rest(ctx, 5*time.Second)
		}
	}
}

// rest waits, or until a call asks for a sync.
func (m *Maker) rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-m.wake:
	case <-time.After(d):
	}
}

func (m *Maker) stepped(step syncer.Stepped) {
	m.setTrouble(step.Err)
	m.news.tell("status", "records")
}

func (m *Maker) setTrouble(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble = err
}

// wordFile holds the word chosen at the first run.
const wordFile = "serve.word"

// mostWord bounds the word, in bytes.
const mostWord = 60

func (m *Maker) word() string {
	text, err := os.ReadFile(filepath.Join(m.cfg.Dir, wordFile))
	if err != nil || len(text) > mostWord {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// chooseWord keeps the word, once.
func (m *Maker) chooseWord(word string) error {
	word = schema.CleanName(word)
	switch {
	case word == "" || len(word) > mostWord:
		return errBadWord
	case m.word() != "":
		return errWordChosen
	}
	return durable.WriteFile(filepath.Join(m.cfg.Dir, wordFile), []byte(word+"\n"))
}
