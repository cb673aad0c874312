package mongostore_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

var (
	modelSeeds = flag.Int("model.seeds", 400, "interleavings that the model test runs")
	modelSeed  = flag.Uint64("model.seed", 0, "run this one interleaving only")
)

// modelRun is one interleaving: its streams, the requests carrying them, and the acknowledged lines.
type modelRun struct {
	rng      *rand.Rand
	sched    *schedule
	open     func() *handler // opens a process of its own, on the one database
	h        *handler        // used by the test itself, at rest
	others   []*handler
	follower *follower
	requests []request
	acked    map[wire.ObsID]bool
	now      int64
	distance int // between the two records' sequences: in one chunk, or in two
}

type request struct {
	frame wire.Frame
	tries int
}

// newModelRun draws two streams of two or three lines over two records, groups and units; sometimes a fork of the
// first; and requests in other cuts and another order, some repeated.
func newModelRun(seed uint64, without store.Guard) *modelRun {
	rng := rand.New(rand.NewPCG(seed, 1))
	apart := []int{1, 100}[rng.IntN(2)]
	sched := &schedule{
		rng: rng, crashes: rng.IntN(4), unconfirmed: rng.IntN(3), sameProc: []float64{0.3, 0.8, 0.95, 0.98}[rng.IntN(4)],
	}
	engine := simdoc.New(sched)
	open := func() *handler {
		s, err := mongostore.New(context.Background(), engine, mongostore.Config{Now: testNow, Without: without})
		if err != nil {
			panic(err) // only steps of a process can fail
		}
		return newHandler(s, without)
	}
	w := &modelRun{rng: rng, sched: sched, distance: apart, acked: map[wire.ObsID]bool{}, open: open, h: open()}
	w.follower = &follower{h: w.h, counts: map[string]map[tally.Sum]int64{}}
	w.makeRequests(func() int { return 2 + rng.IntN(2) })
	return w
}

// makeRequests makes the streams and the requests.
func (w *modelRun) makeRequests(length func() int) {
	rng := w.rng
	amount := int64(1)
	for i := range 2 {
		id := wire.StreamID{Device: fmt.Sprintf("dev%07d", i), Epoch: "ep0ch000"}
		lines := w.lines(length(), &amount)
		w.cutIntoFrames(id, lines)
		if i == 0 && rng.IntN(3) == 0 { // a cloned device: another line at the last sequence
			fork := append(slices.Clone(lines[:len(lines)-1]), w.lines(1, &amount)...)
			w.cutIntoFrames(id, fork)
		}
	}
	rng.Shuffle(len(w.requests), func(i, j int) { w.requests[i], w.requests[j] = w.requests[j], w.requests[i] })
}

func (w *modelRun) lines(n int, amount *int64) (lines [][]byte) {
	for range n {
		line, err := json.Marshal(toyLine{
			Record: recordID(w.rng.IntN(2) * w.distance), Unit: []string{"u", "v", "w"}[w.rng.IntN(3)], Group: []string{"g", "h"}[w.rng.IntN(2)],
			Amount: *amount, HLC: 1 + w.rng.Uint64N(6),
			From: []string{"", "", "u", "v", "w"}[w.rng.IntN(5)], Share: []string{"", "", "", "v", "w"}[w.rng.IntN(5)],
		})
		if err != nil {
			panic(err) // a plain struct
		}
		*amount *= 2
		lines = append(lines, line)
	}
	return lines
}

func recordID(i int) string {
	return wire.NewObsID(wire.StreamID{Device: "rec0000000", Epoch: "ep0ch000"}, uint64(i+1), wire.Hash{}).String()
}

// cutIntoFrames makes requests that together contain all the lines, some lines twice.
func (w *modelRun) cutIntoFrames(id wire.StreamID, lines [][]byte) {
	ask := func(from, to int) {
		prev := wire.Genesis(id)
		for _, line := range lines[:from] {
			prev = wire.ChainHash(prev, line)
		}
		w.requests = append(w.requests, request{frame: *wire.NewFrame(id, uint64(from+1), prev, lines[from:to])})
	}
	for from := 0; from < len(lines); {
		to := from + 1 + w.rng.IntN(len(lines)-from)
		ask(from, to)
		from = to
	}
	for range w.rng.IntN(3) {
		from := w.rng.IntN(len(lines))
		ask(from, from+1+w.rng.IntN(len(lines)-from))
	}
}

