package localdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ncruces/go-sqlite3"
)

const begin = "BEGIN IMMEDIATE"

// saveTx runs fn in a transaction that is on disk when it returns nil, and never was when it does not, unless the
// error is ErrUnsure. Once fn is through, no interruption counts any more. ErrFull also where there would be room, but
// none to keep aside: what is saved now must be able to leave later.
func (db *DB) saveTx(ctx context.Context, fn func() error) error {
	if err := db.cfg.Reserve.Fill(); err != nil {
		return translate(err)
	}
	return db.writeOrCheckpoint(ctx, fn)
}

// writeTx is saving for all else, which a full disk gives up its reserve for.
func (db *DB) writeTx(ctx context.Context, fn func() error) error {
	return db.writeTxKeeping(ctx, 0, fn)
}

// writeTxKeeping is write with keep bytes of the reserve left, for what is more urgent.
func (db *DB) writeTxKeeping(ctx context.Context, keep int64, fn func() error) error {
	return db.withReserve(keep, func() error { return db.writeOrCheckpoint(ctx, fn) })
}

// writeOrCheckpoint writes. On a full disk it tries again behind a checkpoint, after which the write-ahead log begins anew in the
// room that it has.
func (db *DB) writeOrCheckpoint(ctx context.Context, fn func() error) error {
	err := db.runTx(ctx, begin, fn)
	if !errors.Is(err, ErrFull) || errors.Is(err, ErrUnsure) || !db.checkpointAll() {
		return err
	}
	return db.runTx(ctx, begin, fn)
}

// checkpointAll reports whether all of the write-ahead log stands in the database now.
func (db *DB) checkpointAll() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return false
	}
	frames, moved, err := db.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	return err == nil && frames > 0 && frames == moved
}

// readTx runs fn on one unchanging state of the database.
func (db *DB) readTx(ctx context.Context, fn func() error) error { return db.runTx(ctx, "BEGIN", fn) }

func (db *DB) runTx(ctx context.Context, begin string, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return errors.New("localdb: closed")
	}
	if db.conn == nil {
		if err := db.connect(ctx); err != nil {
			return err
		}
	}
	defer db.disconnectIfExclusive()
	if begin != "BEGIN" && !db.exclusive {
		if err := db.checkMappedRoom(); err != nil {
			return err
		}
	}
	return db.runTxOnConn(ctx, begin, fn)
}

// runTxOnConn is inside for a caller who has the connection for himself.
func (db *DB) runTxOnConn(ctx context.Context, begin string, fn func() error) (err error) {
	old := db.conn.SetInterrupt(ctx)
	defer db.conn.SetInterrupt(old)
	if err := db.exec(begin); err != nil {
		return interruptedError(ctx, err)
	}
	if err = fn(); err == nil {
		err = ctx.Err() // the last moment to turn back
	}
	db.conn.SetInterrupt(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(interruptedError(ctx, err), db.rollback())
	}
	return db.commit(begin != "BEGIN")
}

// commit ends the transaction. Nothing interrupts it: an interruption that came in its last moment would be told
// as a failure of what is on disk.
func (db *DB) commit(wrote bool) error {
	err := db.exec("COMMIT")
	if err == nil {
		return nil
	}
	err = errors.Join(err, db.rollback())
	if wrote && !db.eraseFailedCommit(err) {
		return fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	return err
}

func (db *DB) rollback() error {
	if db.conn.GetAutocommit() {
		return nil
	}
	return db.exec("ROLLBACK")
}

// eraseFailedCommit takes what a failed commit left out of the write-ahead log, and says whether that is certain. Where the
// log was written whole and only its fsync failed, the next start would else find the commit and believe it. One page
// written again, as it stands, lies over the first of the frames left there and breaks the chain of those behind; on a
// full disk it needs no room that they did not need.
func (db *DB) eraseFailedCommit(cause error) bool {
	version, err := db.queryInt("PRAGMA user_version")
	if err == nil {
		err = translate(db.conn.Exec("PRAGMA user_version = " + strconv.FormatInt(version, 10)))
	}
	return err == nil || errors.Is(err, ErrFull) && errors.Is(cause, ErrFull)
}

// interruptedError gives an error that came of an interruption the context's name: the engine says "interrupted" or,
// where it waited for another process, "busy".
func interruptedError(ctx context.Context, err error) error {
	if ctx.Err() == nil || !(errors.Is(err, sqlite3.INTERRUPT) || errors.Is(err, sqlite3.BUSY)) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// stmt returns the prepared statement of a text, ready to be bound.
func (db *DB) stmt(sql string) (*sqlite3.Stmt, error) {
	if s, ok := db.stmts[sql]; ok {
		return s, nil
	}
	s, _, err := db.conn.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, translate(err)
	}
	db.stmts[sql] = s
	return s, nil
}

// exec runs a statement that returns nothing.
func (db *DB) exec(sql string, args ...any) error {
	return db.queryEach(sql, func(*sqlite3.Stmt) error { return nil }, args...)
}

// queryEach runs fn on every row. fn must not run the same statement; it copies what it keeps.
func (db *DB) queryEach(sql string, fn func(*sqlite3.Stmt) error, args ...any) error {
	s, err := db.stmt(sql)
	if err != nil {
		return err
	}
	defer s.Reset() //nolint:errcheck // repeats the error of the last step
	for i, arg := range args {
		if err := bind(s, i+1, arg); err != nil {
			return translate(err)
		}
	}
	for s.Step() {
		if err := fn(s); err != nil {
			return err
		}
	}
	return translate(s.Err())
}

// queryOne is each for at most one row; found is false where there is none.
func (db *DB) queryOne(sql string, fn func(*sqlite3.Stmt) error, args ...any) (found bool, err error) {
	err = db.queryEach(sql, func(s *sqlite3.Stmt) error {
		found = true
		return fn(s)
	}, args...)
	return found, err
}

func (db *DB) queryInt(sql string, args ...any) (n int64, err error) {
	_, err = db.queryOne(sql, func(s *sqlite3.Stmt) error {
		n = s.ColumnInt64(0)
		return nil
	}, args...)
	return n, err
}

func bind(s *sqlite3.Stmt, i int, arg any) error {
	switch v := arg.(type) {
	case nil:
		return s.BindNull(i)
	case string:
		return s.BindText(i, v)
	case int64:
		return s.BindInt64(i, v)
	case int:
		return s.BindInt64(i, int64(v))
	case bool:
		return s.BindBool(i, v)
	case []byte:
		return s.BindBlob(i, v)
	}
	return fmt.Errorf("localdb: no way to bind %T", arg)
}
