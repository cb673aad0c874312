package hub

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"roadbook/server/lease"
	"roadbook/server/store"
)

const (
	// sweepTime bounds one round of the sweeper. What it does not come to waits for the next.
	sweepTime = 10 * time.Second
	// leaseAfter is how long after its last sign of life a sweeper is taken for dead. It is longer than a round and the
	// pause after it, so that a living one is not.
	leaseAfter = 20 * time.Second
)

// openLease asks for nothing yet. Where a store serves one process only there is nothing to agree on.
func (h *Hub) openLease() error {
	if h.store.Traits().Atomic || h.cfg.Without.Off(store.Lease) {
		return nil
	}
	holder := make([]byte, 16)
	if _, err := io.ReadFull(h.cfg.Rand, holder); err != nil {
		return err
	}
	h.lease = lease.New(lease.Config{
		Registry: h.store, Name: "sweep", Holder: hex.EncodeToString(holder), After: leaseAfter, Now: time.Now,
	})
	return nil
}

// runSweeper sweeps until ctx ends, in the rounds in which it is this server's turn.
func (h *Hub) runSweeper(ctx context.Context) {
	sweeper := h.ingest.NewSweeper()
	h.every(ctx, h.cfg.SweepEvery, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, sweepTime)
		defer cancel()
		if !h.holdLease(ctx) {
			return
		}
		n, err := sweeper.Round(ctx)
		if n > 0 {
			h.cfg.Log.Info("frames left behind were finished", "frames", n)
		}
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Warn("sweep", "err", err)
		}
	})
	h.releaseLease(ctx)
}

// holdLease reports whether this round is ours, and tells who asks for the metrics.
func (h *Hub) holdLease(ctx context.Context) bool {
	if h.lease == nil {
		h.sweeping.Store(true)
		return true
	}
	holding, err := h.lease.Hold(ctx)
	if err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn("sweep: asking for the lease", "err", err)
	}
	h.sweeping.Store(holding)
	return holding
}

// releaseLease lets another server begin at once where this one ends in good order.
func (h *Hub) releaseLease(ctx context.Context) {
	if h.lease == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := h.lease.Release(ctx); err != nil {
		h.cfg.Log.Warn("sweep: letting the lease go", "err", err)
	}
}
