package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roadbook/server/store"
	"roadbook/server/transfer"
)

// Backup makes the data directory of to a backup of from, beside the servers that write to it, or brings one that
// stands what is new since. With every > 0 it goes on at that interval until ctx ends: what a lost disk can take away
// is then what came in one interval, and the devices keep that. done is told after each time what the backup holds.
//
// A backup is a data directory like another, but no server starts on it; verify reads it. A frame that is under way
// is in the next one. store.ErrNotFound: there is nothing at from. transfer.ErrTaken: to holds something else, or
// backups of another deployment.
func Backup(ctx context.Context, from, to Config, every time.Duration, progress func(done, of int64), done func(store.Counts) error) (err error) {
	to.Listen = "127.0.0.1:0" // nothing is answered there
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

// Restore brings a backup to an empty store, as Move does, and gives the server there a new epoch: devices offer again
// what they keep, and those that enrolled later are taken back by their certificates. It too goes on where it was cut.
// transfer.ErrNoBackup.
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
