package ingest

import (
	"context"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Said is what one line of a stored frame came to.
type Said struct {
	ID     wire.ObsID
	Held   bool      // it is quarantined; the rest is empty
	Record string    // the record it speaks of
	Obs    merge.Obs // with its times fixed by the stream's boots
	// Released is the held line that this one lets go; nil: none.
	Released *Said
}

// Read reads a stored frame as the write path does when it projects it again, and writes nothing. stream reads
// the summary that holds a stream's boots. wire.ErrLines: the frame's lines are damaged.
func Read(ctx context.Context, s store.Store, sch *schema.Schema, f store.Frame,
	stream func(context.Context, wire.StreamID) (store.Stream, error),
) ([]Said, error) {
	in := &Ingest{cfg: Config{Store: s, Schema: sch}}
	own, err := stream(ctx, f.Key.Stream)
	if err != nil {
		return nil, err
	}
	lines, err := in.recall(ctx, stream, f)
	if err != nil {
		return nil, err
	}
	out := make([]Said, len(lines))
	for i := range lines {
		j := &lines[i]
		if out[i] = (Said{ID: j.id, Held: len(j.faults) > 0}); out[i].Held {
			continue
		}
		out[i].Record, out[i].Obs = merge.RecordOf(j.id, &j.line), j.obs(own.Boots)
		if r := j.released; r != nil {
			out[i].Released = &Said{ID: r.id, Record: merge.RecordOf(r.id, &r.line), Obs: j.releasedObs()}
		}
	}
	return out, nil
}
