package localdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// ReserveSize is what is kept aside for a full disk: room for some ten thousand acknowledgements.
const ReserveSize = 4 << 20

// Reserve is room kept aside, so that on a full disk the queue can still drain.
type Reserve interface {
	Fill() error    // set the room aside if it is not; no room for it is no error
	Release() error // give it to the database
}

type reserveFile string

func (c *Config) reserve() Reserve {
	if c.VFS != "" {
		return noReserve{}
	}
	return reserveFile(filepath.Join(c.Dir, "reserve"))
}

// Fill writes the file in full: a file with holes would reserve nothing.
func (r reserveFile) Fill() error {
	if info, err := os.Stat(string(r)); err == nil && info.Size() == ReserveSize {
		return nil
	}
	if err := os.WriteFile(string(r), make([]byte, ReserveSize), 0o600); err != nil {
		if isNoSpace(err) {
			return r.Release()
		}
		return err
	}
	return nil
}

func (r reserveFile) Release() error {
	if err := os.Remove(string(r)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

type noReserve struct{}

func (noReserve) Fill() error    { return nil }
func (noReserve) Release() error { return nil }

// drain is write for what makes the queue shorter: on a full disk it gives up the reserve and tries again.
func (db *DB) drain(ctx context.Context, fn func() error) error {
	err := db.write(ctx, fn)
	if !errors.Is(err, ErrFull) {
		return err
	}
	if err := db.cfg.Reserve.Release(); err != nil {
		return err
	}
	return db.write(ctx, fn)
}
