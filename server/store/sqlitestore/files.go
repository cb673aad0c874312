package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"

	"roadbook/server/store"
	"roadbook/sync/dbfile"
)

// ReserveFile is the name of the file that reserves space beside the database. On a full disk the reserve is released
// to open the database, since the WAL's index needs space.
const ReserveFile = "reserve"

const (
	reservePiece = 64 << 10 // released at a time, in bytes: twice the size of the index
	spareRoom    = 1 << 20  // a disk that was full counts as having space only with this many bytes free
)

// lazyRoom is the free space required for any write on a lazy file system (dbfile.AllocatesLazily), in bytes.
const lazyRoom = 16 << 20

// files is the state of the database's files.
type files struct {
	names   dbfile.OpenFiles
	reserve dbfile.Reserve // "": none
	lazy    string         // the database's path on a lazy file system, else ""
	full    atomic.Bool    // a write found no space, and no space has been seen since
	gone    atomic.Bool    // a file was missing under its name at the last look

	mu     sync.Mutex // one check of the space at a time
	filled bool       // the reserve was filled, or there was no space for it
}

// openWriter opens the first connection. On a full disk it releases the reserve for that, piece by piece.
func (s *Store) openWriter() (*conn, error) {
	if s.cfg.VFS == "" && dbfile.AllocatesLazily(s.cfg.Path) {
		s.files.lazy = s.cfg.Path
	}
	for {
		var w *conn
		err := s.files.checkRoom(spareRoom)
		if err == nil {
			w, err = openConn(s.cfg, writerPragmas)
		}
		if !dbfile.IsFull(err) || s.files.reserve == "" || s.files.reserve.Left() == 0 {
			return w, err
		}
		if giveErr := s.files.reserve.Give(reservePiece); giveErr != nil {
			return nil, errors.Join(err, giveErr)
		}
	}
}

// checkRoom returns ErrFull if writing to the WAL's index might end the process.
func (f *files) checkRoom(bytes int64) error {
	if f.lazy == "" {
		return nil
	}
	return dbfile.CheckFreeSpace(f.lazy, bytes)
}

// checkBeforeWrite refuses a write if the files are known to be gone and still are, or if writing might end the
// process.
func (s *Store) checkBeforeWrite() error {
	if err := s.files.checkRoom(lazyRoom); err != nil {
		s.files.full.Store(true)
		return translate(err)
	}
	if !s.files.gone.Load() {
		return nil
	}
	return s.checkFiles()
}

// checkAfterCommit decides about a commit, or its error, before any answer: the commit counts only if the next start
// will open the same files.
func (s *Store) checkAfterCommit(w *conn, err error) error {
	if errors.Is(err, store.ErrFull) {
		s.files.full.Store(true)
		s.requestCheckpoint(checkpointPages) // the WAL may fit into the file and can then start from its beginning
	}
	if err != nil {
		return err
	}
	s.noteCommit(w)
	return s.checkFiles()
}

// checkFiles returns nil if both files are under their names, else store.ErrGone. If only the WAL is missing, a
// checkpoint copies it into the file, so that a restart finds everything however this process ends. If another WAL has
// its name, no checkpoint runs: the next start would overwrite the pages with the older pages of the other WAL.
func (s *Store) checkFiles() error {
	err := s.files.names.CheckInPlace()
	s.files.gone.Store(err != nil)
	if err == nil {
		return nil
	}
	if s.files.names.CheckMain() == nil && errors.Is(err, fs.ErrNotExist) {
		s.requestCheckpoint(checkpointPages)
	}
	return fmt.Errorf("%w: %w", store.ErrGone, err)
}

// keepForeignWAL runs at the end: closing the last connection deletes the WAL by name. If another database has
// replaced this one, the WAL of that name belongs to the other database.
func (f *files) keepForeignWAL(w *conn) error {
	if f.names.CheckMain() == nil {
		return nil
	}
	_, err := w.c.FileControl("main", sqlite3.FCNTL_PERSIST_WAL, true)
	return err
}

// Ready reports whether a write made now can be acknowledged: after a write without space, not until there is space
// again.
func (s *Store) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if err := s.checkFiles(); err != nil || s.files.reserve == "" {
		return err
	}
	return translate(s.files.refillReserve())
}

// refillReserve fills the reserve once, and again after a full disk has space again.
func (f *files) refillReserve() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full.Load() {
		if err := errors.Join(f.checkRoom(lazyRoom), f.reserve.CheckSpace(spareRoom)); err != nil {
			return err
		}
		f.full.Store(false)
		f.filled = false
	}
	if f.filled {
		return nil
	}
	f.filled = true
	if err := f.reserve.Fill(); !dbfile.IsFull(err) {
		return err
	}
	return nil // little space is left, but no write has failed yet
}
