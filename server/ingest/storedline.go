package ingest

import (
	"context"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Said is what one line of a stored frame came to.
type StoredLine struct {
	ID          wire.ObsID
	Quarantined bool      // it is quarantined; the rest is empty
	Record      string    // the record it speaks of
	Obs         merge.Obs // with its times fixed by the stream's boots
	// Released is the held line that this one lets go; nil: none.
	Released *StoredLine
}

// Read reads a stored frame as the write path does when it projects it again, and writes nothing. stream reads
// the summary that holds a stream's boots. wire.ErrLines: the frame's lines are damaged.
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
		out[i].Record, out[i].Obs = merge.RecordOf(c.id, &c.line), c.observation(own.Boots)
		if r := c.released; r != nil {
			out[i].Released = &StoredLine{ID: r.id, Record: merge.RecordOf(r.id, &r.line), Obs: c.releasedObservation()}
		}
	}
	return out, nil
}
