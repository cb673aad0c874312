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

// Reserve is disk space kept aside, so that the queue can drain on a full disk. Everything but saving may use the
// space.
type Reserve interface {
	// Fill sets the missing space aside. Errors: ErrFull or dbfile.ErrFull for a disk without enough room.
	Fill() error
	// Give releases n bytes to the database, or the rest if smaller.
	Give(n int64) error
	// Left returns the bytes still kept aside.
	Left() int64
}

// Pieces of the reserve given up at once, in bytes. The first is enough for opening, with some to spare.
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

// withReserve calls fn. While the disk is full, ever larger pieces of the reserve are given up and fn is called again,
// until keep bytes of the reserve are left.
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

// connect opens the database. Write-ahead logging needs a file of 32 KB, mapped as memory shared between processes. A
// full disk gives up its reserve for the file. If the reserve is used up, the database is opened without shared memory,
// which needs no room but locks out other processes. The connection is therefore closed after each transaction.
//
// Two processes opening the database exclusively each hold a lock wanted by the other, and waiting inside the engine
// would be in vain. So each tries for a short time, closes, and tries again after a random wait.
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
		case <-time.After(shortBusyWait + time.Duration(jitter[0])*time.Millisecond): //nolint:forbidigo // waits for another process
		}
	}
}

// shortBusyWait bounds the wait inside the engine for exclusive access.
const shortBusyWait = 50 * time.Millisecond

func (db *DB) tryConnect(ctx context.Context) error {
	if db.cfg.VFS != "" {
		return db.openConn(ctx, true)
	}
	db.lazyDisk = dbfile.AllocatesLazily(filepath.Join(db.cfg.Dir, FileName))
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

// minLazyRoom is the free space, in bytes, required on a lazily allocating file system before writing with shared
// memory.
const minLazyRoom = 1 << 20

// checkMappedRoom returns ErrFull if writing to the shared memory might kill the process.
func (db *DB) checkMappedRoom() error {
	if !db.lazyDisk {
		return nil
	}
	return translate(dbfile.CheckFreeSpace(filepath.Join(db.cfg.Dir, FileName), minLazyRoom))
}

// disconnectIfExclusive closes an exclusive connection. The next one may find room for shared memory again.
func (db *DB) disconnectIfExclusive() {
	if db.exclusive {
		_ = db.disconnect() // confirmed data is on disk, and the rest was rolled back
	}
}
