package hub

import (
	"context"

	"roadbook/server/query"
)

// Query returns the server's queries, for commands on a hub without Run.
func (h *Hub) Query(ctx context.Context) (*query.Query, error) {
	cats, err := h.catalogues(ctx)
	if err != nil {
		return nil, err
	}
	return query.New(query.Config{
		Store: h.store, Schema: h.schema, Catalogues: cats, Counter: h.counter, DeliveringDevices: h.deliveringDevices, Now: h.cfg.Now,
	}), nil
}
