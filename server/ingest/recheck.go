package ingest

import (
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Recheck checks again the lines quarantined only because the server did not know their catalogue, kind, field, act or
// version, and releases the lines now without faults, in the name of who. It returns the number of released lines. Call it
// after loading a catalogue, and at the start of a newer program.
func (in *Ingest) Recheck(ctx context.Context, who Officer) (int, error) {
	const page = 200
	var after wire.ObsID
	released := 0
	for {
		quarantined, err := in.cfg.Store.QuarantinedLines(ctx, wire.StreamID{}, after, false, page)
		if err != nil || len(quarantined) == 0 {
			return released, err
		}
		for _, q := range quarantined {
			after = q.ID
			ok, err := in.recheckLine(ctx, who, q)
			if err != nil {
				return released, err
			}
			if ok {
				released++
			}
		}
	}
}

// recheckLine releases one quarantined line if no fault is left.
func (in *Ingest) recheckLine(ctx context.Context, who Officer, q store.Quarantined) (bool, error) {
	if !slices.ContainsFunc(q.Faults, curable) || slices.ContainsFunc(q.Faults, func(f schema.Fault) bool { return !curable(f) }) {
		return false, nil
	}
	f, err := in.cfg.Store.FrameWith(ctx, q.ID)
	if err != nil {
		return false, err
	}
	lines, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return false, err
	}
	c := &checkedLine{id: q.ID}
	if in.parseLine(lines[q.ID.Seq-f.Key.First], c); len(c.faults) == 0 {
		in.checkLine(Device{ID: q.ID.Device, Unit: f.Unit, Earlier: f.Earlier, Role: f.Role}, c)
	}
	if len(c.faults) > 0 {
		return false, nil
	}
	_, err = in.Do(ctx, who, Act{Act: wire.Release, Target: q.ID.String()})
	return err == nil, err
}

// curable reports whether a newer server may find the line without fault.
func curable(f schema.Fault) bool {
	switch f.Code {
	case CodeUnknownCatalogue, CodeUnknownKind, CodeUnknownAct, CodeUnknownVersion, schema.FaultUnknown:
		return true
	}
	return false
}
