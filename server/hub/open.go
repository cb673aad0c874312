package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/sqlitestore"
)

// ErrInUse: another process has the data directory.
var ErrInUse = errors.New("数据目录正被另一个进程使用 / the data directory is in use by another process")

// ErrForeign: the data directory's file is no server's database.
var ErrForeign = sqlitestore.ErrForeign

// Errors of a MongoDB's address and sign-in.
var (
	ErrAddress = mongostore.ErrAddress
	ErrSignIn  = mongostore.ErrSignIn
)

const (
	databaseFile = "roadbook.db"
	lockFile     = "LOCK"
)

// databaseFiles are the embedded store's files.
var databaseFiles = []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm"}

// Formats are the formats to which this program brings an embedded database and a MongoDB.
func Formats() (embedded, mongo int) { return sqlitestore.Format(), mongostore.Format() }

// openStore takes the data directory's lock and opens the store.
func (h *Hub) openStore(ctx context.Context) (err error) {
	if h.cfg.Mongo == "" {
		if err := os.MkdirAll(h.cfg.Data, 0o700); err != nil {
			return err
		}
		unlock, err := lock(filepath.Join(h.cfg.Data, lockFile))
		if err != nil {
			return fmt.Errorf("%s: %w", h.cfg.Data, err)
		}
		h.closers = append(h.closers, unlock)
	}
	if h.cfg.ReplaceLost || h.cfg.creating {
		if err := h.cfg.prepareTarget(ctx); err != nil {
			return err
		}
	}
	s, err := connect(ctx, h.cfg)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, s.Close)
	if h.store = killStore(s); h.cfg.Wrap != nil {
		h.store = h.cfg.Wrap(h.store)
	}
	return nil
}

// connect opens the configured store. ErrGone.
func connect(ctx context.Context, cfg Config) (store.Store, error) {
	if cfg.Mongo != "" {
		return mongostore.Open(ctx, mongostore.Config{
			URI: cfg.Mongo, Database: databaseOf(cfg.Mongo), Now: cfg.Now, Log: cfg.Log, Without: cfg.Without,
		})
	}
	return openEmbedded(ctx, cfg)
}

// databaseOf returns the database named in a MongoDB URI, or "". Unlike net/url, it accepts several hosts, and a
// password with unescaped characters.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, name, _ := strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "/")
	return name
}

// OpenAuth opens only the part of the store for users, devices and codes, for commands beside a running server.
// closeStore ends it.
func OpenAuth(ctx context.Context, cfg Config) (a *auth.Auth, closeStore func() error, err error) {
	cfg.setDefaults()
	a, s, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	return a, s.Close, nil
}

// OpenUnits is OpenAuth with a query for units in the register and the records, and for silent devices. The query answers
// nothing else.
func OpenUnits(ctx context.Context, cfg Config) (a *auth.Auth, q *query.Query, closeStore func() error, err error) {
	cfg.setDefaults()
	a, s, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	return a, unitsOf(cfg, a, s), s.Close, nil
}

func unitsOf(cfg Config, a *auth.Auth, s store.Store) *query.Query {
	devices := func(ctx context.Context) ([]query.DeliveringDevice, error) { return devicesOf(ctx, a) }
	return query.New(query.Config{Store: s, Schema: schema.Default(), Now: cfg.Now, DeliveringDevices: devices})
}

// OpenDoubts is OpenUnits with the records in doubt in place of the users.
func OpenDoubts(ctx context.Context, cfg Config) (r *doubts.Reader, q *query.Query, closeStore func() error, err error) {
	cfg.setDefaults()
	a, s, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	return &doubts.Reader{Store: s, Schema: schema.Default(), Now: cfg.Now}, unitsOf(cfg, a, s), s.Close, nil
}

func openBeside(ctx context.Context, cfg Config) (*auth.Auth, store.Store, error) {
	if err := cfg.checkDatabase(); err != nil {
		return nil, nil, err
	}
	s, err := connect(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	a, err := auth.New(ctx, auth.Config{Registry: s, Clock: cfg.Now, Rand: cfg.Rand})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return a, s, nil
}
