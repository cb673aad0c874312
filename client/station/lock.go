package station

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// syncLockFile is locked by the syncing process. The system releases the lock when the process ends, in any way.
const syncLockFile = "sync.lock"

var errLocked = errors.New("station: locked by another process")

// serveLockFile is locked by the process that answers pages for the directory.
const serveLockFile = "serve.lock"

// LockServe lets one process at a time answer pages for a directory. An error: another process does. If the file system
// supports no locks, every caller gets the lock.
func LockServe(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, serveLockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); errors.Is(err, errLocked) {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // closing unlocks
}

// TryLockSync lets one process at a time sync a directory: two would send the same lines twice. ok is false while
// another process holds the lock. The caller must unlock. If the file system supports no locks, or has no room for the
// file, every caller gets the lock: two syncs at once do no harm.
func (s *Station) TryLockSync() (unlock func(), ok bool) {
	f, err := os.OpenFile(filepath.Join(s.cfg.Dir, syncLockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}, true
	}
	if errors.Is(lockFile(f), errLocked) {
		_ = f.Close()
		return nil, false
	}
	return func() { _ = f.Close() }, true // closing unlocks
}

// lockSync waits for the lock.
func (s *Station) lockSync(ctx context.Context) (unlock func(), err error) {
	const pollInterval = 200 * time.Millisecond
	for {
		if unlock, ok := s.TryLockSync(); ok {
			return unlock, nil
		}
		if err := Sleep(ctx, pollInterval, pollInterval); err != nil {
			return nil, err
		}
	}
}
