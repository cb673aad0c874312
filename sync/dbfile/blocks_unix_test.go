//go:build unix

package dbfile_test

import (
	"os"
	"syscall"
	"testing"
)

// blocks is the size of a file's allocated blocks on the disk, in bytes.
func blocks(t *testing.T, path string) int64 {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	must(t, f.Sync())
	info, err := f.Stat()
	must(t, err)
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}
