//go:build unix

package dbfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"

	"roadbook/sync/dbfile"
)

// fullDisk is the system's files on a disk that is full while errno is set. The error has the form of os.File's errors.
type fullDisk struct {
	vfs.VFS
	errno *atomic.Pointer[syscall.Errno]
}

func (l fullDisk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpen(l.VFS, name, flags)
	return &fullDiskFile{f, l.errno}, flags, err
}

func (l fullDisk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(l.VFS, name, flags)
	return &fullDiskFile{f, l.errno}, flags, err
}

type fullDiskFile struct {
	vfs.File
	errno *atomic.Pointer[syscall.Errno]
}

func (f *fullDiskFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

func (f *fullDiskFile) WriteAt(p []byte, off int64) (int, error) {
	if no := f.errno.Load(); no != nil {
		return 0, &fs.PathError{Op: "write", Path: "x", Err: *no}
	}
	return f.File.WriteAt(p, off)
}

// TestFullDiskIsSQLiteFull: a full disk or an exhausted quota is SQLITE_FULL, not an I/O error, and earlier rows stay.
func TestFullDiskIsSQLiteFull(t *testing.T) {
	var no atomic.Pointer[syscall.Errno]
	vfs.Register("tight", dbfile.Wrap(fullDisk{vfs.Find(""), &no}))
	defer vfs.Unregister("tight")
	c, err := sqlite3.Open("file:" + filepath.ToSlash(filepath.Join(t.TempDir(), "x.db")) + "?vfs=tight")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	must(t, c.Exec("PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"))
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		no.Store(&errno)
		err := c.Exec("INSERT INTO t VALUES (2)")
		if !errors.Is(err, sqlite3.FULL) || !dbfile.IsFull(err) {
			t.Errorf("%v: %v", errno, err)
		}
		no.Store(nil)
		must(t, c.Exec("INSERT INTO t VALUES (3)"))
	}
	errno := syscall.EIO
	no.Store(&errno)
	if err := c.Exec("INSERT INTO t VALUES (2)"); errors.Is(err, sqlite3.FULL) || dbfile.IsFull(err) || err == nil {
		t.Errorf("a broken disk: %v", err)
	}
}

func TestReserveIsWrittenInFullAndGivenByPieces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reserve")
	r := dbfile.Reserve(path)
	for range 2 {
		must(t, r.Fill())
		if r.Left() != dbfile.ReserveSize || blocks(t, path) < dbfile.ReserveSize {
			t.Fatalf("%d bytes, %d on the disk", r.Left(), blocks(t, path))
		}
	}
	must(t, r.Give(100<<10))
	if r.Left() != dbfile.ReserveSize-100<<10 {
		t.Errorf("%d left of %d", r.Left(), dbfile.ReserveSize)
	}
	must(t, r.Fill())
	if blocks(t, path) < dbfile.ReserveSize {
		t.Error("not whole again")
	}
	for range 2 {
		must(t, r.Give(2*dbfile.ReserveSize))
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || r.Left() != 0 {
			t.Error("something is left")
		}
	}
}

// TestReplacedFilesAreNoticed: the check notices a database or log file deleted, replaced or moved under an open
// database, and accepts a file moved back.
func TestReplacedFilesAreNoticed(t *testing.T) {
	for _, file := range []string{"x.db", "x.db-wal"} {
		dir := t.TempDir()
		path := filepath.Join(dir, file)
		names := opened(t, filepath.Join(dir, "x.db"))
		must(t, names.CheckInPlace())
		must(t, os.Rename(path, path+".away"))
		if err := names.CheckInPlace(); !errors.Is(err, dbfile.ErrGone) {
			t.Errorf("%s moved: %v", file, err)
		}
		raw, err := os.ReadFile(path + ".away")
		must(t, err)
		must(t, os.WriteFile(path, raw, 0o600))
		if err := names.CheckInPlace(); !errors.Is(err, dbfile.ErrGone) {
			t.Errorf("%s replaced by a copy: %v", file, err)
		}
		must(t, os.Rename(path+".away", path))
		must(t, names.CheckInPlace())
		must(t, os.Link(path, path+".link")) // as a backup by hard links does
		must(t, names.CheckInPlace())
		must(t, os.Remove(path))
		if err := names.CheckInPlace(); !errors.Is(err, dbfile.ErrGone) {
			t.Errorf("%s deleted: %v", file, err)
		}
		if errors.Is(names.CheckMain(), dbfile.ErrGone) != (file == "x.db") || errors.Is(names.CheckLog(), dbfile.ErrGone) == (file == "x.db") {
			t.Errorf("%s: main %v, log %v", file, names.CheckMain(), names.CheckLog())
		}
	}
}

func opened(t testing.TB, path string) dbfile.OpenFiles {
	t.Helper()
	c, err := sqlite3.OpenContext(context.Background(), "file:"+filepath.ToSlash(path)+"?vfs="+dbfile.VFSName())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.Exec("PRAGMA journal_mode=WAL; CREATE TABLE t (x)"))
	names, err := dbfile.OpenFilesOf(c)
	must(t, err)
	return names
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
