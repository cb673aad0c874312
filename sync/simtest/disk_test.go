package simtest

import (
	"math/rand/v2"

	"roadbook/sync/dbfile"
	"roadbook/sync/simtest/simdisk"
)

// disk is a simulated disk with a reserve, as a client keeps.
type disk struct {
	*simdisk.Disk
	rng     *rand.Rand
	armed   bool // the power will go soon
	full    bool
	reserve int64
}

const reserveSize = 64 << 10

func newDisk(rng *rand.Rand) *disk { return &disk{Disk: simdisk.New(rng), rng: rng} }

// copy is a disk with the same content: a clone, a backup, or a backup put back.
func (d *disk) copy() *disk { return &disk{Disk: d.Restore(d.rng), rng: d.rng, reserve: d.reserve} }

// arm lets the power go at the n-th write from now.
func (d *disk) arm(n int) {
	d.armed = true
	d.CutAfter(n)
}

// powerCut loses unsynced writes.
func (d *disk) powerCut() {
	d.armed = false
	d.Crash()
}

// fill leaves the disk no space; empty gives all space back.
func (d *disk) fill() {
	d.full = true
	d.SetQuota(d.Used() + 1)
}

func (d *disk) empty() {
	d.full = false
	d.SetQuota(0)
}

// Fill, Left and Give make the disk a localdb.Reserve.
func (d *disk) Fill() error {
	switch {
	case !d.full:
		d.reserve = reserveSize
	case d.reserve < reserveSize:
		return dbfile.ErrFull
	}
	return nil
}

// Left is the size of the reserve.
func (d *disk) Left() int64 { return d.reserve }

// Give gives space from the reserve to the database.
func (d *disk) Give(n int64) error {
	if d.full {
		d.SetQuota(d.Used() + n)
	}
	d.reserve -= n
	return nil
}
