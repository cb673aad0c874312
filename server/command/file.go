package command

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// ReadFile reads a file named on the command line, up to limit bytes; a larger file is the error tooLarge.
func ReadFile(name string, limit int64, tooLarge error) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Unreadable(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, Unreadable(err)
	}
	if int64(len(content)) > limit {
		return nil, tooLarge
	}
	return content, nil
}

// Unreadable is the error of an unreadable file on the command line.
func Unreadable(err error) error {
	return Usage("读不到文件，请检查路径和权限 · the file can't be read, check its path and permissions (" + err.Error() + ")")
}

// WriteFile writes a private file, whole or not at all: fsynced under a temporary name, then renamed.
func WriteFile(name string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".bundle-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // only a passing name
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
