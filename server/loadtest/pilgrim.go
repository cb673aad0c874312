package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// pilgrim is one device of a crowd. It waits after errors as the protocol asks: full jitter above the server's floor.
type pilgrim struct {
	device *fleet.Device
	link   *fleet.Link
	rng    *rand.Rand
	again  func() // says one more observation
	pulls  bool
	cursor string
	trip   trip
	took   time.Duration // of its longest visit
}

// trip counts what became of requests.
type trip struct {
	answers, empty, away, failed int
	pulled, bytes                int
}

func (t *trip) add(o *trip) {
	t.answers, t.empty, t.away, t.failed = t.answers+o.answers, t.empty+o.empty, t.away+o.away, t.failed+o.failed
	t.pulled, t.bytes = t.pulled+o.pulled, t.bytes+o.bytes
}

const (
	lastWait  = time.Minute
	mostTries = 60 // in a row, of one visit
)

// visit delivers what waits and pulls until there is no more.
func (p *pilgrim) visit(ctx context.Context) error {
	began := time.Now()
	for tries := 0; ; {
		done, err := p.once(ctx)
		if done {
			p.took = max(p.took, time.Since(began))
			return nil
		}
		if err == nil {
			tries = 0
			continue
		}
		if tries++; tries > mostTries {
			return fmt.Errorf("device %s: %w", p.device.Name, err)
		}
		p.rest(tries, err)
	}
}

// rest waits before the next try.
func (p *pilgrim) rest(tries int, err error) {
	floor := time.Duration(0)
	if refusal, ok := errors.AsType[*wire.Error](err); ok && refusal.Code == wire.CodeBusy {
		p.trip.away++
		floor = p.link.After
	} else {
		p.trip.failed++
	}
	ceiling := min(time.Second<<min(tries-1, 6), lastWait)
	time.Sleep(floor + time.Duration(p.rng.Int64N(int64(ceiling))))
}

// once makes one round trip; done: nothing waits and nothing is left to pull.
func (p *pilgrim) once(ctx context.Context) (done bool, err error) {
	f := p.device.Next()
	now := time.Now().UnixMilli()
	req := p.device.Request(f, now)
	if p.pulls {
		req.Pull = &wire.Pull{Cursor: p.cursor}
	}
	body, err := req.Encode(wire.Zstd)
	if err != nil {
		return false, err
	}
	a, err := p.link.Post(ctx, p.device, body)
	if err != nil {
		return false, err
	}
	p.trip.answers++
	if f != nil {
		if err := p.device.Acknowledge(f, a); err != nil {
			return false, err
		}
	}
	return p.read(a) && p.device.Waiting() == 0, nil
}

// read takes the pull part; it reports whether that was the last page.
func (p *pilgrim) read(a *wire.Answer) bool {
	if !p.pulls {
		return true
	}
	if a.Pull == nil {
		p.trip.empty++
		return false
	}
	if a.Pull.More && a.Pull.Cursor == p.cursor {
		p.trip.empty++
	}
	p.cursor = a.Pull.Cursor
	p.trip.pulled += len(a.Pull.Observations)
	for i := range a.Pull.Observations {
		p.trip.bytes += len(a.Pull.Observations[i].Line)
	}
	return !a.Pull.More
}
