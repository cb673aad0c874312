package hub

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/durable"
)

// A server on the embedded store leaves a mark in its data directory, after its identity is on disk and before its
// first answer. From then on, a missing or empty database in this directory is a lost database, not a new one: a new
// server in its place would know none of the devices, and their delivered lines would be lost silently. With this
// order, a first start may be killed at any point: without the mark, no client has seen the server yet.

// markFile is also readable by a person exploring the directory.
const markFile = "SERVER.txt"

const markText = "本目录属于一台 roadbook 服务器，数据库是 roadbook.db 和 roadbook.db-wal，缺一不可；备份请用 server backup。\n" +
	"This directory is a roadbook server's; its database is roadbook.db with roadbook.db-wal, both or nothing. Copy it with server backup.\n" +
	"密钥 · key %s\n"

var (
	// ErrGone: the directory held a server's database, and the database is lost.
	ErrGone = sqlitestore.ErrGone
	// ErrNothingLost: a new server was requested, but no database was lost.
	ErrNothingLost = errors.New("no database was lost here")
)

func (c *Config) file(name string) string { return filepath.Join(c.Data, name) }

// size returns the size of a file in the data directory, in bytes, or 0 for a missing file.
func (c *Config) size(name string) (int64, error) {
	info, err := os.Stat(c.file(name))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (c *Config) marked() (bool, error) {
	_, err := os.Stat(c.file(markFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// checkDatabase returns nil if the embedded store has its file, else store.ErrNotFound or ErrGone. It opens nothing,
// because SQLite deletes a log without a database. For MongoDB, only connecting can tell.
func (c *Config) checkDatabase() error {
	if c.Mongo != "" {
		return nil
	}
	db, err := c.size(databaseFile)
	if err != nil || db > 0 {
		return err
	}
	log, err := c.size(databaseFile + "-wal")
	if err != nil {
		return err
	}
	marked, err := c.marked()
	if err != nil {
		return err
	}
	if marked || log > 0 {
		return fmt.Errorf("%s: %w", c.Data, ErrGone)
	}
	return fmt.Errorf("%s: %w", c.Data, store.ErrNotFound)
}

// openEmbedded opens the embedded store. Beside a mark, the store must hold a server's identity, else ErrGone, unless
// the database is about to be made.
func openEmbedded(ctx context.Context, c Config) (store.Store, error) {
	known := false
	if !c.ReplaceLost && !c.creating {
		if err := c.checkDatabase(); errors.Is(err, ErrGone) {
			return nil, err
		}
		var err error
		if known, err = c.marked(); err != nil {
			return nil, err
		}
	}
	s, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: c.file(databaseFile), Now: c.Now, MustExist: known, Without: c.Without})
	if err != nil || !known {
		return s, err
	}
	holds, err := auth.HasIdentity(ctx, s)
	if err == nil && !holds {
		err = fmt.Errorf("%s: %w", c.Data, ErrGone)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepareTarget is for commands that bring a whole database or replace a lost one: it moves the rest of the lost
// database aside, because SQLite would delete it.
func (c *Config) prepareTarget(ctx context.Context) error {
	err := c.checkDatabase()
	if err == nil && c.ReplaceLost { // there is a file: opening it tells whether it holds a database
		err = c.tryOpen(ctx)
	}
	switch {
	case errors.Is(err, ErrGone):
		return c.moveLostFiles()
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case c.ReplaceLost:
		return fmt.Errorf("%s: %w", c.Data, ErrNothingLost)
	}
	return nil
}

func (c *Config) tryOpen(ctx context.Context) error {
	old := *c
	old.ReplaceLost = false
	s, err := connect(ctx, old)
	if err != nil {
		return err
	}
	return s.Close()
}

func (c *Config) moveLostFiles() error {
	suffix := ".lost-" + c.Now().UTC().Format("20060102T150405Z")
	for _, name := range databaseFiles {
		if err := os.Rename(c.file(name), c.file(name+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// writeMark writes the mark durably. On a full disk the server starts without the mark, and the next start writes it.
func (h *Hub) writeMark() {
	if h.cfg.Mongo != "" || h.cfg.transferring {
		return
	}
	text := fmt.Sprintf(markText, base64.StdEncoding.EncodeToString(h.auth.PublicKey()))
	if old, err := os.ReadFile(h.cfg.file(markFile)); err == nil && string(old) == text {
		return
	}
	if err := durable.WriteFile(h.cfg.file(markFile), []byte(text)); err != nil {
		h.cfg.Log.Warn("the data directory was not marked", "file", markFile, "err", err)
	}
}
