package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/lease"
	"roadbook/server/store"
)

const (
	// doubtsLease is the name of the lease of the server that keeps the doubts.
	doubtsLease = "doubts"
	// doubtsLeaseAfter exceeds the longest round of the follower: eight frames take half a second, and with long rests eight.
	doubtsLeaseAfter = 60 * time.Second
	// renewAfter is the age of a lease at which it is renewed: a write to the registry every few rounds.
	renewAfter = 10 * time.Second
)

// runDoubts keeps the doubts until ctx ends, while this server holds the lease.
func (h *Hub) runDoubts(ctx context.Context) {
	l, err := h.newDoubtsLease()
	if err != nil {
		h.cfg.Log.Error("doubts", "err", err)
		return
	}
	cfg := doubts.Config{Store: h.store, Schema: h.schema, Reference: h.query.Reference, Now: h.cfg.Now, Log: h.cfg.Log, Busy: h.takesIn}
	cfg.Every, cfg.Quiet, cfg.Between, cfg.AskAnew = h.cfg.doubtsEvery, h.cfg.doubtsEvery, h.cfg.doubtsEvery, h.cfg.doubtsEvery
	if l != nil {
		cfg.Hold = h.holdDoubts(l)
	}
	doubts.New(cfg).Run(ctx)
	if l != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := l.Release(ctx); err != nil {
			h.cfg.Log.Warn("doubts: letting the lease go", "err", err)
		}
	}
}

// busyFor is the time after a counted frame in which further frames are expected.
const busyFor = 300 * time.Millisecond

// noteCounted notes that new lines were counted.
func (h *Hub) noteCounted() {
	h.counted.Store(int64(time.Since(h.began)))
	h.pulse.NoteCounted()
}

// takesIn reports whether this server counted a frame just now.
func (h *Hub) takesIn() bool {
	at := h.counted.Load()
	return at != 0 && time.Since(h.began)-time.Duration(at) < busyFor
}

// newDoubtsLease is nil if a store serves only one process.
func (h *Hub) newDoubtsLease() (*lease.Lease, error) {
	if h.store.Traits().Atomic || h.cfg.Without.Off(store.Lease) {
		return nil, nil //nolint:nilnil // no lease is needed
	}
	holder := make([]byte, 16)
	if _, err := io.ReadFull(h.cfg.Rand, holder); err != nil {
		return nil, err
	}
	return lease.New(lease.Config{
		Registry: h.store, Name: doubtsLease, Holder: hex.EncodeToString(holder), After: doubtsLeaseAfter, Now: time.Now,
	}), nil
}

// holdDoubts asks for the lease, and where it is held, only after a while again.
func (h *Hub) holdDoubts(l *lease.Lease) func(context.Context) bool {
	var since time.Time // of the last renewal; zero: not held
	return func(ctx context.Context) bool {
		if !since.IsZero() && time.Since(since) < renewAfter {
			return true
		}
		ctx, cancel := context.WithTimeout(ctx, renewAfter)
		defer cancel()
		began := time.Now()
		holding, err := l.Hold(ctx)
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Warn("doubts: asking for the lease", "err", err)
		}
		if since = (time.Time{}); holding {
			since = began
		}
		return holding
	}
}

// RebuildDoubts drops the rows of doubts and evaluates all records anew. Where another process keeps the doubts, that process
// does the work, and RebuildDoubts waits for the end. progress receives numbers of records.
func RebuildDoubts(ctx context.Context, cfg Config, progress func(done, of int64)) (err error) {
	cfg.setDefaults()
	if err := cfg.checkDatabase(); err != nil {
		return err
	}
	h := &Hub{cfg: cfg}
	defer func() { err = errors.Join(err, h.Close()) }()
	err = h.openStore(ctx)
	if errors.Is(err, ErrInUse) {
		return rebuildBeside(ctx, cfg, progress)
	}
	if err != nil {
		return err
	}
	h.schema = schema.Default()
	now, err := h.readInForce(ctx)
	if err != nil {
		return err
	}
	h.inForce.Store(now)
	h.openQuery()
	id, err := doubts.RequestRebuild(ctx, h.store)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { h.runDoubts(working) })
	err = waitForDoubts(ctx, h.doubts, id, progress)
	stop()
	work.Wait()
	return err
}

// rebuildBeside leaves the work to the server that has the embedded store.
func rebuildBeside(ctx context.Context, cfg Config, progress func(done, of int64)) (err error) {
	s, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	id, err := doubts.RequestRebuild(ctx, s)
	if err != nil {
		return err
	}
	return waitForDoubts(ctx, &doubts.Reader{Store: s, Schema: schema.Default(), Now: cfg.Now}, id, progress)
}

// ErrNoFollower: nobody takes up the request for a rebuild.
var ErrNoFollower = errors.New("运行中的服务器没有响应：它可能是旧版本，请用本程序重新启动服务器 / the running server does not answer the request: it may be an older version; restart it with this program")

// Times of waiting for a rebuild by another process.
const (
	lookAgain  = 200 * time.Millisecond
	takenAfter = 2 * doubtsLeaseAfter // the lease of a process that is no more ends first
)

// waitForDoubts waits until the request for a rebuild is done.
func waitForDoubts(ctx context.Context, r *doubts.Reader, id string, progress func(done, of int64)) error {
	for began := time.Now(); ; {
		s, err := r.Status(ctx)
		switch {
		case err != nil:
			return err
		case s.Rebuilt == id && s.Of == 0:
			return nil
		case s.Rebuilt == id:
			progress(s.Done, s.Of)
		case time.Since(began) > takenAfter:
			return ErrNoFollower
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}
