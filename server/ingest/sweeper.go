package ingest

import (
	"context"
	"errors"
	"maps"

	"roadbook/server/store"
)

// sweepPage is how many frames are read at once: one may hold a megabyte.
const sweepPage = 50

// Sweep projects the frames that a crash or a lost connection left committed and unmarked, and returns how
// many it finished. A frame that fails does not keep the others waiting; its error is returned with theirs.
func (in *Ingest) Sweep(ctx context.Context) (int, error) {
	return in.sweep(ctx, func(store.FrameKey) bool { return true })
}

// sweep finishes those frames that are due.
func (in *Ingest) sweep(ctx context.Context, due func(store.FrameKey) bool) (done int, failed error) {
	if in.cfg.Without.Off(store.Sweep) {
		return 0, nil
	}
	var errs []error
	for after := (store.Frame{}); ; {
		page, err := in.cfg.Store.Unprojected(ctx, after, sweepPage)
		if err != nil {
			return done, errors.Join(append(errs, err)...)
		}
		for _, f := range page {
			after = f
			if !due(f.Key) {
				continue
			}
			if err := in.cfg.Store.Batch(ctx, func(s store.Steps) error { return in.finishFrame(ctx, s, f) }); err != nil {
				errs = append(errs, err)
				continue
			}
			in.cfg.Counted()
			done++
		}
		if len(page) < sweepPage {
			return done, errors.Join(errs...)
		}
	}
}

// Sweeper sweeps again and again. It leaves alone what is just on its way: where a frame is committed before it is
// projected, its sender is most likely at work on it, and two at the same work get in each other's way. It is for one
// goroutine.
type Sweeper struct {
	in   *Ingest
	seen map[store.FrameKey]bool // what was unfinished in the round before
}

// NewSweeper is a sweeper that has seen nothing yet.
func (in *Ingest) NewSweeper() *Sweeper { return &Sweeper{in: in} }

// Round finishes the frames that were unfinished in the round before already, and returns how many it finished. Where
// a Batch is one transaction there is nothing under way that could be seen, and every frame is due.
func (w *Sweeper) Round(ctx context.Context) (int, error) {
	atomic := w.in.cfg.Store.Traits().Atomic
	now := map[store.FrameKey]bool{}
	done, err := w.in.sweep(ctx, func(k store.FrameKey) bool {
		now[k] = true
		return atomic || w.seen[k]
	})
	if err != nil { // perhaps it did not come to all
		maps.Copy(now, w.seen)
	}
	w.seen = now
	return done, err
}
