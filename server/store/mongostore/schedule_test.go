package mongostore_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
)

// schedule interleaves processes by a seed. Only one runs at a time, from one yield to the next.
type schedule struct {
	rng         *rand.Rand
	procs       []*proc
	crashes     int // crashes left
	unconfirmed int // write-concern errors left
	sameProc    float64
	calm        bool // no more faults
}

type proc struct {
	resume func() (op string, running bool)
	yield  func(op string) bool
	at     string // its present step
	fault  error  // the error of this step
	asleep int
}

type procKey struct{}

// Step hands over to the scheduler and returns when this process continues.
func (s *schedule) Step(ctx context.Context, op string) error {
	p, ok := ctx.Value(procKey{}).(*proc)
	if !ok {
		return nil // the test itself, outside the schedule
	}
	p.fault = nil
	p.yield(op)
	return p.fault
}

// run resumes processes until all have ended.
func (s *schedule) run() {
	var current *proc
	for len(s.procs) > 0 {
		if current == nil || s.rng.Float64() > s.sameProc {
			current = s.pick()
		}
		s.chooseFault(current)
		op, running := current.resume()
		current.at = op
		if !running {
			s.procs = slices.DeleteFunc(s.procs, func(p *proc) bool { return p == current })
			current = nil
		}
	}
}

// pick chooses an awake process; if all sleep, one wakes.
func (s *schedule) pick() *proc {
	var awake []*proc
	for _, p := range s.procs {
		if p.asleep--; p.asleep <= 0 {
			awake = append(awake, p)
		}
	}
	if len(awake) == 0 {
		awake = s.procs
	}
	p := awake[s.rng.IntN(len(awake))]
	p.asleep = 0
	if s.rng.IntN(60) == 0 {
		p.asleep = s.rng.IntN(300)
	}
	return p
}

// chooseFault chooses the error of p's present step.
func (s *schedule) chooseFault(p *proc) {
	switch {
	case s.calm || p.at == "":
	case s.unconfirmed > 0 && isRaise(p.at) && s.rng.IntN(6) == 0:
		s.unconfirmed--
		p.fault = mongostore.ErrWriteConcern
	case s.crashes > 0 && s.rng.IntN(120) == 0:
		s.crashes--
		p.fault = store.ErrUnavailable
	}
}

func isRaise(op string) bool { return strings.HasPrefix(op, "before raise") }
