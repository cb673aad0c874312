package hub

import (
	"context"
	"errors"
	"fmt"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/sync/tally"
)

// Rebuild recomputes all groups and sums from the records, by the catalogues in force, and returns the counter's
// version, which becomes current only at the end. On MongoDB, servers may run meanwhile, and an interrupted Rebuild
// can be run again. ErrInUse: a server has the embedded store.
func Rebuild(ctx context.Context, cfg Config, progress func(done, of int64)) (version string, err error) {
	cfg.setDefaults()
	if err := cfg.checkDatabase(); err != nil {
		return "", err
	}
	h := &Hub{cfg: cfg}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.openStore(ctx); err != nil {
		return "", err
	}
	h.schema = schema.Default()
	cats, err := h.catalogues(ctx)
	if err != nil {
		return "", err
	}
	h.counter = tally.NewCounter(cats...)
	h.auth, err = auth.New(ctx, auth.Config{Registry: h.store, Clock: h.cfg.Now, Rand: h.cfg.Rand})
	if err != nil {
		return "", err
	}
	h.openIngest(names(cats, catalogue.Current(cats)))
	if err := h.store.Rebuild(ctx, h.counter.Version(), h.ingest.Member(), h.ingest.Count(), progress); err != nil {
		return "", fmt.Errorf("counting anew by %s: %w", h.counter.Version(), err)
	}
	return h.counter.Version(), nil
}
