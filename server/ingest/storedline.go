package ingest

import (
	"context"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// StoredLine is one line of a stored frame, read.
type StoredLine struct {
	ID          wire.ObsID
	Quarantined bool      // if true, Record, Obs and Released are empty
	Record      string    // id of the line's record
	Obs         merge.Obs // with its times fixed by the stream's boots
	// Released is the quarantined line released by this line; nil: none.
	Released *StoredLine
}

// ReadFrame reads a stored frame as the write path does when projecting the frame again, and writes nothing. stream
// returns the summary with a stream's boots. wire.ErrBadLines: the frame's lines are damaged.
func ReadFrame(ctx context.Context, s store.Store, sch *schema.Schema, f store.Frame,
	stream func(context.Context, wire.StreamID) (store.Stream, error),
) ([]StoredLine, error) {
	in := &Ingest{cfg: Config{Store: s, Schema: sch}}
	own, err := stream(ctx, f.Key.Stream)
	if err != nil {
		return nil, err
	}
	lines, err := in.readStoredLines(ctx, stream, f)
	if err != nil {
		return nil, err
	}
	out := make([]StoredLine, len(lines))
	for i := range lines {
		c := &lines[i]
		if out[i] = (StoredLine{ID: c.id, Quarantined: len(c.faults) > 0}); out[i].Quarantined {
			continue
		}
		out[i].Record, out[i].Obs = merge.RecordOf(c.id, &c.line), c.observation(own.Boots, senderOf(&f))
		if r := c.released; r != nil {
			out[i].Released = &StoredLine{ID: r.id, Record: merge.RecordOf(r.id, &r.line), Obs: c.releasedObservation()}
		}
	}
	return out, nil
}
