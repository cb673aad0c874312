package ingest

import (
	"slices"
	"sync"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// summaryCache remembers the last read summaries of streams. Its ranges are only a hint: a frame overlapping them is most
// likely a repetition and need not be parsed before the log was asked. Its boots are certain: a boot is fixed once.
type summaryCache struct {
	mu sync.Mutex
	m  map[wire.StreamID]cachedSummary
}

type cachedSummary struct {
	ranges []wire.Range
	boots  []clock.Boot
}

// maxSummaries bounds the remembered streams; a full cache is emptied.
const maxSummaries = 1 << 14

func (c *summaryCache) store(s store.Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxSummaries {
		c.m = make(map[wire.StreamID]cachedSummary)
	}
	c.m[s.ID] = cachedSummary{s.Ranges, s.Boots}
}

// overlap reports whether some or all of the frame's sequences were counted at the last look.
func (c *summaryCache) overlap(f *wire.Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return overlaps(c.m[f.Stream].ranges, f.First, f.Last())
}

// boot returns a fixed boot of the stream; ok is false if none is remembered.
func (c *summaryCache) boot(stream wire.StreamID, id string) (b clock.Boot, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	boots := c.m[stream].boots
	i := slices.IndexFunc(boots, func(b clock.Boot) bool { return b.ID == id })
	if i < 0 {
		return b, false
	}
	return boots[i], true
}
