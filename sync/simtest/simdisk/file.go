package simdisk

import (
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/ncruces/go-sqlite3/vfs"
)

// code is an SQLite result code.
type code uint16

// https://sqlite.org/rescode.html
const (
	busy        code = 5
	ioErr       code = 10
	full        code = 13
	cantOpen    code = 14
	deleteNoEnt code = ioErr | 23<<8
)

func (c code) Error() string {
	return map[code]string{busy: "busy", ioErr: "the power is cut", full: "disk full", cantOpen: "no such file",
		deleteNoEnt: "no such file"}[c]
}

// file is a file: the content seen by programs, the durable content, and the writes in between.
type file struct {
	now, durable []byte
	pending      []write
	synced       bool // its name is certainly on the disk
	owner        *handle
}

// write is an unsynced write, or a truncation to off if data is nil.
type write struct {
	off  int64
	data []byte
}

func (w write) apply(b []byte) []byte {
	if w.data == nil {
		return resize(b, w.off)
	}
	b = resize(b, max(int64(len(b)), w.off+int64(len(w.data))))
	copy(b[w.off:], w.data)
	return b
}

func resize(b []byte, n int64) []byte {
	if n <= int64(len(b)) {
		return b[:n]
	}
	if n <= int64(cap(b)) {
		grown := b[:n]
		clear(grown[len(b):])
		return grown
	}
	return append(b, make([]byte, n-int64(len(b)))...)
}

func (f *file) sync() {
	for _, w := range f.pending {
		f.durable = w.apply(f.durable)
	}
	f.pending, f.synced = nil, true
}

// crash keeps, loses or tears each unsynced write.
func (f *file) crash(rng *rand.Rand) {
	for _, w := range f.pending {
		switch rng.IntN(3) {
		case 0:
			f.durable = w.apply(f.durable)
		case 1:
			f.durable = torn(f.durable, w, rng)
		}
	}
	f.pending, f.synced, f.owner = nil, true, nil
	f.now = slices.Clone(f.durable)
}

// torn applies some sectors of a write.
func torn(b []byte, w write, rng *rand.Rand) []byte {
	for at := 0; at < len(w.data); {
		n := min(sector-int((w.off+int64(at))%sector), len(w.data)-at)
		if rng.IntN(2) == 0 {
			b = write{w.off + int64(at), w.data[at : at+n]}.apply(b)
		}
		at += n
	}
	return b
}

func sorted(files map[string]*file) []string { return slices.Sorted(maps.Keys(files)) }

// Open opens or makes a file.
func (d *Disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" {
		return &handle{disk: d, file: &file{}, age: d.age, temporary: true}, flags, nil
	}
	f, ok := d.files[name]
	if !ok {
		if flags&vfs.OPEN_CREATE == 0 {
			return nil, flags, cantOpen
		}
		f = &file{}
		d.files[name] = f
	}
	return &handle{disk: d, file: f, name: name, age: d.age, temporary: flags&vfs.OPEN_DELETEONCLOSE != 0}, flags, nil
}

// Delete deletes a file; without dirSync a power cut may bring the file back.
func (d *Disk) Delete(name string, dirSync bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.files[name]
	if !ok {
		return deleteNoEnt
	}
	delete(d.files, name)
	delete(d.deleted, name)
	if dirSync {
		d.syncNames()
	} else if f.synced {
		d.deleted[name] = f
	}
	return nil
}

// syncNames makes every creation and deletion so far durable, but no content.
func (d *Disk) syncNames() {
	d.deleted = map[string]*file{}
	for _, f := range d.files {
		f.synced = true
	}
}

// Access reports whether a file exists.
func (d *Disk) Access(name string, _ vfs.AccessFlag) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.files[name]
	return ok, nil
}

// FullPathname is the name itself.
func (d *Disk) FullPathname(name string) (string, error) { return name, nil }

// handle is an open file. A power cut ends every handle.
type handle struct {
	disk      *Disk
	file      *file
	name      string
	age       int
	lock      vfs.LockLevel
	temporary bool
}

func (h *handle) dead() bool { return h.age != h.disk.age }

// ReadAt reads the last written content.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return 0, ioErr
	}
	if off >= int64(len(h.file.now)) {
		return 0, io.EOF
	}
	n := copy(p, h.file.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes; the bytes are durable after the next Sync.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	grows := off + int64(len(p)) - int64(len(h.file.now))
	switch {
	case h.dead() || h.disk.burn():
		return 0, ioErr
	case h.disk.quota > 0 && grows > 0 && h.disk.used()+grows > h.disk.quota:
		return 0, full
	}
	h.change(write{off, slices.Clone(p)})
	return len(p), nil
}

// Truncate shortens the file, or lengthens the file by zeros.
func (h *handle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() || h.disk.burn() {
		return ioErr
	}
	h.change(write{off: size})
	return nil
}

func (h *handle) change(w write) {
	h.file.now = w.apply(h.file.now)
	h.file.pending = append(h.file.pending, w)
}

// Sync makes the file's writes, and its name, durable.
func (h *handle) Sync(vfs.SyncFlag) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() || h.disk.burn() {
		return ioErr
	}
	h.disk.syncs++
	if h.disk.lying {
		return nil
	}
	if !h.file.synced {
		h.disk.syncNames() // as real file layers do at the first sync of a new file
	}
	h.file.sync()
	return nil
}

// Size is the length of the file's last written content.
func (h *handle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return 0, ioErr
	}
	return int64(len(h.file.now)), nil
}

// Close closes the file.
func (h *handle) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.file.owner == h {
		h.file.owner = nil
	}
	if h.temporary && h.name != "" {
		delete(h.disk.files, h.name)
	}
	return nil
}

// Lock gives the file to a single program at a time: programs share no memory here.
func (h *handle) Lock(level vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.file.owner != nil && h.file.owner != h {
		return busy
	}
	if level >= vfs.LOCK_RESERVED {
		h.file.owner = h
	}
	h.lock = level
	return nil
}

// Unlock lowers the lock.
func (h *handle) Unlock(level vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if level < vfs.LOCK_RESERVED && h.file.owner == h {
		h.file.owner = nil
	}
	h.lock = level
	return nil
}

// CheckReservedLock reports whether someone has the file.
func (h *handle) CheckReservedLock() (bool, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return h.file.owner != nil, nil
}

// SectorSize is the unit of torn writes.
func (*handle) SectorSize() int { return sector }

// DeviceCharacteristics promises nothing.
func (*handle) DeviceCharacteristics() vfs.DeviceCharacteristic { return 0 }
