package ingest

import (
	"slices"
	"sync"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// seen remembers what the summaries of streams last said. Of what is counted it is a hint, nothing more: a frame that
// overlaps it is most likely a repetition and need not be read before the log was asked. A boot is fixed once and for all.
type summaryCache struct {
	mu sync.Mutex
	m  map[wire.StreamID]cachedSummary
}

type cachedSummary struct {
	ranges []wire.Range
	boots  []clock.Boot
}

// maxSeen bounds the streams remembered; beyond, it begins anew.
const maxSummaries = 1 << 14

func (c *summaryCache) store(s store.Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxSummaries {
		c.m = make(map[wire.StreamID]cachedSummary)
	}
	c.m[s.ID] = cachedSummary{s.Ranges, s.Boots}
}

// overlap reports whether the frame's sequences were seen counted, all or in part.
func (c *summaryCache) overlap(f *wire.Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return overlaps(c.m[f.Stream].ranges, f.First, f.Last())
}

// boot is a boot of the stream as it was fixed; ok is false where none was seen.
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
