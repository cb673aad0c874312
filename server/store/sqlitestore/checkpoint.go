package sqlitestore

import (
	"context"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// checkpointPages is how long the WAL may grow before it is brought into the file, in pages.
const checkpointPages = 4000

// What came last is brought into the file, too, when nothing came for a while, and where something always comes after a
// longer one: else a server's first days, its keys among them, would stand in the WAL alone.
const (
	quiet     = 5 * time.Second
	maxQuiets = 12 // times quiet
)

// startCheckpoints brings the WAL into the file beside the writer, so that no commit waits for it: first
// as much as goes while the writer writes on, then, with the writer held, the short rest; after that the
// WAL begins anew.
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

// waitForWork returns when the WAL has grown, or has not for a while; false when ctx ends.
func (s *Store) waitForWork(ctx context.Context) bool {
	var calm, latest <-chan time.Time // nil until there is something to bring
	for {
		select {
		case <-ctx.Done():
			return false
		case n := <-s.pages:
			if n >= checkpointPages {
				return true
			}
			calm = time.After(s.cfg.Quiet) //nolint:forbidigo // it decides only when the WAL is brought into the file
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

// noteCommit tells the checkpointer how long the WAL is.
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

// checkpoint may fail, as when a reader holds an old moment: the next one does the work.
func (s *Store) checkpoint(ctx context.Context, c *conn) {
	_, _, _ = c.c.WALCheckpoint("", sqlite3.CHECKPOINT_PASSIVE)
	w, err := s.lock(ctx)
	if err != nil {
		return
	}
	defer s.unlock(w)
	_ = c.c.BusyTimeout(0) // wait for no reader
	if _, _, err := c.c.WALCheckpoint("", sqlite3.CHECKPOINT_RESTART); err == nil {
		w.written = 0
	}
}
