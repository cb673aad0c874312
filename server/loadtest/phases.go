package main

import (
	"context"
	"os"
	"time"

	"roadbook/sync/wire"
)

// chunk bounds how much is made ahead at once.
const chunk = 250_000

// fill brings the server to at observations stored.
func (l *load) fill(ctx context.Context, stored, at int) (int, error) {
	for stored < at {
		n := min(chunk, at-stored)
		shots, err := l.make(n, l.cfg.Frame)
		if err != nil {
			return stored, err
		}
		if _, _, err := l.fire(ctx, shots, wire.Created); err != nil {
			return stored, err
		}
		stored += n
	}
	return stored, nil
}

// measure ingests n observations and replays them.
func (l *load) measure(ctx context.Context, stored, n int) ([]shot, error) {
	shots, err := l.make(n, l.cfg.Frame)
	if err != nil {
		return nil, err
	}
	before, own := cpu(l.srv.pid()), cpu(os.Getpid())
	took, whole, err := l.fire(ctx, shots, wire.Created)
	if err != nil {
		return nil, err
	}
	row("processor time of that, server / generator", "%.1f / %.1f µs an observation",
		micros(cpu(l.srv.pid())-before, n), micros(cpu(os.Getpid())-own, n))
	row("ingest at "+thousands(stored)+" stored", "**%s**; a frame p50 %s, p99 %s", rate(n, whole), ms(quantile(took, .5)), ms(quantile(took, .99)))
	_, whole, err = l.fire(ctx, shots, wire.Exists)
	if err != nil {
		return nil, err
	}
	row("replay of the same frames", "**%s**", rate(n, whole))
	bytes := 0
	for _, s := range shots {
		bytes += len(s.body)
	}
	row("on the wire, frames of "+thousands(l.cfg.Frame), "%.1f B an observation", float64(bytes)/float64(n))
	return shots, nil
}

// singles saves one observation at a time on an otherwise idle server: from sending to counted.
func (l *load) singles(ctx context.Context, n int) error {
	var took []time.Duration
	bytes := 0
	for range n {
		l.say(0)
		s, err := l.shot(0)
		if err != nil {
			return err
		}
		bytes += len(s.body)
		t0 := time.Now()
		if err := l.one(ctx, s, wire.Created); err != nil {
			return err
		}
		took = append(took, time.Since(t0))
	}
	row("one observation alone, sent to counted", "p50 %s, p99 %s; %.0f B on the wire", ms(quantile(took, .5)), ms(quantile(took, .99)),
		float64(bytes)/float64(max(n, 1)))
	return nil
}

// drain lets one device send what it gathered in a dead zone.
func (l *load) drain(ctx context.Context, n int) error {
	for range n {
		l.say(0)
	}
	began := time.Now()
	if err := l.links[0].Drain(ctx, l.devices[0], time.Now().UnixMilli(), 3); err != nil {
		return err
	}
	row("drain of "+thousands(n)+" of one device", "%s (%s)", ms(time.Since(began)), rate(n, time.Since(began)))
	return nil
}
