package mongostore_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// randomFaults fails a step now and then, before or after the step.
type randomFaults struct {
	mu  sync.Mutex
	rng *rand.Rand
	one int // one failure in this number of steps
}

func (u *randomFaults) Step(context.Context, string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.one > 0 && u.rng.IntN(u.one) == 0 {
		return []error{store.ErrUnavailable, mongostore.ErrWriteConcern}[u.rng.IntN(2)]
	}
	return nil
}

// TestModelConcurrentBatches runs the model's requests in up to eight concurrent Batches, on two servers at the same
// time and an engine with occasional failures; at rest the results must be as good as for single Batches.
func TestModelConcurrentBatches(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 10
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		rng := rand.New(rand.NewPCG(seed, 3))
		engine := &randomFaults{rng: rand.New(rand.NewPCG(seed, 4))}
		docs := simdoc.New(engine)
		w := &modelRun{rng: rng, sched: &schedule{}, distance: []int{1, 100}[seed%2], acked: map[wire.ObsID]bool{}}
		w.open = func() *handler { return newHandler(openOn(t, docs), 0) }
		w.h = w.open()
		w.follower = &follower{h: w.h, counts: map[string]map[tally.Sum]int64{}}
		w.makeRequests(func() int { return 8 })
		hs := []*handler{w.open(), w.open()}
		engine.one = []int{0, 40, 200}[seed%3]
		var all sync.WaitGroup
		var mu sync.Mutex
		for n, h := range hs {
			all.Go(func() {
				handleConcurrently(h, w.requests, 2+int(seed%7), int64(n), func(r request) { mu.Lock(); defer mu.Unlock(); w.acknowledge(r.frame) })
			})
		}
		all.Wait()
		engine.one = 0
		broken := w.sweepAndCheck()
		for _, h := range append(hs, w.h) {
			broken = append(broken, h.broken...)
		}
		if len(broken) > 0 {
			t.Fatalf("seed %d: %v", seed, broken)
		}
	}
}

// handleConcurrently lets a server handle n requests at a time, each request twice.
func handleConcurrently(h *handler, requests []request, n int, received int64, ack func(request)) {
	for from := 0; from < len(requests); from += n / 2 {
		some := requests[from:min(from+n, len(requests))]
		ctx := h.s.WithConcurrentBatches(context.Background(), len(some))
		var all sync.WaitGroup
		for _, r := range some {
			all.Go(func() {
				_ = h.handle(ctx, r.frame, received, func() { ack(r) }) // the sweeper handles the failed requests, or nobody
			})
		}
		all.Wait()
	}
}
