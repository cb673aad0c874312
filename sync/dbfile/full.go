package dbfile

import (
	"errors"

	"github.com/ncruces/go-sqlite3"
)

// ErrFull: there is no room on the disk, or none that this user may take.
var ErrFull = errors.New("dbfile: no room on the disk")

// IsFull reports whether an error, of the system's or of SQLite's, means that the disk has no room. That of an fsync does
// not: nobody knows then what of it all is on the disk, whatever the reason.
func IsFull(err error) bool {
	if errors.Is(err, sqlite3.IOERR_FSYNC) {
		return false
	}
	return isSystemFull(err) || errors.Is(err, ErrFull) || errors.Is(err, sqlite3.FULL) ||
		errors.Is(err, sqlite3.IOERR_SHMSIZE) // the write-ahead log's index could not grow
}

func isSystemFull(err error) bool {
	for _, e := range systemFullErrors {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
