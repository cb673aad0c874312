package dbfile

import (
	"errors"
	"io"
	"os"
	"slices"
)

// ReserveSize is how much room is kept aside, in bytes; on a disk that has not so much it is one of the smaller sizes.
const ReserveSize = 4 << 20

var smallerSizes = []int64{1 << 20, 256 << 10}

// Reserve is room kept aside on a disk: a file of zeros, by its path. It is given up piece by piece, for what must go
// on when the disk is full. What may wait until there is room again has to see it filled first.
type Reserve string

// Fill sets the room aside if it is not, whole or as before. ErrFull: there is no room for it.
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

// grow writes in full: a file with holes would keep nothing. Where there is no room the file stays as it was.
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

// shrinkTo leaves n bytes of it, and with none no file.
func (r Reserve) shrinkTo(n int64) error {
	if n > 0 {
		return os.Truncate(string(r), n)
	}
	if err := os.Remove(string(r)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// CheckSpace reports whether n bytes could be set aside beyond what is: nil, or ErrFull. Nothing is changed.
func (r Reserve) CheckSpace(n int64) error {
	have := r.Left()
	if err := r.grow(have, have+n); err != nil {
		return err
	}
	return r.shrinkTo(have)
}

// Give gives up n bytes of it, or what is left.
func (r Reserve) Give(n int64) error { return r.shrinkTo(max(0, r.Left()-n)) }
