package hub

import (
	"context"
	"errors"
	"fmt"

	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/server/transfer"
)

// Move copies a store to another one, which is empty or holds an unfinished move from the same store, and proves both
// equal. The source stays unchanged, except that frames left unfinished by a crash are finished. No server may be
// running on either: for embedded stores Move makes sure; on MongoDB the proof finds a server that wrote meanwhile.
// progress is called with the number of copied frames and the total.
//
// Errors: ErrInUse, store.ErrNotFound (no source), and those of package transfer.
func Move(ctx context.Context, from, to Config, progress func(done, of int64)) (p transfer.Proof, err error) {
	from.Listen, to.Listen = "127.0.0.1:0", "127.0.0.1:0" // no client connects
	if err := from.checkDatabase(); err != nil {
		return p, err
	}
	src, err := New(ctx, from)
	if err != nil {
		return p, fmt.Errorf("%s: %w", from.location(), err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if err := src.projectAll(ctx); err != nil {
		return p, err
	}
	dst, err := openTarget(ctx, src.store, to, transfer.Begin)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	log := transfer.Log{From: src.store, To: dst.store, Replay: dst.ingest, Progress: progress}
	if err := log.Move(ctx); err != nil {
		return p, err
	}
	if p, err = transfer.Prove(ctx, src.store, dst.store); err != nil {
		return p, err
	}
	if from.transferring { // a backup may lack lines acknowledged to devices
		if err := auth.RenewEpoch(ctx, auth.Config{Registry: dst.store, Clock: dst.cfg.Now, Rand: dst.cfg.Rand}); err != nil {
			return p, err
		}
	}
	return p, transfer.Finish(ctx, dst.store)
}

// openTarget opens a server on the target's store, after begin has copied the registry: the identity, otherwise made
// at a first start, must come from the source.
func openTarget(ctx context.Context, src store.Store, to Config, begin func(context.Context, store.Store, store.Store) error) (*Hub, error) {
	to.setDefaults()
	to.creating = true
	h := &Hub{cfg: to}
	err := h.openStore(ctx)
	if err == nil {
		err = begin(ctx, src, h.store)
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", to.location(), err)
	}
	to.transferring = true
	return New(ctx, to)
}

// location names the store in an error, without a password.
func (c *Config) location() string {
	if c.Mongo != "" {
		return "MongoDB " + DatabaseOf(c.Mongo)
	}
	return c.Data
}

// projectAll projects all frames left unprojected by a crash.
func (h *Hub) projectAll(ctx context.Context) error {
	for {
		if n, err := h.ingest.Sweep(ctx); err != nil || n == 0 {
			return err
		}
	}
}
