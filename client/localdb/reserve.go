package localdb

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/dbfile"
)

// Reserve is room kept aside, so that on a full disk the queue can still drain. Only saving must not use it up.
type Reserve interface {
	// Fill sets the room aside if it is not. Errors: ErrFull or dbfile.ErrFull, there is none for it.
	Fill() error
	// Give gives up n bytes of it to the database, or what is left.
	Give(n int64) error
	// Left is how much of it is still set aside, in bytes.
	Left() int64
}

// Pieces in which the reserve is given up, in bytes: the first is what opening takes, with some to spare.
const (
	minPiece = 64 << 10
	maxPiece = 1 << 20
)

func (c *Config) reserve() Reserve {
	if c.VFS != "" {
		return noReserve{}
	}
	return dbfile.Reserve(filepath.Join(c.Dir, "reserve"))
}

type noReserve struct{}

func (noReserve) Fill() error      { return nil }
func (noReserve) Give(int64) error { return nil }
func (noReserve) Left() int64      { return 0 }

// withReserve does what may meet a full disk, again with ever larger pieces of the reserve, until keep bytes of it are left.
func (db *DB) withReserve(keep int64, fn func() error) error {
	for piece := int64(minPiece); ; piece = min(2*piece, maxPiece) {
		err := fn()
		if !errors.Is(err, ErrFull) || errors.Is(err, ErrUnsure) {
			return err
		}
		piece = min(piece, db.cfg.Reserve.Left()-keep)
		if piece <= 0 {
			return err
		}
		if giveErr := db.cfg.Reserve.Give(piece); giveErr != nil {
			return errors.Join(err, giveErr)
		}
	}
}

// connect opens the database. In write-ahead logging that takes a file of 32 KB in memory shared with other processes:
// a full disk gives its reserve for it. Where there is none left the database is opened with nothing shared, which
// takes no room; but then it is this process's alone, and so it is let go after each transaction.
//
// Two that open it so at once each hold what the other waits for: inside the engine both would wait in vain. So they try
// for a moment, let go, and try again after a while that chance makes longer for one of them.
func (db *DB) connect(ctx context.Context) error {
	deadline, cancel := context.WithTimeout(ctx, busyWait)
	defer cancel()
	for {
		err := db.tryConnect(ctx)
		if !errors.Is(err, sqlite3.BUSY) {
			return err
		}
		var jitter [1]byte
		if _, err := io.ReadFull(db.cfg.Rand, jitter[:]); err != nil {
			return err
		}
		select {
		case <-deadline.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(shortBusyWait + time.Duration(jitter[0])*time.Millisecond): //nolint:forbidigo // another process is waited for
		}
	}
}

// shortBusyWait is how long a process waits inside the engine for a database that it wants for itself.
const shortBusyWait = 50 * time.Millisecond

func (db *DB) tryConnect(ctx context.Context) error {
	if db.cfg.VFS != "" {
		return db.openConn(ctx, true)
	}
	db.lazyDisk = dbfile.Lazy(filepath.Join(db.cfg.Dir, FileName))
	err := db.withReserve(0, func() error {
		if err := db.checkMappedRoom(); err != nil {
			return err
		}
		return db.openConn(ctx, false)
	})
	if db.exclusive = errors.Is(err, ErrFull); db.exclusive {
		err = db.openConn(ctx, true)
	}
	return err
}

// minLazyRoom must be free on a lazy file system for anything to be written with shared memory, in bytes.
const minLazyRoom = 1 << 20

// checkMappedRoom is ErrFull where writing to the memory that is shared might end the process.
func (db *DB) checkMappedRoom() error {
	if !db.lazyDisk {
		return nil
	}
	return translate(dbfile.Room(filepath.Join(db.cfg.Dir, FileName), minLazyRoom))
}

// disconnectIfExclusive closes the connection of a cramped database. The next one may find room again.
func (db *DB) disconnectIfExclusive() {
	if db.exclusive {
		_ = db.disconnect() // what was confirmed is on disk, and what was not was rolled back
	}
}
