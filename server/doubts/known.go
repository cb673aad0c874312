package doubts

import (
	"context"
	"slices"

	"roadbook/sync/doubt"
)

// Neighbours returns the neighbours of records as the Follower last found them, by record: a few seconds old. Records without
// neighbours are left out.
func (r *Reader) Neighbours(ctx context.Context, records ...string) (map[string][]doubt.Neighbour, error) {
	out := map[string][]doubt.Neighbour{}
	for some := range slices.Chunk(records, recordsAtOnce) {
		keys := make([]string, len(some))
		for i, id := range some {
			keys[i] = recordRows + id
		}
		rows, err := r.Store.SideRows(ctx, keys...)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			id := recordAt(rows[i].Key)
			for _, t := range decodeRow(rows[i].Data).Doubts {
				if t.Code == doubt.CodeNear || t.Code == doubt.CodeSameNumber {
					out[id] = append(out[id], doubt.Neighbour{Code: t.Code, Record: t.Other, Unit: t.Unit, Day: t.Day})
				}
			}
		}
	}
	return out, nil
}
