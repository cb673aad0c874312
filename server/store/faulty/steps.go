package faulty

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// steps has the hook around every step.
type steps struct {
	store.Steps
	hook Hook
}

func (s *steps) Stream(ctx context.Context, id wire.StreamID) (store.Stream, error) {
	return around(s.hook, "Stream", func() (store.Stream, error) { return s.Steps.Stream(ctx, id) })
}

func (s *steps) FixBoots(ctx context.Context, id wire.StreamID, boots []clock.Boot) (store.Stream, error) {
	return around(s.hook, "FixBoots", func() (store.Stream, error) { return s.Steps.FixBoots(ctx, id, boots) })
}

func (s *steps) FramesWithin(ctx context.Context, id wire.StreamID, first, last uint64) ([]store.Frame, error) {
	return around(s.hook, "FramesWithin", func() ([]store.Frame, error) {
		return s.Steps.FramesWithin(ctx, id, first, last)
	})
}

func (s *steps) CommitFrame(ctx context.Context, f store.Frame) (stored store.Frame, existed bool, err error) {
	err = do(s.hook, "CommitFrame", func() (err error) {
		stored, existed, err = s.Steps.CommitFrame(ctx, f)
		return err
	})
	return stored, existed, err
}

func (s *steps) Quarantine(ctx context.Context, qs []store.Quarantined) error {
	return do(s.hook, "Quarantine", func() error { return s.Steps.Quarantine(ctx, qs) })
}

func (s *steps) Release(ctx context.Context, id wire.ObsID, by string) error {
	return do(s.hook, "Release", func() error { return s.Steps.Release(ctx, id, by) })
}

func (s *steps) Records(ctx context.Context, ids []string) ([]store.Record, error) {
	return around(s.hook, "Records", func() ([]store.Record, error) { return s.Steps.Records(ctx, ids) })
}

func (s *steps) ReplaceRecords(ctx context.Context, recs []store.Record) ([]int, error) {
	return around(s.hook, "ReplaceRecords", func() ([]int, error) { return s.Steps.ReplaceRecords(ctx, recs) })
}

func (s *steps) BucketsFor(ctx context.Context, ps []store.Place) ([]store.Place, error) {
	return around(s.hook, "BucketsFor", func() ([]store.Place, error) { return s.Steps.BucketsFor(ctx, ps) })
}

func (s *steps) Regroup(ctx context.Context, names []string, self store.SelfFunc) ([]string, error) {
	return around(s.hook, "Regroup", func() ([]string, error) { return s.Steps.Regroup(ctx, names, self) })
}

func (s *steps) Touch(ctx context.Context, key store.FrameKey, records, units []string) error {
	return do(s.hook, "Touch", func() error { return s.Steps.Touch(ctx, key, records, units) })
}

func (s *steps) Recount(ctx context.Context, places []store.Place, records []string, count store.CountFunc) error {
	return do(s.hook, "Recount", func() error { return s.Steps.Recount(ctx, places, records, count) })
}

func (s *steps) ClearDeparted(ctx context.Context, key store.FrameKey, records []string) error {
	return do(s.hook, "ClearDeparted", func() error { return s.Steps.ClearDeparted(ctx, key, records) })
}

func (s *steps) Mark(ctx context.Context, key store.FrameKey) (int64, error) {
	return around(s.hook, "Mark", func() (int64, error) { return s.Steps.Mark(ctx, key) })
}
