package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// ErrTargetLater: a frame releases a line, and the frame of the released line is not stored yet. Replay that frame first.
var ErrTargetLater = errors.New("ingest: the line that the frame lets go is not here yet")

// Replay stores a frame of another store unchanged, with its quarantined lines and its moment of receipt, then projects
// and marks the frame. boots are the boots fixed by the other store for the frame's stream; they fix the times of its
// lines. Nothing is checked anew.
//
// Replay is idempotent: an existing frame is finished if unfinished, and otherwise unchanged. Frames of a stream replayed
// in the order of their N get the same N. ErrTargetLater: nothing was stored; continue with another stream and come back.
func (in *Ingest) Replay(ctx context.Context, f store.Frame, boots []clock.Boot) error {
	if err := in.checkReleaseTargets(ctx, &f); err != nil {
		return err
	}
	f.N, f.Projected, f.Touched, f.Units = 0, false, nil, nil // set by this store
	return in.cfg.Store.Batch(ctx, func(s store.Steps) error {
		if len(boots) > 0 {
			if _, err := s.FixBoots(ctx, f.Key.Stream, boots); err != nil {
				return err
			}
		}
		stored, _, err := s.CommitFrame(ctx, f)
		if err != nil || stored.Projected {
			return err
		}
		return in.finishFrame(ctx, s, stored)
	})
}

// checkReleaseTargets reports ErrTargetLater if the frame has a valid release whose target is not in the store yet.
func (in *Ingest) checkReleaseTargets(ctx context.Context, f *store.Frame) error {
	raw, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return fmt.Errorf("frame %v: %w", f.Key, err)
	}
	for _, line := range raw {
		if !bytes.Contains(line, []byte(wire.Release)) {
			continue
		}
		var c checkedLine
		in.parseLine(line, &c)
		id, err := wire.ParseObsID(c.line.Target)
		if len(c.faults) > 0 || c.line.Act != wire.Release || err != nil {
			continue // quarantined on arrival
		}
		if _, err := in.cfg.Store.FrameWith(ctx, id); errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: %s", ErrTargetLater, c.line.Target)
		} else if err != nil {
			return err
		}
	}
	return nil
}
