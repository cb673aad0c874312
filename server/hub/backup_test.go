package hub

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/server/transfer"
	"roadbook/sync/wire"
)

func backup(t *testing.T, from, to Config) (n store.Counts) {
	t.Helper()
	err := Backup(t.Context(), from, to, 0, nil, func(c store.Counts) error { n = c; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func issuePlates(t *testing.T, h *Hub, r *testDevice, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		r.addLine(t, h, "plate", time.Date(2020, 5, 1, 2, i, 0, 0, time.UTC), map[string]string{
			"unit": "office-1", "plate_type": "02", "plate_number": fmt.Sprintf("冀F%05d", i), "business": "register", "sets": "1",
		})
	}
}

// A server is backed up twice while serving, goes on, and loses its disk. The restored server holds the second
// backup's lines; the device offers the rest again, and every line counts once.
func TestBackupAndRestore(t *testing.T) {
	lost, copied, found := Config{Data: t.TempDir()}, Config{Data: t.TempDir()}, Config{Data: t.TempDir()}
	h, _, stop := start(t, lost)
	r := enroll(t, h, "office-1", auth.RoleClerk)
	for i, want := range []int64{10, 25, 0} {
		issuePlates(t, h, r, []int{0, 10, 25}[i], []int{10, 25, 40}[i])
		if err := r.link.Drain(t.Context(), r.device, time.Now().UnixMilli(), 1); err != nil {
			t.Fatal(err)
		}
		if want > 0 {
			if n := backup(t, lost, copied); n.Observations != want {
				t.Errorf("backup %d holds %d observations, want %d", i, n.Observations, want)
			}
		}
	}
	epoch := h.Auth().Epoch()
	stop()
	if _, err := New(t.Context(), Config{Data: copied.Data, Listen: "127.0.0.1:0"}); !errors.Is(err, transfer.ErrBackup) {
		t.Errorf("a server on a backup: %v, want ErrBackup", err)
	}
	p, err := Restore(t.Context(), copied, found, nil)
	if err != nil || p.Observations != 25 {
		t.Fatalf("%+v, %v", p, err)
	}
	h, _, _ = start(t, found)
	if h.Auth().Epoch() == epoch {
		t.Error("the restored server kept its epoch: no device would offer anything again")
	}
	if got := sum(t, h, "plate_sets"); got != 25 {
		t.Errorf("restored: %d plates, want 25", got)
	}
	r.link.URL = h.URL()
	if _, err := r.link.Push(t.Context(), r.device, r.device.Frame(0, 40), time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if got := sum(t, h, "plate_sets"); got != 40 {
		t.Errorf("after the device's offer: %d plates, want 40", got)
	}
}

// Only a backup can be restored, and a backup follows one deployment only.
func TestBackupRefuses(t *testing.T) {
	a, b, copied := usedDirectory(t), usedDirectory(t), Config{Data: t.TempDir()}
	backup(t, a, copied)
	if _, err := Restore(t.Context(), b, Config{Data: t.TempDir()}, nil); !errors.Is(err, transfer.ErrNoBackup) {
		t.Errorf("a restore from what is served: %v, want ErrNoBackup", err)
	}
	never := func(store.Counts) error { return nil }
	for name, to := range map[string]Config{"the backup of another": copied, "another deployment": a} {
		if err := Backup(t.Context(), b, to, 0, nil, never); !errors.Is(err, transfer.ErrTaken) {
			t.Errorf("onto %s: %v, want ErrTaken", name, err)
		}
	}
	if _, err := Move(t.Context(), copied, Config{Data: t.TempDir()}, nil); !errors.Is(err, transfer.ErrBackup) {
		t.Errorf("a move from a backup: %v, want ErrBackup", err)
	}
	if _, err := Restore(t.Context(), copied, b, nil); !errors.Is(err, transfer.ErrTaken) {
		t.Errorf("a restore onto another deployment: %v, want ErrTaken", err)
	}
}

// A summary read before the latest frames lacks the boots named in their lines. Such frames wait for the next round;
// otherwise the times in their lines would be evaluated without boots.
func TestBackupTakesWhatTheSummaryKnows(t *testing.T) {
	from := Config{Data: t.TempDir()}
	h, _, _ := start(t, from)
	r := enroll(t, h, "office-1", auth.RoleClerk)
	var early []store.Stream
	for i := range 2 {
		issuePlates(t, h, r, 10*i, 10*i+10)
		if err := r.link.Drain(t.Context(), r.device, time.Now().UnixMilli(), 1); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			var err error
			if early, err = h.store.Streams(t.Context(), wire.StreamID{}, 9); err != nil || len(early) != 1 {
				t.Fatal(early, err)
			}
		}
	}
	dst, err := openTarget(t.Context(), h.store, Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}, transfer.Follow)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dst.Close() }()
	if err := dst.copyNew(t.Context(), earlySummaries{h.store, early}, nil); err != nil {
		t.Fatal(err)
	}
	if got := sum(t, dst, "plate_sets"); got != 10 {
		t.Errorf("%d plates, want the 10 that the summary knew", got)
	}
}

// earlySummaries is a store with summaries read a while ago.
type earlySummaries struct {
	store.Store

	streams []store.Stream
}

func (s earlySummaries) Streams(_ context.Context, after wire.StreamID, _ int) ([]store.Stream, error) {
	if after != (wire.StreamID{}) {
		return nil, nil
	}
	return s.streams, nil
}
