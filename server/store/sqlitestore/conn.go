package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/dbfile"
)

const (
	readerCount = 3

	commonPragmas = `PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY; PRAGMA busy_timeout=10000;`
	writerPragmas = `PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;
		PRAGMA temp_store=MEMORY; PRAGMA busy_timeout=10000; PRAGMA wal_autocheckpoint=0;`
	readerPragmas = commonPragmas + `PRAGMA query_only=ON;`
	// Opens the WAL now: by the first read another file may have its name.
	touchPragma = `PRAGMA schema_version;`
	// A VFS of its own has one connection and need not share the WAL's index.
	vfsPragmas = `PRAGMA locking_mode=EXCLUSIVE;` + writerPragmas + `PRAGMA wal_autocheckpoint=1000;`
)

// conn is a connection with its prepared statements. One goroutine uses it at a time.
type conn struct {
	c       *sqlite3.Conn
	stmts   map[string]*sqlite3.Stmt
	written int   // pages in the WAL after the last commit
	version int64 // PRAGMA data_version at the last look
}

func openConn(cfg Config, pragmas string) (*conn, error) {
	layer := cfg.VFS
	if layer == "" {
		layer = dbfile.VFSName()
	} else {
		pragmas = vfsPragmas
	}
	name := "file:" + url.PathEscape(cfg.Path) + "?vfs=" + url.QueryEscape(layer)
	c, err := sqlite3.OpenFlags(name, sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	if err := c.Exec(pragmas + touchPragma); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	out := &conn{c: c, stmts: map[string]*sqlite3.Stmt{}}
	c.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error { out.written = pages; return nil })
	return out, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		_ = s.Close() // returns the last error of the statement, already reported
	}
	return c.c.Close()
}

// stmt returns the prepared statement of sql.
func (c *conn) stmt(sql string) (*sqlite3.Stmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	s, _, err := c.c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sql, err)
	}
	c.stmts[sql] = s
	return s, nil
}

// row is the current row of a statement.
type row struct{ s *sqlite3.Stmt }

func (r row) int(col int) int64   { return r.s.ColumnInt64(col) }
func (r row) text(col int) string { return r.s.ColumnText(col) }
func (r row) blob(col int) []byte { return r.s.ColumnBlob(col, nil) }
func (r row) null(col int) bool   { return r.s.ColumnType(col) == sqlite3.NULL }

// errStop ends each without an error.
var errStop = errors.New("stop")

// each runs fn on every row. fn must not use the same statement.
func (c *conn) each(sql string, fn func(row) error, args ...any) error {
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	if err := bind(s, args); err != nil {
		return err
	}
	for s.Step() {
		if err := fn(row{s}); err != nil {
			_ = s.Reset()
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return errors.Join(s.Err(), s.Reset())
}

// exec runs a statement without result rows.
func (c *conn) exec(sql string, args ...any) error {
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	if err := bind(s, args); err != nil {
		return err
	}
	return s.Exec()
}

func bind(s *sqlite3.Stmt, args []any) (err error) {
	for i, arg := range args {
		switch v := arg.(type) {
		case int64:
			err = s.BindInt64(i+1, v)
		case string:
			err = s.BindText(i+1, v)
		case []byte:
			if v == nil {
				v = []byte{}
			}
			err = s.BindBlob(i+1, v)
		case nil:
			err = s.BindNull(i + 1)
		default:
			err = fmt.Errorf("sqlitestore: can't bind %T", arg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// snapshot runs fn inside one read transaction.
func (c *conn) snapshot(ctx context.Context, fn func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	defer c.c.SetInterrupt(c.c.SetInterrupt(ctx))
	tx := c.c.Begin()
	defer func() { err = translate(errors.Join(err, tx.Rollback())) }()
	return fn()
}

// transaction runs fn inside BEGIN IMMEDIATE and commits unless fn returns an error.
func (c *conn) transaction(ctx context.Context, fn func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	defer c.c.SetInterrupt(c.c.SetInterrupt(ctx))
	tx, err := c.c.BeginImmediate()
	if err != nil {
		return translate(err)
	}
	done := false
	defer func() {
		if !done && !c.c.GetAutocommit() {
			err = errors.Join(err, tx.Rollback())
		}
		err = translate(err)
	}()
	if err := fn(); err != nil {
		return err
	}
	if err := c.c.Exec(`COMMIT`); err != nil {
		return err
	}
	done = true
	return nil
}
