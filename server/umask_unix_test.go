//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Files stay private in a data directory with open permissions, such as a container's volume.
func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := launch(t, "serve", "--json", "--data", dir, "--listen", "127.0.0.1:0")
	defer s.Stop()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(dir, f.Name())); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}
