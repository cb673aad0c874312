package dbfile

import (
	"errors"
	"io"
	"os"
	"slices"
)

// ReserveSize is the size of the reserve in bytes. On a disk without so much space the reserve has one of smallerSizes.
const ReserveSize = 4 << 20

var smallerSizes = []int64{1 << 20, 256 << 10}

// Reserve is space kept aside on a disk: a file of zeros, by its path. Work that must go on while the disk is full
// takes pieces of the reserve. Work that can wait must wait until the reserve is full again.
type Reserve string

// Fill brings the reserve to its full size, or leaves a smaller complete reserve as before. ErrFull: no space for the
// reserve.
func (r Reserve) Fill() error {
	have := r.Left()
	if have == ReserveSize {
		return nil
	}
	err := r.grow(have, ReserveSize)
	switch {
	case !IsFull(err):
		return err
	case slices.Contains(smallerSizes, have):
		return nil
	case have > 0:
		return err // a piece was given up, and is needed again
	}
	for _, size := range smallerSizes {
		if err = r.grow(0, size); !IsFull(err) {
			return err
		}
	}
	return err
}

// Left is how much is set aside now, in bytes.
func (r Reserve) Left() int64 {
	info, err := os.Stat(string(r))
	if err != nil {
		return 0
	}
	return info.Size()
}

// grow writes zeros: a sparse file would keep no space. If the disk is full the file stays as before.
func (r Reserve) grow(from, to int64) error {
	f, err := os.OpenFile(string(r), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		err = errors.Join(writeZeros(f, from, to), f.Close())
	}
	if err == nil || !IsFull(err) {
		return err
	}
	return errors.Join(ErrFull, err, r.shrinkTo(from))
}

func writeZeros(w io.WriterAt, from, to int64) error {
	block := make([]byte, 64<<10)
	for from < to {
		n, err := w.WriteAt(block[:min(int64(len(block)), to-from)], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}

// shrinkTo leaves n bytes of the file, and removes the file for n = 0.
func (r Reserve) shrinkTo(n int64) error {
	if n > 0 {
		return os.Truncate(string(r), n)
	}
	if err := os.Remove(string(r)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// CheckSpace reports whether n more bytes would fit on the disk beside the reserve: nil or ErrFull. The reserve stays
// as before.
func (r Reserve) CheckSpace(n int64) error {
	have := r.Left()
	if err := r.grow(have, have+n); err != nil {
		return err
	}
	return r.shrinkTo(have)
}

// Give gives up n bytes of the reserve, or the rest.
func (r Reserve) Give(n int64) error { return r.shrinkTo(max(0, r.Left()-n)) }
