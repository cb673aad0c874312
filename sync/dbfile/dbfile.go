// Package dbfile is the file layer under both embedded databases, the device's and the server's. The layer wraps
// the SQLite driver's own VFS and adds three things: a full disk becomes SQLITE_FULL, an open file can be compared
// with the file now at its path, and a reserve of disk space is kept for work that must go on while the disk is full.
//
// For upstream (github.com/ncruces/go-sqlite3 v0.37.0):
//   - vfs/os_unix.go (osReadAt, osWriteAt) and vfs/os_windows.go (osWriteAt) compare the error of os.File with a type
//     assertion to the errno. os.File wraps the errno in *fs.PathError, so neither SQLITE_FULL nor
//     SQLITE_IOERR_CORRUPTFS is ever returned; errors.As or errors.Is would work. EDQUOT means SQLITE_FULL too.
//   - If the index of the write-ahead log can't grow (vfs/shm_ofd.go, shmMap), the code is SQLITE_IOERR_SHMSIZE, as in
//     SQLite itself. SQLite then calls the file layer once more, and the cause of the error is lost.
//   - On a file system without fallocate, osAllocate makes the index a sparse file, and on a full disk SIGBUS ends the
//     process at the first access (AllocatesLazily). SQLite itself writes a byte to each page there.
package dbfile

import (
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

const layerName = "roadbook-files"

var registerLayer = sync.OnceFunc(func() { vfs.Register(layerName, Wrap(vfs.Find(""))) })

// VFSName registers the layer over the system's files and returns its name for SQLite.
func VFSName() string {
	registerLayer()
	return layerName
}

// Wrap puts the layer over another VFS.
func Wrap(base vfs.VFS) vfs.VFS { return layer{base} }

type layer struct{ vfs.VFS }

// Open opens a file by its name.
func (l layer) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpen(l.VFS, name, flags)
	return wrapFile(f, err), flags, asFull(err)
}

// OpenFilename opens a file by its name and parameters.
func (l layer) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(l.VFS, name, flags)
	return wrapFile(f, err), flags, asFull(err)
}

func wrapFile(f vfs.File, err error) vfs.File {
	if err != nil {
		return nil
	}
	return &file{f}
}

// asFull gives err the code SQLITE_FULL if err means a full disk.
func asFull(err error) error {
	if err != nil && isSystemFull(err) {
		return vfs.SystemError(err, sqlite3.FULL)
	}
	return err
}

// file reports a full disk from every call that may need space, and forwards all other calls.
type file struct{ vfs.File }

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, asFull(err)
}

func (f *file) Truncate(size int64) error { return asFull(f.File.Truncate(size)) }

func (f *file) SizeHint(n int64) error { return asFull(vfsutil.WrapSizeHint(f.File, n)) }

func (f *file) Unwrap() vfs.File { return f.File }

func (f *file) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

func (f *file) MemoryMapper() vfs.MemoryMapper { return vfsutil.WrapMemoryMapper(f.File) }

func (f *file) LockState() vfs.LockLevel { return vfsutil.WrapLockState(f.File) }

func (f *file) PersistWAL() bool { return vfsutil.WrapPersistWAL(f.File) }

func (f *file) SetPersistWAL(keep bool) { vfsutil.WrapSetPersistWAL(f.File, keep) }

func (f *file) PowersafeOverwrite() bool { return vfsutil.WrapPowersafeOverwrite(f.File) }

func (f *file) SetPowersafeOverwrite(safe bool) { vfsutil.WrapSetPowersafeOverwrite(f.File, safe) }

func (f *file) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

func (f *file) Overwrite() error { return vfsutil.WrapOverwrite(f.File) }

func (f *file) SyncSuper(super string) error { return asFull(vfsutil.WrapSyncSuper(f.File, super)) }

func (f *file) CommitPhaseTwo() error { return asFull(vfsutil.WrapCommitPhaseTwo(f.File)) }

func (f *file) BeginAtomicWrite() error { return vfsutil.WrapBeginAtomicWrite(f.File) }

func (f *file) CommitAtomicWrite() error { return asFull(vfsutil.WrapCommitAtomicWrite(f.File)) }

func (f *file) RollbackAtomicWrite() error { return vfsutil.WrapRollbackAtomicWrite(f.File) }

func (f *file) CheckpointStart() { vfsutil.WrapCheckpointStart(f.File) }

func (f *file) CheckpointDone() { vfsutil.WrapCheckpointDone(f.File) }

func (f *file) BusyHandler(h func() bool) { vfsutil.WrapBusyHandler(f.File, h) }
