package station

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// turnFile is locked by the process that syncs. The system takes the lock back when the process ends, however it ends.
const turnFile = "sync.lock"

var errLocked = errors.New("station: locked by another process")

// Turn lets one process at a time sync a directory: two would send the same lines twice over. ok is false while
// another process is at it; else the turn is the caller's until it gives it back. Where the file system knows no locks,
// or has no room for the file, everybody has a turn: two that sync at once do no harm.
func (s *Station) Turn() (giveBack func(), ok bool) {
	f, err := os.OpenFile(filepath.Join(s.cfg.Dir, turnFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}, true
	}
	if errors.Is(lockFile(f), errLocked) {
		_ = f.Close()
		return nil, false
	}
	return func() { _ = f.Close() }, true // which unlocks it
}

// take waits for a turn.
func (s *Station) take(ctx context.Context) (giveBack func(), err error) {
	const look = 200 * time.Millisecond
	for {
		if giveBack, ok := s.Turn(); ok {
			return giveBack, nil
		}
		if err := Sleep(ctx, look, look); err != nil {
			return nil, err
		}
	}
}
