package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Held pages through quarantined lines: those still held, or those let go.
func (s *Store) Held(ctx context.Context, id wire.StreamID, after wire.ObsID, released bool, limit int) ([]store.Quarantined, error) {
	where := []Cond{{"released", Is, ""}}
	if released {
		where[0].Op = Above
	}
	if !after.IsZero() {
		where = append(where, Cond{"_id", Above, heldID(after)})
	}
	if id != (wire.StreamID{}) {
		where = append(where, ofStream(id.String())...)
	}
	raws, err := s.docs.Scan(ctx, Held, Query{Where: where, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	out := make([]store.Quarantined, len(raws))
	for i, raw := range raws {
		if out[i], err = quarantined(raw); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func quarantined(raw bson.Raw) (q store.Quarantined, err error) {
	d, err := decode[heldDoc](raw)
	if err != nil {
		return q, err
	}
	q = store.Quarantined{Unit: d.Unit, Received: d.Received, Released: d.Released}
	if q.ID, err = wire.ParseObsID(d.Obs); err != nil {
		return q, err
	}
	q.Faults, err = unpack[schema.Fault](d.Faults)
	return q, err
}
