package hub

import (
	"context"
	"errors"
	"fmt"

	"roadbook/server/store"
	"roadbook/server/transfer"
)

// Move copies what one store holds to another that is empty or that a move from the same store was begun to, and
// proves that both say the same. The first stays as it is, but for frames that a crash had left unfinished. No server
// may run on either: on embedded stores that is made sure of, on MongoDB a server that writes meanwhile is found by
// the proof. progress is told how many frames of how many are there.
//
// ErrInUse, store.ErrNotFound (no source), and what transfer says.
func Move(ctx context.Context, from, to Config, progress func(done, of int64)) (p transfer.Proof, err error) {
	from.Listen, to.Listen = "127.0.0.1:0", "127.0.0.1:0" // nothing is answered there
	if err := from.exists(); err != nil {
		return p, err
	}
	src, err := New(ctx, from)
	if err != nil {
		return p, fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if err := src.finishAll(ctx); err != nil {
		return p, err
	}
	if err := begin(ctx, src.store, to); err != nil {
		return p, err
	}
	to.moving = true
	dst, err := New(ctx, to)
	if err != nil {
		return p, fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	log := transfer.Log{From: src.store, To: dst.store, Replay: dst.ingest, Progress: progress}
	if err := log.Move(ctx); err != nil {
		return p, err
	}
	if p, err = transfer.Prove(ctx, src.store, dst.store); err != nil {
		return p, err
	}
	return p, transfer.Finish(ctx, dst.store)
}

// begin opens only the target's store: what a server makes at its first start must come from the source.
func begin(ctx context.Context, src store.Store, to Config) error {
	to.fill()
	h := &Hub{cfg: to}
	if err := h.openStore(ctx); err != nil {
		return errors.Join(fmt.Errorf("--to: %w", err), h.Close())
	}
	return errors.Join(transfer.Begin(ctx, src, h.store), h.Close())
}

// finishAll projects what a crash left behind, until nothing is left.
func (h *Hub) finishAll(ctx context.Context) error {
	for {
		if n, err := h.ingest.Sweep(ctx); err != nil || n == 0 {
			return err
		}
	}
}
