// Package localdb is what a device knows, on its own disk: its stream of observations, what the server
// made of them, what the server told of others, and reference data. The files are encrypted whole.
//
// It promises:
//   - Save returns only after line, sequence and chain hash are on disk, in one transaction: what it
//     confirmed survives a power cut, and nothing half-saved is ever seen.
//   - A line's bytes never change and are never deleted. (Dropping what a completed backup of the server
//     covers is a later step: until then everything is kept.)
//   - Only a result for a line that was sent acknowledges it. What a server says it holds only makes the
//     device offer again what is missing there.
//   - Two processes may use one directory at the same time.
//
// Clock, randomness and the file layer are the caller's (Config), so that a simulation owns them.
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

// busyWait is how long a process waits for another one's transaction.
const busyWait = 10 * time.Second

// Sentinels.
var (
	// ErrNotEnrolled: the device does not know a server, a unit and a role yet.
	ErrNotEnrolled = errors.New("localdb: not enrolled")
	// ErrKey: the files were written under another key, or are damaged.
	ErrKey = errors.New("localdb: the key does not open the database")
	// ErrGone: there are keys, and the database that stood beside them is missing or empty.
	ErrGone = errors.New("localdb: the database is gone")
	// ErrDamaged: the database's file can't be read. Nothing is to be deleted: an administrator may save it.
	ErrDamaged = errors.New("localdb: the database is damaged")
	// ErrNewer: the files were written by a newer program.
	ErrNewer = errors.New("localdb: written by a newer version")
	// ErrFull: no room on the disk. Nothing was saved; what was saved before is safe and can be sent.
	ErrFull = errors.New("localdb: disk full")
	// ErrUnsure: the disk failed in the moment of a commit. What was written may be there at the next start, or not.
	ErrUnsure = errors.New("localdb: not certain whether it was saved")
	// ErrUnknownKind: no such kind of observation.
	ErrUnknownKind = errors.New("localdb: unknown kind")
	// ErrUnknownRecord: the device knows no record or item of that id.
	ErrUnknownRecord = errors.New("localdb: unknown record")
)

// Clock is the device's clock. It may be wrong in every way; Save writes down the evidence.
type Clock interface {
	Wall() int64                   // Unix ms by the wall clock
	Boot() (id string, mono int64) // this boot's id (8 characters) and ms since it began, monotonic
}

// Config says what a DB stands on. Nil and empty members get the real thing.
type Config struct {
	Dir       string         // directory of the database file
	VFS       string         // name of a registered file layer, taken as it is; "" = Seal(""), encrypted files of the system
	Keys      *Keys          // required
	Known     bool           // the device was set up before: a database that is missing or empty is ErrGone
	Clock     Clock          // nil = the system's
	Rand      io.Reader      // nil = crypto/rand
	Schema    *schema.Schema // nil = schema.Default()
	Catalogue string         // version that lines name until the server sends another
	Reserve   Reserve        // nil = dbfile's in Dir, or none on a VFS of its own
}

// DB is one open database. Its methods may be called from several goroutines; they take turns.
type DB struct {
	cfg    Config
	device string

	mu        sync.Mutex
	conn      *sqlite3.Conn // nil between the transactions of a cramped database
	stmts     map[string]*sqlite3.Stmt
	lazyDisk  bool // dbfile.Lazy
	exclusive bool // opened without the room that an index of the write-ahead log takes
	closed    bool
}

// Open opens or creates the database. Errors: ErrKey, ErrGone, ErrNewer, ErrFull, or the disk's.
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
	if err := db.fillKnown(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.cfg.Reserve.Fill(); err != nil && !dbfile.IsFull(err) { // Save asks again
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

// openConn opens a connection and brings the tables to the present version. alone: without memory shared between
// processes, which is what a file layer of its own has not, and a full disk no room for.
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

// checkpointAtOpen moves what a power cut left in the write-ahead log into the database, before anything is appended.
// The cipher works on blocks of 4 KiB: behind a recovered commit, the next append would write the block
// again that holds the commit's end, and a second power cut in that moment would tear what was confirmed.
// Having nothing to settle is the rule, and free. A full disk gives up its reserve for it; where even that is
// too little the database opens all the same, so that what is in it can be sent.
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
		return nil // another process is at work, and settled before it began
	}
	return translate(err)
}

// Close closes the database. Everything confirmed is on disk already.
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

// Schema is the schema that observations are judged by.
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
