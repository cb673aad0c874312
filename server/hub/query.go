package hub

import (
	"context"

	"roadbook/server/query"
)

// Query asks the store what the server would answer: for commands, on a hub that is not run.
func (h *Hub) Query(ctx context.Context) (*query.Query, error) {
	cats, err := h.catalogues(ctx)
	if err != nil {
		return nil, err
	}
	return query.New(query.Config{
		Store: h.store, Schema: h.schema, Catalogues: cats, Counter: h.counter, DeliveringDevices: h.reporters, Now: h.cfg.Now,
	}), nil
}
