package ingest

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Refold derives all records anew from the frames, by the rules of this program: times, keys, places and groups. The
// faults found on arrival stay. Sums are right only after a Rebuild. Refold may be cut short and called again, and other
// processes of the same rules may write meanwhile. progress receives numbers of frames; nil: no calls.
func (in *Ingest) Refold(ctx context.Context, progress func(done, of int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	counts, err := in.cfg.Store.Counts(ctx)
	if err != nil {
		return err
	}
	var done int64
	for after := (store.FrameKey{}); ; {
		page, err := in.cfg.Store.ScanFrames(ctx, wire.StreamID{}, after, in.cfg.RefoldPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := in.refoldFrames(ctx, page); err != nil {
			return err
		}
		after = page[len(page)-1].Key
		done += int64(len(page))
		progress(done, max(done, counts.Frames))
	}
}

// refoldFrames derives the frames anew, in a single Batch.
func (in *Ingest) refoldFrames(ctx context.Context, frames []store.Frame) error {
	return in.cfg.Store.Batch(ctx, func(s store.Steps) error {
		for _, f := range frames {
			p, err := in.storedProjection(ctx, s, f)
			if err != nil {
				return err
			}
			p.refold, p.anew = true, f.Projected
			if err := p.run(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
