//go:build mongo

package mongostore_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// TestModelOnEngine lets eight servers handle the toy's requests at once on the real engine, each request twice, over
// two records in one chunk or in two chunks; at rest the result must be as in the simulation.
func TestModelOnEngine(t *testing.T) {
	for seed := uint64(1); seed <= 4; seed++ {
		rng := rand.New(rand.NewPCG(seed, 2))
		s := connect(t, database(t))
		w := &modelRun{
			rng: rng, sched: &schedule{}, distance: []int{1, 100}[seed%2], acked: map[wire.ObsID]bool{}, h: newHandler(s, 0),
		}
		w.follower = &follower{h: w.h, counts: map[string]map[tally.Sum]int64{}}
		w.makeRequests(func() int { return 20 })
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i := range 8 {
			wg.Go(func() {
				for j, r := range w.requests {
					if j%4 != i/2 {
						continue
					}
					ack := func() { mu.Lock(); defer mu.Unlock(); w.acknowledge(r.frame) }
					if err := w.h.handle(t.Context(), r.frame, int64(j), ack); err != nil {
						t.Errorf("seed %d, request %d: %v", seed, j, err)
					}
				}
			})
		}
		wg.Wait()
		if broken := append(w.sweepAndCheck(), w.h.broken...); len(broken) > 0 {
			t.Errorf("seed %d: %v", seed, broken)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
