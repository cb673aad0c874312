// Package localdb is a device's database on its own disk: its stream of observations, the server's results, pulled
// observations of other devices, and reference data. The files are encrypted whole.
//
// It promises:
//   - Save returns after line, sequence and chain hash are on disk, in one transaction: a confirmed line
//     survives a power cut, and no reader sees half a save.
//   - A line's bytes never change and are never deleted. (Dropping lines covered by a completed backup of
//     the server is a later step. Until then everything is kept.)
//   - Only a result for a sent line acknowledges the line. The server's ranges only make the device offer
//     missing lines again.
//   - Two processes may use one directory at the same time.
//
// Clock, randomness and file layer come from Config, so that a simulation can replace them.
package localdb

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/sync/dbfile"
	"roadbook/sync/wire"
)

// FileName is the database's name in its directory.
const FileName = "roadbook.db"

// busyWait bounds the wait for another process's transaction.
const busyWait = 10 * time.Second

// Sentinels.
var (
	// ErrNotEnrolled: the device has no server, unit and role yet.
	ErrNotEnrolled = errors.New("localdb: not enrolled")
	// ErrKey: the files were written under another key, or are damaged.
	ErrKey = errors.New("localdb: the key does not open the database")
	// ErrGone: there are keys, and the database beside them is missing or empty.
	ErrGone = errors.New("localdb: the database is gone")
	// ErrDamaged: the database's file can't be read. Nothing is to be deleted: an administrator may rescue the data.
	ErrDamaged = errors.New("localdb: the database is damaged")
	// ErrNewer: the files were written by a newer program.
	ErrNewer = errors.New("localdb: written by a newer version")
	// ErrFull: no room on the disk. Nothing was saved; earlier lines are safe and can be sent.
	ErrFull = errors.New("localdb: disk full")
	// ErrUnsure: the disk failed during a commit. The next start may or may not find the written lines.
	ErrUnsure = errors.New("localdb: not certain whether it was saved")
	// ErrUnknownKind: no such kind of observation.
	ErrUnknownKind = errors.New("localdb: unknown kind")
	// ErrUnknownRecord: the device knows no record or item with the id.
	ErrUnknownRecord = errors.New("localdb: unknown record")
)

// Clock is the device's clock. Both readings may be wrong in every way; Save writes them down as evidence.
type Clock interface {
	Wall() int64                   // Unix ms by the wall clock
	Boot() (id string, mono int64) // this boot's id (8 characters) and ms since it began, monotonic
}

// Config configures a DB. Nil and empty members get the system's.
type Config struct {
	Dir       string         // directory of the database file
	VFS       string         // name of a registered file layer, used unchanged; "" = Seal(""), encrypted files of the system
	Keys      *Keys          // required
	Known     bool           // the device was set up before: a missing or empty database is ErrGone
	Clock     Clock          // nil = the system's
	Rand      io.Reader      // nil = crypto/rand
	Schema    *schema.Schema // nil = schema.Default()
	Catalogue string         // named in lines until the server sends a version
	Reserve   Reserve        // nil = dbfile's in Dir, or none with a VFS of its own
}

// DB is one open database. Several goroutines may call its methods; calls take turns.
type DB struct {
	cfg    Config
	device string

	mu        sync.Mutex
	conn      *sqlite3.Conn // nil between transactions if exclusive
	stmts     map[string]*sqlite3.Stmt
	lazyDisk  bool // dbfile.AllocatesLazily
	exclusive bool // opened without shared memory, since a full disk had no room for the log's index
	closed    bool
	kinds     *wire.Kinds // parsed from kindsText
	kindsText string
	ref       *schema.Reference // HQ's lists, parsed; nil: not read yet, or none
	refDigest string            // of the row that ref was parsed from
}

