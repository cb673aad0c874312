package localdb

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"roadbook/sync/wire"
)

func TestFilesAreEncrypted(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2)}
	db := openDB(t, cfg)
	enroll(t, db, "clerk")
	savePlates(t, db, 3)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 3 { // database, log, its index, reserve
		t.Fatal(files, err)
	}
	for _, name := range files {
		if filepath.Ext(name) == ".db-shm" {
			continue // page numbers and checksums, no content
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"冀F8K2M6", "window-1", "SQLite format 3", "CREATE TABLE"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(name), secret)
			}
		}
	}
	db.Close()
	cfg.Keys = testKeys(t, 3)
	if _, err := Open(ctx, cfg); !errors.Is(err, ErrKey) {
		t.Errorf("another key: %v", err)
	}
}

func TestKeysAreMadeOnceAndPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	a, known, err := PrepareKeys(dir, testRand(1))
	if err != nil || known {
		t.Fatal(known, err)
	}
	if _, err := LoadKeys(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("keys without a database bear their own name: %v", err)
	}
	for seed := range byte(2) { // interrupted before KeepKeys, and after
		b, known, err := PrepareKeys(dir, testRand(seed+2))
		if err != nil || known != (seed == 1) || b.DeviceID() != a.DeviceID() || b.Disk != a.Disk {
			t.Errorf("other keys the second time: %t, %v", known, err)
		}
		if err := KeepKeys(dir); err != nil { // twice, as two processes may
			t.Error(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, KeyFile), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := PrepareKeys(dir, testRand(2)); !errors.Is(err, ErrKey) {
		t.Errorf("a damaged key file: %v", err)
	}
}

// TestTwoProcesses stands for "log" during "sync": two connections to the same files.
func TestTwoProcesses(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2)}
	first := openDB(t, cfg)
	enroll(t, first, "clerk")
	cfg.Rand = testRand(3)
	second := openDB(t, cfg)
	var wg sync.WaitGroup
	for _, db := range []*DB{first, second} {
		wg.Go(func() {
			for range 20 {
				if _, err := db.Save(ctx, plate(t, db, "冀F8K2M6")); err != nil {
					t.Error(err)
					return
				}
				req, err := db.NextRequest(ctx, RequestOptions{Limits: wire.DefaultLimits})
				if err != nil {
					t.Error(err)
					return
				}
				if req.Frame == nil {
					continue
				}
				if _, err := db.Apply(ctx, answer(req, wire.Created), req); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[uint64]bool{}
	err := first.Lines(ctx, func(id wire.ObsID, _ []byte, _ wire.Status) error {
		seen[id.Seq] = true
		return nil
	})
	if err != nil || len(seen) != 40 || !seen[1] || !seen[40] {
		t.Errorf("%d sequences, want 1 to 40 (%v)", len(seen), err)
	}
}

func TestANewerDatabaseIsLeftAlone(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{boot: "b0000001"}}
	db := openDB(t, cfg)
	if err := db.conn.Exec("PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := Open(ctx, cfg); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
}

func TestPIN(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	if name, err := db.CheckPIN(ctx, "anyone", ""); name != "anyone" || err != nil {
		t.Errorf("no PIN on the device: %q %v", name, err)
	}
	if err := db.SetPIN(ctx, "01234", "123"); !errors.Is(err, ErrBadPIN) {
		t.Error(err)
	}
	if err := db.SetPIN(ctx, "01234", "2580"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		officer, pin, name string
		err                error
	}{
		{"", "2580", "01234", nil},
		{"01234", "2580", "01234", nil},
		{"", "0852", "01234", ErrPIN},
		{"", "", "01234", ErrPINNeeded},
		{"05678", "2580", "", ErrOfficer},
	} {
		if name, err := db.CheckPIN(ctx, c.officer, c.pin); name != c.name || !errors.Is(err, c.err) {
			t.Errorf("%q %q: %q %v, want %q %v", c.officer, c.pin, name, err, c.name, c.err)
		}
	}
	if n, _ := db.WrongPINs(ctx, "01234"); n != 1 {
		t.Errorf("%d wrong in a row", n)
	}
	if _, err := db.CheckPIN(ctx, "", "2580"); err != nil {
		t.Error(err)
	}
	if n, _ := db.WrongPINs(ctx, "01234"); n != 0 {
		t.Errorf("%d wrong in a row after a right one", n)
	}
	if err := db.SetPIN(ctx, "05678", "1470"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CheckPIN(ctx, "", "1470"); !errors.Is(err, ErrOfficer) {
		t.Errorf("two officers, none named: %v", err)
	}
}

// TestKnownDatabaseWithoutTables: the database of a known device has tables; without tables its log was lost.
func TestKnownDatabaseWithoutTables(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 1), Clock: &fakeClock{wall: start, boot: "b0000001"}, Rand: testRand(2), Known: true}
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrGone) {
		t.Errorf("no file: %v, want ErrGone", err)
	}
	cfg.Known = false
	db := openDB(t, cfg)
	if err := db.conn.Exec("PRAGMA user_version = 0"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Known = true
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrGone) {
		t.Errorf("no tables: %v, want ErrGone", err)
	}
}
