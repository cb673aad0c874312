package localdb

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/ncruces/go-sqlite3"
)

func isNoSpace(err error) bool { return errors.Is(err, syscall.ENOSPC) }

// write runs fn in a transaction that is on disk when write returns nil, and never was when it does not.
func (db *DB) write(ctx context.Context, fn func() error) error {
	return db.inside(ctx, "BEGIN IMMEDIATE", fn)
}

// read runs fn on one unchanging state of the database.
func (db *DB) read(ctx context.Context, fn func() error) error { return db.inside(ctx, "BEGIN", fn) }

func (db *DB) inside(ctx context.Context, begin string, fn func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.stmts == nil {
		return errors.New("localdb: closed")
	}
	old := db.conn.SetInterrupt(ctx)
	defer db.conn.SetInterrupt(old)
	if err := db.exec(begin); err != nil {
		return err
	}
	if err = fn(); err == nil {
		err = db.exec("COMMIT")
	}
	if err != nil && !db.conn.GetAutocommit() {
		db.conn.SetInterrupt(context.WithoutCancel(ctx))
		return errors.Join(err, db.exec("ROLLBACK"))
	}
	return err
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
	return db.each(sql, func(*sqlite3.Stmt) error { return nil }, args...)
}

// each runs fn on every row. fn must not run the same statement; it copies what it keeps.
func (db *DB) each(sql string, fn func(*sqlite3.Stmt) error, args ...any) error {
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

// one is each for at most one row; found is false where there is none.
func (db *DB) one(sql string, fn func(*sqlite3.Stmt) error, args ...any) (found bool, err error) {
	err = db.each(sql, func(s *sqlite3.Stmt) error {
		found = true
		return fn(s)
	}, args...)
	return found, err
}

func (db *DB) count(sql string, args ...any) (n int64, err error) {
	_, err = db.one(sql, func(s *sqlite3.Stmt) error {
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
