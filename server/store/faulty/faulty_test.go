package faulty_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/wire"
)

func open(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func commit(s store.Store, key store.FrameKey) error {
	ctx := context.Background()
	return s.Batch(ctx, func(st store.Steps) error {
		_, _, err := st.CommitFrame(ctx, store.Frame{Key: key})
		return err
	})
}

func stored(t *testing.T, s store.Store) int {
	t.Helper()
	fs, err := s.ScanFrames(t.Context(), wire.StreamID{}, store.FrameKey{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(fs)
}

func TestFaults(t *testing.T) {
	key := store.FrameKey{Stream: wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}, First: 1, Last: 2}
	for _, c := range []struct {
		name   string
		step   string
		before bool
		fault  error
		stands int
	}{
		{"refused at the begin", faulty.Begin, true, faulty.ErrRefused, 0},
		{"refused before the step", "CommitFrame", true, faulty.ErrRefused, 0},
		{"lost after the step, undone with its batch", "CommitFrame", false, faulty.ErrLost, 0},
		{"refused before the commit", faulty.Commit, true, faulty.ErrRefused, 0},
		{"timed out after the write landed", faulty.Commit, false, faulty.ErrLost, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			hook := faulty.Once(c.step, c.before, 1, func() error { return c.fault })
			s := faulty.Wrap(open(t, filepath.Join(t.TempDir(), "f.db")), hook)
			if err := commit(s, key); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("the fault came back as %v", err)
			}
			if got := stored(t, s); got != c.stands {
				t.Errorf("%d frames stand, want %d", got, c.stands)
			}
			if err := commit(s, key); err != nil {
				t.Errorf("the next try: %v", err)
			}
			if got := stored(t, s); got != 1 {
				t.Errorf("after the next try %d frames stand", got)
			}
		})
	}
}

func TestPlanRepeats(t *testing.T) {
	run := func(seed uint64) (out []bool) {
		plan := faulty.Plan(seed, faulty.Rates{Refuse: 0.3, Lose: 0.3}, "Mark")
		for i := range 64 {
			if err := plan("Touch", i%2 == 0); err != nil {
				t.Errorf("a step that is not named failed: %v", err)
			}
			out = append(out, plan("Mark", i%2 == 0) != nil)
		}
		return out
	}
	a, again, other := run(1), run(1), run(2)
	faults, differ := 0, false
	for i := range a {
		if a[i] != again[i] {
			t.Fatal("one seed gave two plans")
		}
		if a[i] {
			faults++
		}
		differ = differ || a[i] != other[i]
	}
	if faults == 0 || faults == len(a) || !differ {
		t.Errorf("%d faults of %d calls; other seeds differ: %v", faults, len(a), differ)
	}
}
