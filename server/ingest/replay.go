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

// ErrTargetLater: a frame lets go a line whose own frame does not stand yet. Replay that one first.
var ErrTargetLater = errors.New("ingest: the line that the frame lets go is not here yet")

// Replay stores a frame of another store as it came, with its verdicts and the moment when it was received, projects
// and marks it. boots are those that the other store fixed for the frame's stream: the times of its lines are judged
// by them. Nothing is judged anew.
//
// It is idempotent: a frame that stands is finished if it is not, and else left as it is. Frames of a stream that are
// replayed in the order of their N get the same N. ErrTargetLater: nothing was stored; go on with another stream and
// come back.
func (in *Ingest) Replay(ctx context.Context, f store.Frame, boots []clock.Boot) error {
	if err := in.checkReleaseTargets(ctx, &f); err != nil {
		return err
	}
	f.N, f.Projected, f.Touched, f.Units = 0, false, nil, nil // they are this store's to say
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

// targetsStand reports ErrTargetLater where a release of the frame, which once found its target, would not now.
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
			continue // quarantined when it came
		}
		if _, err := in.cfg.Store.FrameWith(ctx, id); errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: %s", ErrTargetLater, c.line.Target)
		} else if err != nil {
			return err
		}
	}
	return nil
}
