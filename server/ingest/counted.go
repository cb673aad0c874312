package ingest

import (
	"sync"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// counted remembers what streams were last seen to have counted. It is a hint, nothing more: a frame that
// overlaps it is most likely a repetition and need not be read before the log was asked.
type counted struct {
	mu sync.Mutex
	m  map[wire.StreamID][]wire.Range
}

// maxCounted bounds the streams remembered; beyond, it begins anew.
const maxCounted = 1 << 14

func (c *counted) note(s store.Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxCounted {
		c.m = make(map[wire.StreamID][]wire.Range)
	}
	c.m[s.ID] = s.Ranges
}

// overlap reports whether the frame's sequences were seen counted, all or in part.
func (c *counted) overlap(f *wire.Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return overlaps(c.m[f.Stream], f.First, f.Last())
}
