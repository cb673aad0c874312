package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// finish projects and marks a stored frame.
func (in *Ingest) finish(ctx context.Context, s store.Steps, f store.Frame) error {
	stream, err := s.Stream(ctx, f.Key.Stream)
	if err != nil {
		return err
	}
	lines, err := in.recall(ctx, s.Stream, f)
	if err != nil {
		return err
	}
	p := in.project(s, f.Key, nil)
	p.things = in.fold(lines, stream.Boots)
	p.held = held(lines, f.Unit, f.Received)
	p.releases = releases(lines)
	return p.run(ctx)
}

// recall reads a stored frame's lines with the verdicts they got when they came. A line that was accepted
// then and can't be read now is held: nothing is lost, and the frame does not block.
func (in *Ingest) recall(ctx context.Context, streamOf streamOf, f store.Frame) ([]judged, error) {
	raw, err := wire.UnpackLines(f.Packed, maxStored)
	if err != nil {
		return nil, fmt.Errorf("frame %v: %w", f.Key, err)
	}
	verdicts := map[uint64]store.LineFaults{}
	for _, v := range f.LineFaults {
		verdicts[v.Seq] = v
	}
	lines := make([]judged, len(raw))
	h := f.Prev
	for i, line := range raw {
		h = wire.Next(h, line)
		j := &lines[i]
		j.id = wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h)
		if v, ok := verdicts[j.id.Seq]; ok {
			j.faults = v.Faults
			continue
		}
		in.read(line, j)
		if len(j.faults) == 0 && j.line.Act == wire.Release {
			if err := in.findTarget(ctx, streamOf, j); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// streamOf reads a stream's summary: a step where the caller is in a Batch, a Batch of its own elsewhere.
type streamOf func(context.Context, wire.StreamID) (store.Stream, error)

func (in *Ingest) readStream(ctx context.Context, id wire.StreamID) (stream store.Stream, err error) {
	err = in.cfg.Store.Batch(ctx, func(s store.Steps) error {
		stream, err = s.Stream(ctx, id)
		return err
	})
	return stream, err
}

// findTarget looks up the line that a release lets go. A target that is not there, or that can't be read
// at all, is a fault of the release.
func (in *Ingest) findTarget(ctx context.Context, streamOf streamOf, j *judged) error {
	bad := fault(CodeBadTarget, "target", j.line.Target)
	id, err := wire.ParseObsID(j.line.Target)
	if err != nil {
		j.faults = append(j.faults, bad)
		return nil //nolint:nilerr // it is the line's fault, not ours
	}
	f, err := in.cfg.Store.FrameWith(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		j.faults = append(j.faults, bad)
		return nil
	}
	if err != nil {
		return err
	}
	lines, err := wire.UnpackLines(f.Packed, maxStored)
	if err != nil {
		return fmt.Errorf("frame %v: %w", f.Key, err)
	}
	if id.Seq-f.Key.First >= uint64(len(lines)) {
		return fmt.Errorf("frame %v: %w", f.Key, wire.ErrLines)
	}
	target := &judged{id: id}
	in.read(lines[id.Seq-f.Key.First], target)
	if len(target.faults) > 0 || len(lengths(&target.line)) > 0 || target.line.Act == wire.Release {
		j.faults = append(j.faults, bad)
		return nil
	}
	stream, err := streamOf(ctx, id.Stream())
	if err != nil {
		return err
	}
	j.released, j.boot = target, bootOf(stream.Boots, target.line.Clock.Boot)
	return nil
}

func (in *Ingest) serverKey() ed25519.PublicKey {
	return in.cfg.Key.Public().(ed25519.PublicKey)
}
