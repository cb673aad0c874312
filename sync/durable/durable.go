// Package durable writes small files. A power cut leaves the old content or the new content, never a part.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// WriteFile writes a file of mode 0600, or replaces it: synced under a temporary name, then renamed.
func WriteFile(name string, content []byte) error {
	return write(name, content, os.Rename)
}

// WriteNew is WriteFile for a new file. fs.ErrExist: the name is taken, and nothing was changed.
func WriteNew(name string, content []byte) error {
	return write(name, content, func(tmp, name string) error {
		err := os.Link(tmp, name)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		if _, err := os.Stat(name); err == nil { // a file system without links
			return fs.ErrExist
		}
		return os.Rename(tmp, name)
	})
}

func write(name string, content []byte, place func(tmp, name string) error) error {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone after a rename
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := place(tmp.Name(), name); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes a directory's new names durable. Windows neither offers nor needs this: NTFS journals names. Nor do some
// file systems of sticks and network shares: their refusal is no error.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
