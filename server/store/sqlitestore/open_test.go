package sqlitestore_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/wire"
)

func TestNewerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "newer.db")
	c, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Exec(`PRAGMA user_version=99`), c.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "更新") {
		t.Errorf("a newer file: %v", err)
	}
}

func TestCannotOpen(t *testing.T) {
	_, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "no", "such", "folder.db")})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no folder: %v, want ErrUnavailable", err)
	}
}

// Two processes on one file: each sees the other's writes before writing anything.
func TestTwoOpenStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two.db")
	var both [2]store.Store
	for i := range both {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		both[i] = s
	}
	for i := range 6 {
		ctx := t.Context()
		key := store.FrameKey{Stream: wire.StreamID{Device: "dev0000001", Epoch: "ep0ch00" + string(rune('1'+i/2))}, First: 1, Last: uint64(1 + i)}
		err := both[i%2].Batch(ctx, func(st store.Steps) error {
			if _, _, err := st.CommitFrame(ctx, store.Frame{Key: key}); err != nil {
				return err
			}
			_, err := st.Mark(ctx, key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range both {
		fs, err := s.ScanFrames(t.Context(), wire.StreamID{}, store.FrameKey{}, 10)
		if err != nil || len(fs) != 6 {
			t.Errorf("store %d sees %d frames of 6: %v", i, len(fs), err)
		}
	}
}

// While one Batch runs, another waits no longer than its caller allows.
func TestWaitsAsLongAsAllowed(t *testing.T) {
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "wait.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	err = s.Batch(t.Context(), func(store.Steps) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := s.Put(ctx, store.Entry{Section: "b", Name: "n"})
		return err
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("waiting in vain: %v, want ErrUnavailable", err)
	}
}
