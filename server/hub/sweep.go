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
	// sweepTime bounds one round of the sweeper. The next round continues.
	sweepTime = 10 * time.Second
	// leaseAfter is the time without a renewal after which a sweeper counts as dead. It exceeds a round and the
	// following pause, so that a living sweeper keeps the lease.
	leaseAfter = 20 * time.Second
)

// openLease requests nothing yet. If a store serves only one process, no lease is needed.
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

// runSweeper sweeps until ctx ends, in the rounds in which this server holds the lease.
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

// holdLease reports whether this server sweeps in this round, and notes the result for the metrics.
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

// releaseLease lets another server sweep at once after an orderly end.
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
