package hub

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"roadbook/server/pulse"
)

// openPulse writes nothing yet. If a store serves only one process, there are no servers to inform.
func (h *Hub) openPulse() error {
	cfg := pulse.Config{Now: h.cfg.Now}
	name := make([]byte, 8)
	if _, err := io.ReadFull(h.cfg.Rand, name); err != nil {
		return err
	}
	if cfg.Name = hex.EncodeToString(name); !h.store.Traits().Atomic {
		cfg.Registry = h.store
	}
	h.pulse = pulse.New(cfg)
	return nil
}

// runPulse publishes this server's counted changes to the other servers until ctx ends, and a last time then.
func (h *Hub) runPulse(ctx context.Context) {
	h.every(ctx, pulse.Every, h.tellPulse)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	h.tellPulse(last)
}

func (h *Hub) tellPulse(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := h.pulse.Publish(ctx); err != nil && ctx.Err() == nil {
		h.cfg.Log.Debug("telling the other servers", "err", err)
	}
}