// Open opens or creates the database. Errors: ErrKey, ErrGone, ErrNewer, ErrFull, or an error of the disk.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Keys == nil {
		return nil, errors.New("localdb: Config.Keys is required")
	}
	cfg.fill()
	db := &DB{cfg: cfg, device: cfg.Keys.DeviceID()}
	if err := db.connect(ctx); err != nil {
		return nil, interruptedError(ctx, err)
	}
	db.disconnectIfExclusive()
	for _, fill := range []func(context.Context) error{db.fillKnown, db.fillRecordKeys} {
		if err := fill(ctx); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if err := db.cfg.Reserve.Fill(); err != nil && !dbfile.IsFull(err) { // Save tries again
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (c *Config) uri() string {
	name := c.VFS
	if name == "" {
		name = Seal("")
	}
	path := filepath.ToSlash(filepath.Join(c.Dir, FileName))
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"vfs": {name}}.Encode()}
	return u.String()
}

// openConn opens a connection and migrates the tables. exclusive: without memory shared between processes, which a file
// layer of its own lacks, and a full disk has no room for.
func (db *DB) openConn(ctx context.Context, exclusive bool) (err error) {
	if db.cfg.Known && db.cfg.VFS == "" {
		if err := checkDatabasePresent(db.cfg.Dir); err != nil {
			return err
		}
	}
	if db.conn, err = sqlite3.OpenContext(ctx, db.cfg.uri()); err != nil {
		return translate(err)
	}
	db.stmts = map[string]*sqlite3.Stmt{}
	if err = db.configureConn(exclusive); err == nil {
		err = db.checkpointAtOpen()
	}
	if err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		return errors.Join(err, db.disconnect())
	}
	return nil
}

func (db *DB) configureConn(exclusive bool) error {
	pragmas := "PRAGMA hexkey='" + hex.EncodeToString(db.cfg.Keys.Disk[:]) + "';"
	if exclusive {
		pragmas += "PRAGMA locking_mode=EXCLUSIVE;"
	}
	pragmas += "PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	wait := busyWait
	if exclusive && db.cfg.VFS == "" {
		wait = shortBusyWait
	}
	if err := db.conn.BusyTimeout(wait); err != nil {
		return translate(err)
	}
	return translate(db.conn.Exec(pragmas))
}

// checkpointAtOpen moves the log left by a power cut into the database, before anything is appended. The cipher works
// on blocks of 4 KiB: the next append after a recovered commit would write the block with the commit's end again, and a
// second power cut at that moment would tear confirmed data. Usually the log is empty and the call is free. A full disk
// gives up its reserve for the checkpoint. If the reserve is too small, the database opens without the checkpoint, so
// that waiting lines can be sent.
func (db *DB) checkpointAtOpen() error {
	err := db.withReserve(0, db.checkpoint)
	if errors.Is(err, ErrFull) {
		return nil
	}
	return err
}

func (db *DB) checkpoint() error {
	_, _, err := db.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
	if errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED) {
		return nil // another process is at work, and made its checkpoint at its own start
	}
	return translate(err)
}

// Close closes the database. All confirmed lines are on disk already.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	return db.disconnect()
}

// disconnect closes the connection, if there is one.
func (db *DB) disconnect() error {
	if db.conn == nil {
		return nil
	}
	var errs []error
	for _, s := range db.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, db.conn.Close())
	db.conn, db.stmts = nil, nil
	return errors.Join(errs...)
}

// Device is the device's id.
func (db *DB) Device() string { return db.device }

// Schema is the schema for checking observations.
func (db *DB) Schema() *schema.Schema { return db.cfg.Schema }

func (db *DB) stream(epoch string) wire.StreamID {
	return wire.StreamID{Device: db.device, Epoch: epoch}
}

// translate turns the engine's errors into the sentinels above.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrFull):
		return err
	case dbfile.IsFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, sqlite3.NOTADB) || errors.Is(err, sqlite3.IOERR_BADKEY):
		return fmt.Errorf("%w: %w", ErrKey, err)
	case errors.Is(err, sqlite3.CORRUPT):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
