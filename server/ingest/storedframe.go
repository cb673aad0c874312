package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// finishFrame projects and marks a stored frame.
func (in *Ingest) finishFrame(ctx context.Context, s store.Steps, f store.Frame) error {
	p, err := in.storedProjection(ctx, s, f)
	if err != nil {
		return err
	}
	return p.run(ctx)
}

// storedProjection prepares the projection of a stored frame.
func (in *Ingest) storedProjection(ctx context.Context, s store.Steps, f store.Frame) (*projection, error) {
	stream, err := s.Stream(ctx, f.Key.Stream)
	if err != nil {
		return nil, err
	}
	lines, err := in.readStoredLines(ctx, s.Stream, f)
	if err != nil {
		return nil, err
	}
	p := in.newProjection(s, f.Key, nil)
	p.deltas = in.deltasByRecord(lines, stream.Boots, senderOf(&f))
	p.quarantined = quarantinedLines(lines, f.Unit, f.Received)
	p.releases = releaseLines(lines)
	return p, nil
}

// readStoredLines parses a stored frame's lines, with the faults found on arrival. A line accepted on arrival and
// unreadable now is quarantined: nothing is lost, and the frame does not block.
func (in *Ingest) readStoredLines(ctx context.Context, streamOf streamReader, f store.Frame) ([]checkedLine, error) {
	raw, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return nil, fmt.Errorf("frame %v: %w", f.Key, err)
	}
	faults := map[uint64]store.LineFaults{}
	for _, v := range f.LineFaults {
		faults[v.Seq] = v
	}
	lines := make([]checkedLine, len(raw))
	h := f.Prev
	for i, line := range raw {
		h = wire.ChainHash(h, line)
		c := &lines[i]
		c.id = wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h)
		if err := in.readStoredLine(ctx, streamOf, line, faults[c.id.Seq].Faults, c); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// readStoredLine parses a line of the log. faults are the faults found on arrival.
func (in *Ingest) readStoredLine(ctx context.Context, streamOf streamReader, raw []byte, faults schema.Faults, c *checkedLine) error {
	if c.faults = faults; len(faults) > 0 {
		return nil
	}
	in.parseLine(raw, c)
	if len(c.faults) == 0 && c.line.Act == wire.Release {
		return in.findReleaseTarget(ctx, streamOf, c)
	}
	return nil
}

// streamReader reads a stream's summary: as a step if the caller is in a Batch, otherwise in a Batch of its own.
type streamReader func(context.Context, wire.StreamID) (store.Stream, error)

func (in *Ingest) readStream(ctx context.Context, id wire.StreamID) (stream store.Stream, err error) {
	err = in.cfg.Store.Batch(ctx, func(s store.Steps) error {
		stream, err = s.Stream(ctx, id)
		return err
	})
	return stream, err
}

// findReleaseTarget finds the line released by a release. A missing or unreadable target is a fault of the release.
func (in *Ingest) findReleaseTarget(ctx context.Context, streamOf streamReader, c *checkedLine) error {
	bad := newFault(CodeBadTarget, "target", c.line.Target)
	id, err := wire.ParseObsID(c.line.Target)
	if err != nil {
		c.faults = append(c.faults, bad)
		return nil //nolint:nilerr // it is the line's fault, not ours
	}
	f, err := in.cfg.Store.FrameWith(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		c.faults = append(c.faults, bad)
		return nil
	}
	if err != nil {
		return err
	}
	lines, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return fmt.Errorf("frame %v: %w", f.Key, err)
	}
	if id.Seq-f.Key.First >= uint64(len(lines)) {
		return fmt.Errorf("frame %v: %w", f.Key, wire.ErrBadLines)
	}
	target := &checkedLine{id: id}
	in.parseLine(lines[id.Seq-f.Key.First], target)
	if len(target.faults) > 0 || len(checkLengths(&target.line)) > 0 || target.line.Act == wire.Release {
		c.faults = append(c.faults, bad)
		return nil
	}
	stream, err := streamOf(ctx, id.Stream())
	if err != nil {
		return err
	}
	c.released, c.releasedBoot = target, bootByID(stream.Boots, target.line.Clock.Boot)
	return nil
}

func (in *Ingest) serverKey() ed25519.PublicKey {
	return in.cfg.Key.Public().(ed25519.PublicKey)
}
