package dbfile

import (
	"errors"

	"github.com/ncruces/go-sqlite3"
)

// ErrFull: no space on the disk, or none left for this user.
var ErrFull = errors.New("dbfile: no room on the disk")

// IsFull reports whether an error of the system or of SQLite means a full disk. An fsync error never counts as a full
// disk: after a failed fsync the file's content is unknown, whatever the reason.
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
