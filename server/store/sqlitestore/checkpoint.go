package sqlitestore

import (
	"context"

	"github.com/ncruces/go-sqlite3"
)

// checkpointPages is how long the WAL may grow before it is brought into the file, in pages.
const checkpointPages = 4000

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
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.pages:
				s.checkpoint(ctx, c)
			}
		}
	})
	return nil
}

// wake tells the checkpointer that the WAL has grown.
func (s *Store) wake(w *conn) {
	if w.written < checkpointPages {
		return
	}
	select {
	case s.pages <- w.written:
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
