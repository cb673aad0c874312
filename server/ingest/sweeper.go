package ingest

import (
	"context"
	"errors"
	"maps"

	"roadbook/server/store"
)

// sweepPage is the number of frames read at once: a frame may hold a megabyte.
const sweepPage = 50

// Sweep projects the frames left committed and unmarked by a crash or a lost connection, and returns the number of
// finished frames. A failing frame does not keep the rest waiting; all errors are returned together.
func (in *Ingest) Sweep(ctx context.Context) (int, error) {
	return in.sweep(ctx, func(store.FrameKey) bool { return true })
}

// sweep finishes the unprojected frames accepted by due.
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

// Sweeper sweeps in rounds. It leaves alone a frame seen for the first time: between commit and projection the frame's
// sender is most likely at work, and two at the same work hinder each other. A Sweeper is for one goroutine.
type Sweeper struct {
	in   *Ingest
	seen map[store.FrameKey]bool // frames unfinished in the previous round
}

// NewSweeper returns a Sweeper before its first round.
func (in *Ingest) NewSweeper() *Sweeper { return &Sweeper{in: in} }

// Round finishes the frames already unfinished in the previous round, and returns their number. If a Batch is one
// transaction, no work in progress is visible, and every unfinished frame is due.
func (w *Sweeper) Round(ctx context.Context) (int, error) {
	atomic := w.in.cfg.Store.Traits().Atomic
	now := map[store.FrameKey]bool{}
	done, err := w.in.sweep(ctx, func(k store.FrameKey) bool {
		now[k] = true
		return atomic || w.seen[k]
	})
	if err != nil { // the sweep may be incomplete
		maps.Copy(now, w.seen)
	}
	w.seen = now
	return done, err
}
