package sqlitestore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/wire"
)

func commit(ctx context.Context, s store.Store, n uint64) error {
	key := store.FrameKey{Stream: wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}, First: n, Last: n}
	return s.Batch(ctx, func(st store.Steps) error {
		if _, _, err := st.CommitFrame(ctx, store.Frame{Key: key}); err != nil {
			return err
		}
		_, err := st.Mark(ctx, key)
		return err
	})
}

// TestNothingIsAcknowledgedIntoLostFiles: neither a Batch nor an entry, from the first commit on, until the files are
// back.
func TestNothingIsAcknowledgedIntoLostFiles(t *testing.T) {
	for _, file := range []string{"x.db", "x.db-wal"} {
		t.Run(file, func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			s, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: filepath.Join(dir, "x.db")})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := errors.Join(commit(ctx, s, 1), s.Ready(ctx)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, file)
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			for n := range uint64(2) {
				if err := commit(ctx, s, 2+n); !errors.Is(err, store.ErrGone) {
					t.Errorf("a frame: %v", err)
				}
			}
			if _, err := s.Put(ctx, store.Entry{Section: "code", Name: "c"}); !errors.Is(err, store.ErrGone) {
				t.Errorf("an entry: %v", err)
			}
			if err := s.Ready(ctx); !errors.Is(err, store.ErrGone) {
				t.Errorf("ready: %v", err)
			}
			if fs, err := s.ScanFrames(ctx, wire.StreamID{}, store.FrameKey{}, 10); err != nil || len(fs) == 0 {
				t.Errorf("%d frames can be read, %v", len(fs), err)
			}
			if err := os.Rename(path+".away", path); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(commit(ctx, s, 2), commit(ctx, s, 9), s.Ready(ctx)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAnotherDatabaseKeepsItsLog: closing the store leaves alone a database, with its log, that has replaced the open
// database.
func TestAnotherDatabaseKeepsItsLog(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path := filepath.Join(dir, "x.db")
	s, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := commit(ctx, s, 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(name+".copy", raw, 0o600), os.Rename(name+".copy", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := commit(ctx, s, 2); !errors.Is(err, store.ErrGone) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s, err = sqlitestore.Open(ctx, sqlitestore.Config{Path: path}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if fs, err := s.ScanFrames(ctx, wire.StreamID{}, store.FrameKey{}, 10); err != nil || len(fs) != 1 {
		t.Errorf("%d frames of the other database, %v", len(fs), err)
	}
}

// TestQuietBringsTheWALIntoTheFile: after a while without a commit, the file alone contains everything committed.
func TestQuietBringsTheWALIntoTheFile(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "x.db")
	s, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: path, Quiet: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := commit(ctx, s, 1); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); !aloneHas(t, path, 1); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("never")
		}
	}
}

// aloneHas reports whether a copy of the file, without its WAL, has n frames.
func aloneHas(t *testing.T, path string, n int) bool {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) == 0 {
		return false
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: to})
	if err != nil {
		return false // copied during a write
	}
	defer s.Close()
	fs, err := s.ScanFrames(t.Context(), wire.StreamID{}, store.FrameKey{}, 10)
	return err == nil && len(fs) == n
}
