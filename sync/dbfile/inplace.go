package dbfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// ErrGone: the path of an open file no longer leads to this file: the file was deleted, replaced or moved. Nobody who
// opens the database by its path would find later writes.
var ErrGone = errors.New("dbfile: the file was deleted or replaced")

// OpenFiles are the paths of an open database's file and write-ahead log, with the identity of both files at the time
// of opening.
type OpenFiles struct{ main, log openedFile }

type openedFile struct {
	path string
	info fs.FileInfo
}

// OpenFilesOf reads the paths from a connection. The connection must have read from the database and be in WAL mode.
// For a database without files the checks of the result always pass.
func OpenFilesOf(c *sqlite3.Conn) (n OpenFiles, err error) {
	if n.main, err = openedFileOf(c, sqlite3.FCNTL_FILE_POINTER); err != nil {
		return n, err
	}
	n.log, err = openedFileOf(c, sqlite3.FCNTL_JOURNAL_POINTER)
	return n, err
}

// osFile is the part of os.File that the driver's own file offers.
type osFile interface {
	Name() string
	Stat() (fs.FileInfo, error)
}

func openedFileOf(c *sqlite3.Conn, pointer sqlite3.FcntlOpcode) (s openedFile, err error) {
	got, err := c.FileControl("main", pointer)
	if err != nil {
		return s, err
	}
	handle, ok := got.(vfs.File)
	if !ok {
		return s, nil
	}
	ours, ok := vfsutil.UnwrapFile[*file](handle)
	if !ok {
		return s, nil
	}
	f, ok := ours.File.(osFile)
	if !ok {
		return s, nil
	}
	s.path = f.Name()
	s.info, err = f.Stat()
	return s, err
}

// CheckInPlace compares the files at the paths now with the opened files: ErrGone for another file or none. A path that
// leads to the same inode is a link to this inode, so the link count needs no check.
func (n OpenFiles) CheckInPlace() error { return errors.Join(n.CheckMain(), n.CheckLog()) }

// CheckMain is CheckInPlace for the database file alone.
func (n OpenFiles) CheckMain() error { return n.main.checkInPlace() }

// CheckLog is CheckInPlace for the write-ahead log alone.
func (n OpenFiles) CheckLog() error { return n.log.checkInPlace() }

func (s openedFile) checkInPlace() error {
	if s.info == nil {
		return nil
	}
	now, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if !os.SameFile(s.info, now) {
		return fmt.Errorf("%w: %s", ErrGone, s.path)
	}
	return nil
}
