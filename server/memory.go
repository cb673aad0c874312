package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memoryLimit bounds Go's memory while the server runs, in bytes. SQLite's pages come on top. With more than two thirds
// of the limit alive, the limit becomes one and a half times the live bytes: a limit close to the live bytes would keep
// the collector busy without effect.
const (
	memoryLimit    = 208 << 20
	memoryInterval = 5 * time.Second
)

// adjustMemoryLimit keeps the limit fitting until ctx ends. An environment variable GOMEMLIMIT takes precedence.
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

// limitFor is the limit for live bytes after the last collection, stacks included.
func limitFor(live int64) int64 { return max(memoryLimit, live+live/2) }

func liveBytes() int64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() + samples[1].Value.Uint64())
}
