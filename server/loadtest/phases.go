package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"roadbook/sync/wire"
)

// chunk bounds the number of observations encoded ahead.
const chunk = 250_000

// fill brings the server to at stored observations.
func (l *load) fill(ctx context.Context, stored, at int) (int, error) {
	for stored < at {
		n := min(chunk, at-stored)
		requests, err := l.encodeRequests(n, l.cfg.Frame)
		if err != nil {
			return stored, err
		}
		if _, _, err := l.sendAll(ctx, requests, wire.Created); err != nil {
			return stored, err
		}
		stored += n
	}
	return stored, nil
}

// window measures ingest in parts, each right before the bare engine's insert of the same lines: a change of the machine's
// speed then affects both. Afterwards all requests are replayed.
func (b *bench) window(ctx context.Context, fleet *load, bare *bareEngine, stored int) (all []encodedRequest, err error) {
	var sum windowTimes
	var engine time.Duration
	parts := max(1, b.Turns)
	if bare == nil {
		parts = 1
	}
	for left := b.Window; parts > 0; parts-- {
		n := left / parts
		left -= n
		requests, err := fleet.encodeRequests(n, b.Frame)
		if err != nil {
			return nil, err
		}
		if err := fleet.ingest(ctx, requests, &sum); err != nil {
			return nil, err
		}
		took, err := bare.measure(ctx, requests)
		if err != nil {
			return nil, err
		}
		engine += took
		all = append(all, requests...)
	}
	sum.rows(stored, b.Window)
	if bare != nil {
		row(fmt.Sprintf("the engine's raw insertMany of the same lines, %d writers, in turn with that", bareWriters), "**%s**", rate(b.Window, engine))
		row("ingest in that", "**%.0f %%**", 100*engine.Seconds()/sum.whole.Seconds())
	}
	return all, fleet.replay(ctx, all, b.Window)
}

// windowTimes adds up the times of a window's parts.
type windowTimes struct {
	frames      []time.Duration
	whole       time.Duration
	server, own time.Duration // processor time
}

func (l *windowTimes) rows(stored, n int) {
	row("processor time of that, server / generator", "%.1f / %.1f µs an observation", micros(l.server, n), micros(l.own, n))
	row("ingest at "+thousands(stored)+" stored", "**%s**; a frame p50 %s, p99 %s", rate(n, l.whole), ms(quantile(l.frames, .5)), ms(quantile(l.frames, .99)))
}

// ingest sends requests and adds their times to sum.
func (l *load) ingest(ctx context.Context, requests []encodedRequest, sum *windowTimes) error {
	server, own := cpu(l.srv.pid()), cpu(os.Getpid())
	took, whole, err := l.sendAll(ctx, requests, wire.Created)
	if err != nil {
		return err
	}
	sum.frames, sum.whole = append(sum.frames, took...), sum.whole+whole
	sum.server, sum.own = sum.server+cpu(l.srv.pid())-server, sum.own+cpu(os.Getpid())-own
	return nil
}

// replay sends n observations again.
func (l *load) replay(ctx context.Context, requests []encodedRequest, n int) error {
	_, whole, err := l.sendAll(ctx, requests, wire.Exists)
	if err != nil {
		return err
	}
	row("replay of the same frames", "**%s**", rate(n, whole))
	bytes := 0
	for _, s := range requests {
		bytes += len(s.body)
	}
	row("on the wire, frames of "+thousands(l.cfg.Frame), "%.1f B an observation", float64(bytes)/float64(n))
	return nil
}

// singles saves one observation at a time on an otherwise idle server, and measures from sending to counted.
func (l *load) singles(ctx context.Context, n int) error {
	var took []time.Duration
	bytes := 0
	for range n {
		l.save(0)
		s, err := l.encodeWaiting(0)
		if err != nil {
			return err
		}
		bytes += len(s.body)
		t0 := time.Now()
		if err := l.send(ctx, s, wire.Created); err != nil {
			return err
		}
		took = append(took, time.Since(t0))
	}
	row("one observation alone, sent to counted", "p50 %s, p99 %s; %.0f B on the wire", ms(quantile(took, .5)), ms(quantile(took, .99)),
		float64(bytes)/float64(max(n, 1)))
	return nil
}

// drain lets one device send its lines from a long time without a network.
func (l *load) drain(ctx context.Context, n int) error {
	for range n {
		l.save(0)
	}
	began := time.Now()
	if err := l.links[0].Drain(ctx, l.devices[0], time.Now().UnixMilli(), 3); err != nil {
		return err
	}
	row("drain of "+thousands(n)+" of one device", "%s (%s)", ms(time.Since(began)), rate(n, time.Since(began)))
	return nil
}
