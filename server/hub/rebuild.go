package hub

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/server/auth"
)

// Rebuild derives all records from the log and all sums from the records, by the catalogues in force, and returns the
// counter's version, which becomes current only at the end. On MongoDB, servers may run meanwhile, and an interrupted
// Rebuild can be run again. derived receives numbers of frames, counted numbers of records. ErrInUse: a server has the
// embedded store.
func Rebuild(ctx context.Context, cfg Config, derived, counted func(done, of int64)) (version string, err error) {
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
	now, err := h.readInForce(ctx)
	if err != nil {
		return "", err
	}
	h.inForce.Store(now)
	if err := checkRules(ctx, h.store); err != nil {
		return "", err
	}
	h.auth, err = auth.New(ctx, auth.Config{Registry: h.store, Clock: h.cfg.Now, Rand: h.cfg.Rand})
	if err != nil {
		return "", err
	}
	h.openIngest()
	if err := h.ingest.Refold(ctx, derived); err != nil {
		return "", err
	}
	return h.counter().Version(), h.rebuild(ctx, counted)
}
