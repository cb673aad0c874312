package localdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ncruces/go-sqlite3"
)

const begin = "BEGIN IMMEDIATE"

// saveTx runs fn in a transaction for new lines. After nil the transaction is on disk; after an error there is none,
// unless the error is ErrUnsure. No interruption counts after fn has returned. ErrFull is also returned if the disk has
// room for the line but none for the reserve: a saved line must be able to leave later.
func (db *DB) saveTx(ctx context.Context, fn func() error) error {
	if err := db.cfg.Reserve.Fill(); err != nil {
		return translate(err)
	}
	return db.writeOrCheckpoint(ctx, fn)
}

// writeTx runs fn in a transaction for anything but new lines. A full disk gives up its reserve for it.
func (db *DB) writeTx(ctx context.Context, fn func() error) error {
	return db.writeTxKeeping(ctx, 0, fn)
}

// writeTxKeeping is writeTx with keep bytes of the reserve left for more urgent writes.
func (db *DB) writeTxKeeping(ctx context.Context, keep int64, fn func() error) error {
	return db.withReserve(keep, func() error { return db.writeOrCheckpoint(ctx, fn) })
}

// writeOrCheckpoint runs fn in a transaction. On a full disk it tries again after a checkpoint: the write-ahead log
// then starts again in its present room.
func (db *DB) writeOrCheckpoint(ctx context.Context, fn func() error) error {
	err := db.runTx(ctx, begin, fn)
	if !errors.Is(err, ErrFull) || errors.Is(err, ErrUnsure) || !db.checkpointAll() {
		return err
	}
	return db.runTx(ctx, begin, fn)
}

// checkpointAll moves the write-ahead log into the database, and reports whether nothing is left.
func (db *DB) checkpointAll() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return false
	}
	frames, moved, err := db.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	return err == nil && frames > 0 && frames == moved
}

// readTx runs fn on one snapshot of the database.
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

// runTxOnConn is runTx for a caller owning the connection.
func (db *DB) runTxOnConn(ctx context.Context, begin string, fn func() error) (err error) {
	old := db.conn.SetInterrupt(ctx)
	defer db.conn.SetInterrupt(old)
	if err := db.exec(begin); err != nil {
		return interruptedError(ctx, err)
	}
	if err = fn(); err == nil {
		err = ctx.Err() // the last chance to turn back
	}
	db.conn.SetInterrupt(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(interruptedError(ctx, err), db.rollback())
	}
	return db.commit(begin != "BEGIN")
}

// commit ends the transaction without interruption. An interruption at the last moment would otherwise report failure
// for data on disk.
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

// eraseFailedCommit removes a failed commit from the write-ahead log, and reports success. If the log was written whole
// and only the fsync failed, the next start would otherwise find the commit and accept it. Writing one unchanged page
// overwrites the first of the failed frames and breaks the checksum chain of the rest. Even a full disk has room for
// the page, since the failed frames had room.
func (db *DB) eraseFailedCommit(cause error) bool {
	version, err := db.queryInt("PRAGMA user_version")
	if err == nil {
		err = translate(db.conn.Exec("PRAGMA user_version = " + strconv.FormatInt(version, 10)))
	}
	return err == nil || errors.Is(err, ErrFull) && errors.Is(cause, ErrFull)
}

// interruptedError adds the context's error to an error caused by an interruption. The engine reports "interrupted" or,
// while waiting for another process, "busy".
func interruptedError(ctx context.Context, err error) error {
	if ctx.Err() == nil || !(errors.Is(err, sqlite3.INTERRUPT) || errors.Is(err, sqlite3.BUSY)) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// stmt returns the prepared statement for sql, ready for binding.
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

// exec runs a statement without rows.
func (db *DB) exec(sql string, args ...any) error {
	return db.queryEach(sql, func(*sqlite3.Stmt) error { return nil }, args...)
}

// queryEach runs fn on every row. fn must copy the values to keep, and must not run the same statement.
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

// queryOne is queryEach for at most one row; found is false without a row.
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
