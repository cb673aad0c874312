package hub

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/imports"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/tally"
)

// ReadOnly is an open database with the schema, the counter and the keys to check it.
type ReadOnly struct {
	Store   store.Store
	Schema  *schema.Schema
	Counter *tally.Counter // of the catalogues in force
	Auth    *auth.Auth
	Close   func() error

	query *query.Query
	cfg   Config
}

// OpenReadOnly opens a database beside a running server, if any. store.ErrNotFound: there is no database, and none
// was made.
func OpenReadOnly(ctx context.Context, cfg Config) (*ReadOnly, error) {
	cfg.setDefaults()
	s, closeStore, err := OpenStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, store: s, schema: schema.Default()}
	l := &ReadOnly{Store: s, Schema: h.schema, Close: closeStore}
	if err := l.load(ctx, h); err != nil {
		return nil, errors.Join(err, closeStore())
	}
	return l, nil
}

func (l *ReadOnly) load(ctx context.Context, h *Hub) error {
	now, err := h.readInForce(ctx)
	if err != nil {
		return err
	}
	l.Counter, l.cfg = now.counter, h.cfg
	l.Auth, err = auth.New(ctx, auth.Config{Registry: h.store, Clock: h.cfg.Now, Rand: h.cfg.Rand})
	devices := func(ctx context.Context) ([]query.DeliveringDevice, error) { return devicesOf(ctx, l.Auth) }
	l.query = query.New(query.Config{
		Store: l.Store, Schema: l.Schema, Catalogues: now.catalogues, Counter: now.counter, DeliveringDevices: devices, Now: h.cfg.Now,
	})
	return err
}

// Importer foretells imports. It can't write.
func (l *ReadOnly) Importer() *imports.Importer {
	return &imports.Importer{Store: l.Store, Schema: l.Schema, Key: l.Auth.KnownImporterKey, Now: l.cfg.Now, Query: l.query}
}
