package localdb

import (
	"sync"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"

	"roadbook/sync/dbfile"
)

// cipherBlock is the cipher's block, in bytes. Files are whole blocks, except after a power cut.
const cipherBlock = 4096

var sealedLayers sync.Map // by name of the file layer below: its encrypting layer is registered

// Seal registers an encrypting layer above a registered file layer ("" = the system's) and returns the new layer's
// name.
func Seal(base string) string {
	name := "roadbook-sealed-" + base
	if _, done := sealedLayers.LoadOrStore(base, true); !done {
		vfs.Register(name, adiantum.Wrap(wholeBlocks{dbfile.Wrap(vfs.Find(base))}, nil))
	}
	return name
}

// wholeBlocks hides a partial block at a file's end, left by a power cut. The cipher cannot read such a block, and
// SQLite would report a broken disk and never open the database again. A partial block was never synced and holds
// nothing confirmed.
type wholeBlocks struct{ vfs.VFS }

// Open opens a file by its name.
func (w wholeBlocks) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpen(w.VFS, name, flags)
	return wrapWhole(f, err), flags, err
}

// OpenFilename opens a file by its name and parameters.
func (w wholeBlocks) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(w.VFS, name, flags)
	return wrapWhole(f, err), flags, err
}

func wrapWhole(f vfs.File, err error) vfs.File {
	if err != nil {
		return nil
	}
	return wholeFile{f}
}

// wholeFile forwards the optional methods used by the encrypting layer and SQLite, except batch-atomic writes.
type wholeFile struct{ vfs.File }

func (f wholeFile) Size() (int64, error) {
	n, err := f.File.Size()
	return n &^ (cipherBlock - 1), err
}

func (f wholeFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() &^ vfs.IOCAP_BATCH_ATOMIC
}

func (f wholeFile) Unwrap() vfs.File { return f.File }

func (f wholeFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

func (f wholeFile) LockState() vfs.LockLevel { return vfsutil.WrapLockState(f.File) }

func (f wholeFile) SizeHint(n int64) error { return vfsutil.WrapSizeHint(f.File, n) }

func (f wholeFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

func (f wholeFile) SyncSuper(super string) error { return vfsutil.WrapSyncSuper(f.File, super) }

func (f wholeFile) CommitPhaseTwo() error { return vfsutil.WrapCommitPhaseTwo(f.File) }

func (f wholeFile) BusyHandler(h func() bool) { vfsutil.WrapBusyHandler(f.File, h) }