// start adds a process.
func (w *modelRun) start(body func(ctx context.Context)) {
	p := &proc{asleep: w.rng.IntN(100)}
	resume, _ := iter.Pull(func(yield func(string) bool) {
		p.yield = yield
		body(context.WithValue(context.Background(), procKey{}, p))
	})
	p.resume = resume
	w.sched.procs = append(w.sched.procs, p)
}

// process opens a handler with a store of its own.
func (w *modelRun) process() *handler {
	h := w.open()
	w.others = append(w.others, h)
	return h
}

// server handles requests until none is left. A failed request is sent again, or never again.
func (w *modelRun) server(ctx context.Context) {
	h := w.process()
	for len(w.requests) > 0 {
		r := w.requests[0]
		w.requests = w.requests[1:]
		w.now++
		received := w.now + int64(w.rng.IntN(5)) // servers' clocks differ
		again := w.rng.IntN(4) == 0              // the answer is lost, and the device asks again
		err := h.handle(ctx, r.frame, received, func() { w.acknowledge(r.frame) })
		if r.tries++; (err != nil || again) && r.tries < 3 && w.rng.IntN(3) > 0 {
			w.requests = append(w.requests, r)
		}
	}
}

func (w *modelRun) acknowledge(f wire.Frame) {
	for _, id := range f.IDs(f.Hashes()) {
		w.acked[id] = true
	}
}

// runModel runs the interleaving and returns the broken promises.
func runModel(seed uint64, without store.Guard) []string {
	w := newModelRun(seed, without)
	for range 2 + w.rng.IntN(2) {
		w.start(w.server)
	}
	w.start(func(ctx context.Context) {
		for range 4 {
			_ = w.follower.poll(ctx) // the next poll repeats a failed one
		}
	})
	if w.rng.IntN(2) == 0 && !without.Off(store.Sweep) {
		w.start(func(ctx context.Context) { _, _ = w.process().sweep(ctx) })
	}
	w.sched.run()
	broken := append(w.sweepAndCheck(), w.h.broken...)
	for _, h := range w.others {
		broken = append(broken, h.broken...)
	}
	return broken
}

func TestModel(t *testing.T) {
	first, n := uint64(1), *modelSeeds
	if *modelSeed > 0 {
		first, n = *modelSeed, 1
	}
	for seed := first; seed < first+uint64(n); seed++ {
		if broken := runModel(seed, 0); len(broken) > 0 {
			t.Fatalf("seed %d (run again with -model.seed=%d):\n%v", seed, seed, broken)
		}
	}
	t.Logf("%d interleavings", n)
}

// TestModelNoticesEveryRule takes out the rules of the write path, one at a time, and reports the number of seeds
// until the suite noticed.
func TestModelNoticesEveryRule(t *testing.T) {
	const patience = 3000
	for _, v := range []struct {
		name string
		rule store.Guard
	}{
		{"RecountUnchanged", store.RecountUnchanged}, {"DepartedByFrame", store.DepartedByFrame},
		{"GroupFromRecords", store.GroupFromRecords}, {"MembersAfterGroup", store.MembersAfterGroup},
		{"TouchFirst", store.TouchFirst}, {"NumberBySummary", store.NumberBySummary},
		{"RaiseAgain", store.RaiseAgain}, {"EpochOrder", store.EpochOrder},
		{"CountByRecount", store.CountByRecount}, {"DedupeByHash", store.DedupeByHash},
		{"AckAfterCommit", store.AckAfterCommit}, {"FeedByNumber", store.FeedByNumber},
		{"Sweep", store.Sweep}, {"SeeForks", store.SeeForks},
		{"RaisedGroups", store.RaisedGroups},
	} {
		caught := uint64(0)
		var broken []string
		for seed := uint64(1); seed <= patience && caught == 0; seed++ {
			if broken = runModel(seed, v.rule); len(broken) > 0 {
				caught = seed
			}
		}
		if caught == 0 {
			t.Errorf("without %-17s nothing was noticed in %d seeds", v.name, patience)
			continue
		}
		t.Logf("without %-17s noticed at seed %4d: %.110s", v.name, caught, broken[0])
	}
}
