package outside

import (
	"os"
	"path/filepath"
	"testing"
)

// copyOf copies a directory file by file, like rsync, and returns the copy's path.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	makePrivate(t, to)
	return to
}

// putBack replaces a directory's content by a copy's.
func putBack(t *testing.T, copied, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(copied))
	}
	if err != nil {
		t.Fatal(err)
	}
	makePrivate(t, dir)
}

// makePrivate gives copied files the modes used by the programs: os.CopyFS adds modes.
func makePrivate(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			return os.Chmod(path, 0o700)
		}
		if err == nil {
			return os.Chmod(path, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
