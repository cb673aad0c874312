package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFiles: a file is replaced, a new file never replaces one, nothing temporary is left, and nobody else may read.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.txt")
	for _, step := range []struct {
		write func(string, []byte) error
		text  string
		want  string
		err   error
	}{
		{WriteNew, "one", "one", nil},
		{WriteNew, "two", "one", fs.ErrExist},
		{WriteFile, "three", "three", nil},
	} {
		if err := step.write(name, []byte(step.text)); !errors.Is(err, step.err) {
			t.Errorf("writing %q: %v, want %v", step.text, err, step.err)
		}
		if got, err := os.ReadFile(name); string(got) != step.want || err != nil {
			t.Errorf("after %q the file has %q, %v", step.text, got, err)
		}
	}
	if files, err := os.ReadDir(dir); len(files) != 1 || err != nil {
		t.Errorf("%v is left, %v", files, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "a"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
}
