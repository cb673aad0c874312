package sqlitestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"roadbook/server/store"
	"roadbook/sync/dbfile"
)

// ErrForeign: the file is not a readable database: another program's file, an encrypted one, or damaged at its
// beginning.
var ErrForeign = errors.New("sqlitestore: not a server's database")

// ErrGone: there was a server's database, and now there is none.
var ErrGone = errors.New("sqlitestore: the server's database is gone")

// transientCodes are SQLite's errors after which a repetition may succeed. After an I/O error the write may have
// landed.
var transientCodes = []sqlite3.ErrorCode{
	sqlite3.BUSY, sqlite3.LOCKED, sqlite3.IOERR, sqlite3.INTERRUPT, sqlite3.CANTOPEN, sqlite3.NOMEM,
}

// translate converts SQLite's errors to errors of the contract.
func translate(err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFull) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(err)
	}
	if dbfile.IsFull(err) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	if errors.Is(err, sqlite3.NOTADB) {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	for _, code := range transientCodes {
		if errors.Is(err, code) {
			return unavailable(err)
		}
	}
	return err
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", store.ErrUnavailable, err) }
