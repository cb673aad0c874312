package hub

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

// startAndStop starts and stops a server in a directory and returns the server's key.
func startAndStop(t *testing.T, cfg Config) string {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	h, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := string(h.Auth().PublicKey())
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return key
}

func writeInto(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// databaseWithoutIdentity leaves a database of empty tables.
func databaseWithoutIdentity(t *testing.T, dir string) {
	t.Helper()
	for _, name := range databaseFiles {
		_ = os.Remove(filepath.Join(dir, name))
	}
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(dir, databaseFile)})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// databaseWithoutTables leaves a database with its tables only in its lost log, as after a server has just started.
func databaseWithoutTables(t *testing.T, dir string) {
	t.Helper()
	removeFiles(t, dir, databaseFiles...)
	other := Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}
	h, err := New(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(other.file(databaseFile))
	if err = errors.Join(err, h.Close()); err != nil || len(head) != 4096 {
		t.Fatal(len(head), err)
	}
	writeInto(t, dir, databaseFile, string(head))
}

// directoryContents lists a directory's files with their digests.
func directoryContents(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Name(), "-shm") { // the index of a log, rebuilt at each opening
			fmt.Fprintf(&b, "%s %x\n", f.Name(), sha256.Sum256(text))
		}
	}
	return b.String()
}

// openers are all ways of opening a store.
var openers = map[string]func(t *testing.T, cfg Config) error{
	"serve": func(t *testing.T, cfg Config) error {
		cfg.Listen = "127.0.0.1:0"
		h, err := New(t.Context(), cfg)
		if err == nil {
			err = h.Close()
		}
		return err
	},
	"manage": func(t *testing.T, cfg Config) error {
		_, shut, err := OpenAuth(t.Context(), cfg)
		if err == nil {
			err = shut()
		}
		return err
	},
	"look": func(t *testing.T, cfg Config) error {
		l, err := OpenReadOnly(t.Context(), cfg)
		if err == nil {
			err = l.Close()
		}
		return err
	},
	"rebuild": func(t *testing.T, cfg Config) error { _, err := Rebuild(t.Context(), cfg, nil, nil); return err },
	"backup": func(t *testing.T, cfg Config) error {
		return Backup(t.Context(), cfg, Config{Data: t.TempDir()}, 0, nil, func(store.Counts) error { return nil })
	},
	"migrate": func(t *testing.T, cfg Config) error {
		_, err := Move(t.Context(), cfg, Config{Data: t.TempDir()}, nil)
		return err
	},
}

// TestDatabaseGone: in a directory of a former server, a missing or empty database is reported, and nothing is
// touched, whatever the command. A new server starts there only on request, and keeps the remaining files.
func TestDatabaseGone(t *testing.T) {
	gone := map[string]func(t *testing.T, dir string){
		"missing": func(t *testing.T, dir string) { removeFiles(t, dir, databaseFiles...) },
		"empty":   func(t *testing.T, dir string) { writeInto(t, dir, databaseFile, "") },
		"missing, its log left": func(t *testing.T, dir string) {
			removeFiles(t, dir, databaseFiles...)
			writeInto(t, dir, databaseFile+"-wal", "what stood in the log")
		},
		"empty, its log left, no mark": func(t *testing.T, dir string) {
			removeFiles(t, dir, markFile)
			writeInto(t, dir, databaseFile, "")
			writeInto(t, dir, databaseFile+"-wal", "what stood in the log")
		},
		"its log gone, and but for tables all stood there": databaseWithoutIdentity,
		"its log gone, and all stood there":                databaseWithoutTables,
	}
	for name, lose := range gone {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Data: t.TempDir(), Now: func() time.Time { return time.Unix(1600000000, 0) }}
			before := startAndStop(t, cfg)
			lose(t, cfg.Data)
			left := directoryContents(t, cfg.Data)
			for way, open := range openers {
				if err := open(t, cfg); !errors.Is(err, ErrGone) {
					t.Errorf("%s: %v, want ErrGone", way, err)
				}
				if now := directoryContents(t, cfg.Data); now != left {
					t.Errorf("%s changed\n%s to\n%s", way, left, now)
				}
			}
			anew := cfg
			anew.ReplaceLost = true
			if after := startAndStop(t, anew); after == before {
				t.Error("the new server has the old one's key")
			}
			log, err := os.ReadFile(filepath.Join(cfg.Data, databaseFile+"-wal.lost-20200913T122640Z"))
			if strings.Contains(name, "log left") && (err != nil || string(log) != "what stood in the log") {
				t.Errorf("the log was not kept: %q, %v", log, err)
			}
			startAndStop(t, cfg)
			if err := openers["serve"](t, anew); !errors.Is(err, ErrNothingLost) {
				t.Errorf("anew once more: %v, want ErrNothingLost", err)
			}
		})
	}
}

func removeFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// TestFirstStartCutOff: a first start can be repeated after a kill at any point; the mark comes last.
func TestFirstStartCutOff(t *testing.T) {
	states := map[string]func(t *testing.T, dir string){
		"nothing":       func(*testing.T, string) {},
		"the lock":      func(t *testing.T, dir string) { writeInto(t, dir, lockFile, "") },
		"an empty file": func(t *testing.T, dir string) { writeInto(t, dir, lockFile, ""); writeInto(t, dir, databaseFile, "") },
		"tables":        databaseWithoutIdentity,
		"an identity, as an older program left it": func(t *testing.T, dir string) { startAndStop(t, Config{Data: dir}); removeFiles(t, dir, markFile) },
		"half of the mark":                         func(t *testing.T, dir string) { startAndStop(t, Config{Data: dir}); writeInto(t, dir, markFile, "") },
	}
	for name, make := range states {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Data: t.TempDir()}
			make(t, cfg.Data)
			key := startAndStop(t, cfg)
			if text, err := os.ReadFile(filepath.Join(cfg.Data, markFile)); err != nil || !strings.Contains(string(text), "密钥 · key ") {
				t.Errorf("no mark: %q, %v", text, err)
			}
			if again := startAndStop(t, cfg); again != key {
				t.Error("another server at the second start")
			}
		})
	}
}

// TestRestoreWhereTheDatabaseIsGone: a restored backup has the old key, and the remaining log is kept.
func TestRestoreWhereTheDatabaseIsGone(t *testing.T) {
	cfg, copied := Config{Data: t.TempDir()}, Config{Data: t.TempDir()}
	key := startAndStop(t, cfg)
	backup(t, cfg, copied)
	if _, err := os.Stat(filepath.Join(copied.Data, markFile)); err == nil {
		t.Error("a backup bears a server's mark")
	}
	removeFiles(t, cfg.Data, databaseFiles...)
	writeInto(t, cfg.Data, databaseFile+"-wal", "what stood in the log")
	if _, err := Restore(t.Context(), copied, cfg, nil); err != nil {
		t.Fatal(err)
	}
	if kept, err := filepath.Glob(filepath.Join(cfg.Data, databaseFile+"-wal.lost-*")); err != nil || len(kept) != 1 {
		t.Errorf("the log was not kept: %v, %v", kept, err)
	}
	if startAndStop(t, cfg) != key {
		t.Error("another server came back")
	}
}

// TestMarkGoesWithTheDatabase: a deliberate removal leaves room for a new server.
func TestMarkGoesWithTheDatabase(t *testing.T) {
	cfg := Config{Data: filepath.Join(t.TempDir(), "data")}
	startAndStop(t, cfg)
	if err := Remove(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cfg.Data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	startAndStop(t, cfg)
}
