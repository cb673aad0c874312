package hub

import (
	"context"
	"fmt"

	"roadbook/server/store"
	"roadbook/sync/tally"
)

// checkRules: sums made by later rules stay as they are, and this program does not start. store.ErrNewer.
func checkRules(ctx context.Context, s store.Store) error {
	by, err := s.CountedBy(ctx)
	if err == nil && tally.RulesOf(by) > tally.Rules {
		return fmt.Errorf("%w: counted by rules %d, this program knows up to %d", store.ErrNewer, tally.RulesOf(by), tally.Rules)
	}
	return err
}

// recountIfStale counts anew what other catalogue versions counted; records made by other rules are derived anew first.
func (h *Hub) recountIfStale(ctx context.Context) error {
	by, err := h.store.CountedBy(ctx)
	if err != nil || by == h.counter().Version() {
		return err
	}
	log := h.cfg.Log.With("from", by, "to", h.counter().Version())
	began := h.cfg.Now()
	tell := func(what string, to func(done, of int64)) func(done, of int64) {
		return func(done, of int64) {
			log.Info(what, "done", done, "of", of)
			if to != nil {
				to(done, of)
			}
		}
	}
	if rules := tally.RulesOf(by); rules != 0 && rules != tally.Rules {
		if err := h.ingest.Refold(ctx, tell("deriving records anew", h.cfg.RefoldProgress)); err != nil {
			return fmt.Errorf("deriving records anew by rules %d: %w", tally.Rules, err)
		}
	}
	if err := h.rebuild(ctx, tell("counting anew", h.cfg.RecountProgress)); err != nil {
		return err
	}
	log.Info("counted", "took", h.cfg.Now().Sub(began))
	return nil
}

// rebuild counts all sums anew.
func (h *Hub) rebuild(ctx context.Context, progress func(done, of int64)) error {
	if err := h.store.Rebuild(ctx, h.counter().Version(), h.ingest.Member(), h.ingest.Count(), progress); err != nil {
		return fmt.Errorf("counting anew by %s: %w", h.counter().Version(), err)
	}
	return nil
}
