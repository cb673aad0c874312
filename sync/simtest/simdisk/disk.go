// Package simdisk is a simulated disk under SQLite: a VFS that keeps files in memory. A power cut loses unsynced
// writes, in whole or in part.
//
// Promises the worst behaviour allowed to a real disk: each write since a file's last sync is kept, lost, or torn
// at a sector, independently of order; a file never synced may be gone; a deletion may be undone. Synced data stay.
// All random choices come from the caller's seed.
package simdisk

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3/vfs"
)

const sector = 512

// Disk is a simulated disk. Its methods are safe for concurrent use.
type Disk struct {
	name string

	mu      sync.Mutex
	rng     *rand.Rand
	files   map[string]*file
	deleted map[string]*file // deletions not yet synced
	age     int              // power cuts so far: handles of an earlier age are dead
	quota   int64            // bytes; 0 = none
	fuse    int              // operations until the power is cut; 0 = never
	lying   bool
	syncs   int
}

var disks atomic.Int64

// New makes an empty disk and registers its VFS. Close unregisters the VFS.
func New(rng *rand.Rand) *Disk {
	d := &Disk{rng: rng, files: map[string]*file{}, deleted: map[string]*file{},
		name: fmt.Sprintf("simdisk%d", disks.Add(1))}
	vfs.Register(d.name, d)
	return d
}

// Close unregisters the disk.
func (d *Disk) Close() {
	vfs.Unregister(d.name)
}

// Name is the name of the VFS, for localdb.Config.VFS, or for localdb.Seal to add encryption.
func (d *Disk) Name() string { return d.name }

// Syncs is how many syncs reached the disk.
func (d *Disk) Syncs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// Lie lets syncs return without syncing: the broken variant for crash tests.
func (d *Disk) Lie(lying bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lying = lying
}

// SetQuota limits the bytes on the disk; 0 lifts the limit. Existing bytes stay.
func (d *Disk) SetQuota(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quota = bytes
}

// Used is how many bytes the files take.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used()
}

func (d *Disk) used() (n int64) {
	for _, f := range d.files {
		n += int64(len(f.now))
	}
	return n
}

// CutAfter cuts the power at the n-th write, truncation or sync from now: this operation and all later operations fail,
// and Crash decides about the unsynced writes. 0 cancels the cut.
func (d *Disk) CutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fuse = n
}

// burn counts an operation and reports whether the power is gone.
func (d *Disk) burn() bool {
	switch {
	case d.fuse == 1:
		return true
	case d.fuse > 1:
		d.fuse--
	}
	return false
}

// Crash cuts the power and starts again: open files are dead, and the seed decides about the unsynced writes.
func (d *Disk) Crash() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.age++
	d.fuse = 0
	for _, name := range sorted(d.deleted) {
		if _, again := d.files[name]; !again && d.rng.IntN(2) == 0 {
			d.files[name] = d.deleted[name]
		}
	}
	d.deleted = map[string]*file{}
	for _, name := range sorted(d.files) {
		f := d.files[name]
		if !f.synced && d.rng.IntN(2) == 0 {
			delete(d.files, name)
			continue
		}
		f.crash(d.rng)
	}
}

// Restore returns a new disk with a copy of the present content: a backup, or a clone.
func (d *Disk) Restore(rng *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := New(rng)
	for name, f := range d.files {
		c.files[name] = &file{durable: append([]byte(nil), f.now...), now: append([]byte(nil), f.now...), synced: true}
	}
	return c
}
