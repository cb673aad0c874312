package hub

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"roadbook/server/ingest"
)

// Run serves until ctx ends; then it stops accepting requests, finishes those in flight and closes the hub. It
// returns nil after an orderly end.
func (h *Hub) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	loops.Go(func() { h.runSweeper(background) })
	loops.Go(func() { h.every(background, 10*time.Minute, h.expire) })
	loops.Go(func() {
		h.recheckQuarantined(background)
		h.every(background, h.cfg.followEvery, h.followPublications)
	})
	loops.Go(func() { h.runDoubts(background) })
	loops.Go(func() { h.runPulse(background) })
	loops.Go(func() { h.every(background, clockCheckInterval, h.checkClock) })
	loops.Go(func() { h.every(background, fileCheckInterval, h.checkFiles) })

	served := make(chan error, 1)
	go func() { served <- h.api.Serve(h.ln) }()
	h.cfg.Log.Info("serving", "url", h.URL(), "store", h.store.Traits().Name, "catalogue", h.Catalogue())

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		h.cfg.Log.Info("stopping")
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.cfg.StopWithin)
		err = h.api.Shutdown(within)
		cancel()
	}
	stop()
	loops.Wait()
	return errors.Join(err, h.Close())
}

// Close closes everything that New opened, in the opposite order. Run calls Close.
func (h *Hub) Close() error {
	h.once.Do(func() {
		var errs []error
		if h.ln != nil {
			_ = h.ln.Close() // closed already after Run
		}
		for _, c := range slices.Backward(h.closers) {
			errs = append(errs, c())
		}
		h.closed = errors.Join(errs...)
	})
	return h.closed
}

// every calls do at once and then once per interval, until ctx ends.
func (h *Hub) every(ctx context.Context, interval time.Duration, do func(context.Context)) {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		do(ctx)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// expire removes used nonces and old codes.
func (h *Hub) expire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := h.store.Expire(ctx, h.cfg.Now().UnixMilli()); err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn("expire", "err", err)
	}
}

// systemUser signs the server's own decisions: releases of lines after a new catalogue.
const systemUser = "(system)"

func (h *Hub) recheckQuarantined(ctx context.Context) {
	key, err := h.auth.HQKey(ctx, systemUser)
	if err != nil {
		h.cfg.Log.Warn("rejudge", "err", err)
		return
	}
	n, err := h.ingest.Recheck(ctx, ingest.Officer{Name: systemUser, Unit: "hq", Key: key})
	if n > 0 {
		h.cfg.Log.Info("quarantined lines were released", "lines", n)
	}
	if err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn("rejudge", "err", err)
	}
}
