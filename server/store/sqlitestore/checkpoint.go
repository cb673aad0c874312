package sqlitestore

import (
	"context"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// checkpointPages is the length of the WAL at which a checkpoint copies it into the file, in pages.
const checkpointPages = 4000

// A checkpoint also runs after a quiet time without commits, and if commits never pause that long, after a longer
// time. Otherwise the first days of a server, with its keys, would be in the WAL alone.
const (
	quiet     = 5 * time.Second
	maxQuiets = 12 // times quiet
)

// startCheckpoints starts the goroutine that copies the WAL into the file beside the writer, so that no commit waits
// for it. First the goroutine copies as much as possible while the writer goes on; then, holding the writer, it copies
// the short rest, and the WAL starts again from its beginning.
func (s *Store) startCheckpoints(ctx context.Context) error {
	c, err := openConn(s.cfg, commonPragmas)
	if err != nil {
		return err
	}
	ctx, s.closing = context.WithCancel(ctx)
	s.done.Go(func() {
		defer func() { _ = c.close() }()
		for s.waitForWork(ctx) {
			s.checkpoint(ctx, c)
		}
	})
	return nil
}

// waitForWork returns true when the WAL is long enough, or has not grown for a while; false when ctx ends.
func (s *Store) waitForWork(ctx context.Context) bool {
	var calm, latest <-chan time.Time // nil while the WAL has nothing new
	for {
		select {
		case <-ctx.Done():
			return false
		case n := <-s.pages:
			if n >= checkpointPages {
				return true
			}
			calm = time.After(s.cfg.Quiet) //nolint:forbidigo // the timer decides only when a checkpoint runs
			if latest == nil {
				latest = time.After(maxQuiets * s.cfg.Quiet) //nolint:forbidigo // as above
			}
		case <-calm:
			return true
		case <-latest:
			return true
		}
	}
}

// noteCommit reports the length of the WAL to the checkpointer.
func (s *Store) noteCommit(w *conn) {
	if w.written > 0 {
		s.requestCheckpoint(w.written)
	}
}

func (s *Store) requestCheckpoint(pages int) {
	select {
	case s.pages <- pages:
	default:
	}
}

// checkpoint may fail, for example while a reader holds an old snapshot; the next checkpoint then does the work.
func (s *Store) checkpoint(ctx context.Context, c *conn) {
	_, _, _ = c.c.WALCheckpoint("", sqlite3.CHECKPOINT_PASSIVE)
	w, err := s.lock(ctx)
	if err != nil {
		return
	}
	defer s.unlock(w)
	_ = c.c.BusyTimeout(0) // do not wait for readers
	if _, _, err := c.c.WALCheckpoint("", sqlite3.CHECKPOINT_RESTART); err == nil {
		w.written = 0
	}
}
