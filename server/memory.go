package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What the collector is asked to stay within while a server serves, in bytes: all of Go's memory, SQLite's pages not among
// it. A server that keeps more than half of that alive is granted half as much again: a limit near what lives would take
// the processor for nothing.
const (
	memoryLimit    = 208 << 20
	memoryInterval = 5 * time.Second
)

// adjustMemoryLimit keeps the limit fitting until ctx ends. GOMEMLIMIT, where it is set, wins.
func adjustMemoryLimit(ctx context.Context) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	t := time.NewTicker(memoryInterval)
	defer t.Stop()
	for {
		debug.SetMemoryLimit(limitFor(liveBytes()))
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// limitFor is the limit where so much was alive after the last collection, stacks among it.
func limitFor(live int64) int64 { return max(memoryLimit, live+live/2) }

func liveBytes() int64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() + samples[1].Value.Uint64())
}
