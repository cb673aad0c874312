package localdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

var errFsync = errors.New("fsync: input/output error")

// failingSyncVFS is the system's file layer. The next *fails fsyncs of a write-ahead log fail, after writing.
type failingSyncVFS struct {
	vfs.VFS
	fails *int
}

func (l failingSyncVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpen(l.VFS, name, flags)
	return l.wrap(f, name, err), flags, err
}

func (l failingSyncVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(l.VFS, name, flags)
	return l.wrap(f, name.String(), err), flags, err
}

func (l failingSyncVFS) wrap(f vfs.File, name string, err error) vfs.File {
	if err != nil {
		return nil
	}
	return failingSyncFile{wholeFile{f}, strings.HasSuffix(name, "-wal"), l.fails}
}

type failingSyncFile struct {
	wholeFile
	wal   bool
	fails *int
}

func (f failingSyncFile) Size() (int64, error) { return f.File.Size() }

func (f failingSyncFile) Sync(flags vfs.SyncFlag) error {
	if f.wal && *f.fails > 0 {
		*f.fails--
		return errFsync
	}
	return f.File.Sync(flags)
}

// TestFailedCommit: the fsync fails after the whole line is in the log, and the process is killed before closing any
// file. The next start must find the outcome reported by Save: not saved, or uncertain.
func TestFailedCommit(t *testing.T) {
	for name, fails := range map[string]int{"once": 1, "for-good": 1 << 30} {
		t.Run(name, func(t *testing.T) {
			var left int
			layer := "faulty-" + name
			vfs.Register(layer, failingSyncVFS{vfs.Find(""), &left})
			defer vfs.Unregister(layer)
			cfg := Config{Dir: t.TempDir(), VFS: Seal(layer), Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2)}
			db := openDB(t, cfg)
			enroll(t, db, "clerk")
			confirmed := savePlates(t, db, 2)
			left = fails
			saved, err := db.Save(ctx, plate(t, db, "冀F8K2M6"))
			if err == nil || errors.Is(err, context.Canceled) {
				t.Fatalf("the disk failed, and Save said %v", err)
			}
			unsure := errors.Is(err, ErrUnsure)
			if unsure != (fails > 1) || unsure != (saved.ID != "") {
				t.Errorf("%+v, %v", saved, err)
			}
			found := recordsInCopy(t, cfg)
			if !unsure && len(found) != len(confirmed) {
				t.Errorf("told %d, not saved was said of another, and %d are there", len(confirmed), len(found))
			}
			if unsure && len(found) > len(confirmed) && found[len(found)-1] != saved.ID {
				t.Errorf("%s was named, %s is there", saved.ID, found[len(found)-1])
			}
			left = 0
		})
	}
}

// recordsInCopy opens a copy of the files in their present state, and lists the records, oldest first.
func recordsInCopy(t *testing.T, cfg Config) (ids []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cfg.Dir, FileName+"*"))
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(name)), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Dir, cfg.VFS = to, ""
	db := openDB(t, cfg)
	defer db.Close()
	list, err := db.List(ctx, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		ids = append([]string{list[i].View.Record}, ids...) // List gives the newest first
	}
	return ids
}

// cancelAfter is canceled after left calls of Err, so that a save can be interrupted at each check of its context.
type cancelAfter struct {
	context.Context
	left int
}

func (c *cancelAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestASaveInterruptedAnywhere: wherever a save is interrupted, Save returns an id if and only if the line is saved.
func TestASaveInterruptedAnywhere(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 1)
	confirmed := 1
	for looks := range 1000 {
		dies := &cancelAfter{ctx, looks}
		saved, err := db.Save(dies, plate(t, db, "冀F8K2M6"))
		if err == nil {
			confirmed++
		}
		if (err == nil) != (saved.ID != "") || (err != nil && !errors.Is(err, context.Canceled)) {
			t.Fatalf("after %d looks: %+v, %v", looks, saved, err)
		}
		if st, err := db.Status(ctx); err != nil || int(st.Saved) != confirmed {
			t.Fatalf("after %d looks: %d told, %d there, %v", looks, confirmed, st.Saved, err)
		}
		if dies.left > 0 {
			t.Logf("%d looks", looks-dies.left)
			return
		}
	}
	t.Error("a save looks at its context more than 1000 times")
}
