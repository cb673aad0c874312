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

// ErrGone: a file that is open does not stand under its name any more: it was deleted, replaced or moved. What is
// written to it is found by nobody who opens the database by its name.
var ErrGone = errors.New("dbfile: the file was deleted or replaced")

// OpenFiles is what an open database's file and write-ahead log are called, and which files they were when opened.
type OpenFiles struct{ main, log openedFile }

type openedFile struct {
	path string
	info fs.FileInfo
}

// OpenFilesOf looks at the files that a connection has open, which must have read from the database and be in WAL mode.
// Of a database that has no files it gives Names that always stand.
func OpenFilesOf(c *sqlite3.Conn) (n OpenFiles, err error) {
	if n.main, err = openedFileOf(c, sqlite3.FCNTL_FILE_POINTER); err != nil {
		return n, err
	}
	n.log, err = openedFileOf(c, sqlite3.FCNTL_JOURNAL_POINTER)
	return n, err
}

// osFile is what the driver's own file can tell, being an os.File.
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

// CheckInPlace compares what stands under the names now with what was opened: ErrGone where it is another file or none. A name
// that leads to the same inode has a link to it, so that the link count need not be asked for beside.
func (n OpenFiles) CheckInPlace() error { return errors.Join(n.CheckMain(), n.CheckLog()) }

// CheckMain is Stand of the database's file alone.
func (n OpenFiles) CheckMain() error { return n.main.checkInPlace() }

// CheckLog is Stand of the write-ahead log alone.
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
