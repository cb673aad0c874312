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

// crowdDevice is one device of a crowd. It waits after errors as the protocol demands: full jitter above the server's floor.
type crowdDevice struct {
	device        *fleet.Device
	link          *fleet.Link
	rng           *rand.Rand
	again         func() // saves one more observation
	pulls         bool
	cursor        string
	requestCounts requestCounts
	took          time.Duration // of its longest syncAll
}

// requestCounts counts requests by their outcome.
type requestCounts struct {
	answers, empty, busy, failed int
	pulled, bytes                int
}

func (t *requestCounts) add(o *requestCounts) {
	t.answers, t.empty, t.busy, t.failed = t.answers+o.answers, t.empty+o.empty, t.busy+o.busy, t.failed+o.failed
	t.pulled, t.bytes = t.pulled+o.pulled, t.bytes+o.bytes
}

const (
	maxWait  = time.Minute
	maxTries = 60 // in a row, within one syncAll
)

// syncAll delivers all waiting lines and pulls to the end.
func (p *crowdDevice) syncAll(ctx context.Context) error {
	began := time.Now()
	for tries := 0; ; {
		done, err := p.roundTrip(ctx)
		if done {
			p.took = max(p.took, time.Since(began))
			return nil
		}
		if err == nil {
			tries = 0
			continue
		}
		if tries++; tries > maxTries {
			return fmt.Errorf("device %s: %w", p.device.Name, err)
		}
		p.waitToRetry(tries, err)
	}
}

// waitToRetry waits before the next try.
func (p *crowdDevice) waitToRetry(tries int, err error) {
	floor := time.Duration(0)
	if refusal, ok := errors.AsType[*wire.Error](err); ok && refusal.Code == wire.CodeBusy {
		p.requestCounts.busy++
		floor = p.link.After
	} else {
		p.requestCounts.failed++
	}
	ceiling := min(time.Second<<min(tries-1, 6), maxWait)
	time.Sleep(floor + time.Duration(p.rng.Int64N(int64(ceiling))))
}

// roundTrip makes one request; done: no line waits, and the pull is complete.
func (p *crowdDevice) roundTrip(ctx context.Context) (done bool, err error) {
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
	p.requestCounts.answers++
	if f != nil {
		if err := p.device.Acknowledge(f, a); err != nil {
			return false, err
		}
	}
	return p.read(a) && p.device.Waiting() == 0, nil
}

// read takes the pull part; it reports whether that was the last page.
func (p *crowdDevice) read(a *wire.Answer) bool {
	if !p.pulls {
		return true
	}
	if a.Pull == nil {
		p.requestCounts.empty++
		return false
	}
	if a.Pull.More && a.Pull.Cursor == p.cursor {
		p.requestCounts.empty++
	}
	p.cursor = a.Pull.Cursor
	p.requestCounts.pulled += len(a.Pull.Observations)
	for i := range a.Pull.Observations {
		p.requestCounts.bytes += len(a.Pull.Observations[i].Line)
	}
	return !a.Pull.More
}
