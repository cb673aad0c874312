//go:build outside

package outside

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a new file system of size bytes and returns its directory: "ext4" or "ext2", an image on a loop
// device, or "tmpfs". Without permission to mount the test fails.
func smallDisk(t *testing.T, kind string, size int64) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%sthe tag outside needs root, mount and e2fsprogs", name, args, err, out)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "ext4", "ext2": // ext2 allocates no room in advance
		image := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(image, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(image, size); err != nil {
			t.Fatal(err)
		}
		must("mkfs."+kind, "-q", "-m", "0", "-F", image)
		must("mount", "-o", "loop", image, dir)
	case "tmpfs":
		must("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", dir)
	default:
		t.Fatalf("no such kind of disk: %s", kind)
	}
	t.Cleanup(func() { must("umount", dir) })
	return dir
}

// freeBytes returns the free bytes on a directory's file system.
func freeBytes(t *testing.T, dir string) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bavail) * s.Bsize
}

// fillDisk writes a file until at most leave bytes are free, and returns the file's path: removing the file frees the
// room.
func fillDisk(t *testing.T, dir string, leave int64) (path string) {
	t.Helper()
	path = filepath.Join(dir, "filler")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := int64(64 << 10); piece > 0; {
		free := freeBytes(t, dir)
		if free <= leave {
			break
		}
		n, err := f.Write(make([]byte, min(piece, free-leave)))
		if err == nil {
			err = f.Sync() // delayed allocations take their room now
		}
		if err != nil || n == 0 {
			piece /= 2 // no room for this much at once
		}
	}
	return path
}

// TestSmallDisk: the tools work.
func TestSmallDisk(t *testing.T) {
	for _, kind := range []string{"ext4", "tmpfs"} {
		dir := smallDisk(t, kind, 4<<20)
		if free := freeBytes(t, dir); free <= 1<<20 || free > 4<<20 {
			t.Errorf("%s: %d bytes are free", kind, free)
		}
		path := fillDisk(t, dir, 0)
		if err := os.WriteFile(filepath.Join(dir, "more"), make([]byte, 64<<10), 0o600); err == nil {
			t.Errorf("%s: a full disk took a file", kind)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "more"), make([]byte, 64<<10), 0o600); err != nil {
			t.Errorf("%s: a disk with room took none: %v", kind, err)
		}
	}
}
