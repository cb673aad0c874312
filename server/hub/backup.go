package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roadbook/server/store"
	"roadbook/server/transfer"
)

// Backup makes the data directory of to a backup of from, while servers write to from, or copies the new frames to an
// existing backup. With every > 0 it repeats at this interval until ctx ends: a lost disk then loses at most one
// interval's frames, and the devices still keep these. done is called after each round with the backup's counts.
//
// A backup is an ordinary data directory, but no server starts on it; the command verify reads it. A frame in flight
// comes with the next round. store.ErrNotFound: there is no store at from. transfer.ErrTaken: to holds other data, or
// backups of another deployment.
func Backup(ctx context.Context, from, to Config, every time.Duration, progress func(done, of int64), done func(store.Counts) error) (err error) {
	to.Listen = "127.0.0.1:0" // no client connects
	src, closeSource, err := OpenStore(ctx, from)
	if err != nil {
		return fmt.Errorf("%s: %w", from.location(), err)
	}
	defer func() { err = errors.Join(err, closeSource()) }()
	dst, err := openTarget(ctx, src, to, transfer.Follow)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	for {
		if err := dst.copyNew(ctx, src, progress); err != nil {
			return err
		}
		n, err := dst.store.Counts(ctx)
		if err := errors.Join(err, done(n)); err != nil || every <= 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		if err := transfer.Follow(ctx, src, dst.store); err != nil {
			return err
		}
	}
}

func (h *Hub) copyNew(ctx context.Context, src store.Store, progress func(done, of int64)) error {
	log := transfer.Log{From: src, To: h.store, Replay: h.ingest, Progress: progress, Served: true}
	if err := log.Move(ctx); err != nil {
		return err
	}
	return transfer.Finish(ctx, h.store)
}

// Restore copies a backup to an empty store, as Move does, and gives the server a new epoch: devices then offer their
// lines again, and devices enrolled after the backup register again by their certificates. An interrupted Restore can
// be continued. transfer.ErrNoBackup.
func Restore(ctx context.Context, backup, to Config, progress func(done, of int64)) (p transfer.Proof, err error) {
	s, closeStore, err := OpenStore(ctx, backup)
	if err != nil {
		return p, fmt.Errorf("%s: %w", backup.location(), err)
	}
	if err := errors.Join(transfer.CheckBackup(ctx, s), closeStore()); err != nil {
		return p, fmt.Errorf("%s: %w", backup.location(), err)
	}
	backup.transferring = true
	return Move(ctx, backup, to, progress)
}
