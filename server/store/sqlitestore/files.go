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

// ReserveFile is the name of the room kept aside, beside the database's file: on a full disk it is given up to open the
// database, which takes room for the WAL's index.
const ReserveFile = "reserve"

const (
	reservePiece = 64 << 10 // given up at a time, in bytes: twice the index
	spareRoom    = 1 << 20  // must be free before a disk that was full counts as having room, in bytes
)

// lazyRoom must be free on a lazy file system (dbfile.Lazy) for anything to be written, in bytes.
const lazyRoom = 16 << 20

// files is how the database's files stand.
type files struct {
	names   dbfile.Names
	reserve dbfile.Reserve // "": none
	lazy    string         // the database's path on a lazy file system, else ""
	full    atomic.Bool    // a write found no room, and none has been seen since
	gone    atomic.Bool    // a file was not where it was opened, when last looked at

	mu     sync.Mutex // one look at the room at a time
	filled bool       // the reserve was, or there was no room for it
}

// openWriter opens the first connection. A full disk gives its reserve for it, piece by piece.
func (s *Store) openWriter() (*conn, error) {
	if s.cfg.VFS == "" && dbfile.Lazy(s.cfg.Path) {
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

// checkRoom is ErrFull where writing to the WAL's index might end the process.
func (f *files) checkRoom(bytes int64) error {
	if f.lazy == "" {
		return nil
	}
	return dbfile.Room(f.lazy, bytes)
}

// checkBeforeWrite refuses what would be written into files that nobody finds, looking only where they were gone before, and what
// must not be tried.
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

// checkAfterCommit judges a commit, or what became of it, before anything of it is answered: it counts only if the files are still
// those that the next start will open.
func (s *Store) checkAfterCommit(w *conn, err error) error {
	if errors.Is(err, store.ErrFull) {
		s.files.full.Store(true)
		s.requestCheckpoint(checkpointPages) // what is in the WAL may find room in the file, and the WAL begins anew
	}
	if err != nil {
		return err
	}
	s.noteCommit(w)
	return s.checkFiles()
}

// checkFiles is nil where both files stand under their names. store.ErrGone: where it is only the WAL, and there is none, what
// stands in it is brought into the file, so that a restart finds all of it, whatever ends this process. Beside another
// WAL it is not: the next start would lay that one's older pages over it.
func (s *Store) checkFiles() error {
	err := s.files.names.Stand()
	s.files.gone.Store(err != nil)
	if err == nil {
		return nil
	}
	if s.files.names.Main() == nil && errors.Is(err, fs.ErrNotExist) {
		s.requestCheckpoint(checkpointPages)
	}
	return fmt.Errorf("%w: %w", store.ErrGone, err)
}

// keepForeignWAL is for the end: closing the last connection deletes the WAL by its name, which beside a database that was
// put in this one's place is that one's.
func (f *files) keepForeignWAL(w *conn) error {
	if f.names.Main() == nil {
		return nil
	}
	_, err := w.c.FileControl("main", sqlite3.FCNTL_PERSIST_WAL, true)
	return err
}

// Ready reports whether what is written now can be acknowledged. Where a write found no room, that is until there is
// some again.
func (s *Store) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if err := s.checkFiles(); err != nil || s.files.reserve == "" {
		return err
	}
	return translate(s.files.refillReserve())
}

// refillReserve fills the reserve once, and again when a disk that was full is not any more.
func (f *files) refillReserve() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full.Load() {
		if err := errors.Join(f.checkRoom(lazyRoom), f.reserve.Spare(spareRoom)); err != nil {
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
	return nil // little room is left, but every write so far has found its own
}
