package clock

import "time"

const counterBits = 16

// MaxMs bounds every time that is read from a device: 1<<42 ms, 15 May 2109. It leaves the stamp so much
// room above that counting on from it never overflows.
const MaxMs = 1 << 42

// MaxAhead is how far before the own clock another's stamp may be to be followed, in milliseconds: a day.
const MaxAhead = 24 * 3600 * 1000

// HLCAt makes the first stamp of a millisecond, held within 0..MaxMs.
func HLCAt(ms int64) HLC { return HLC(clamp(ms, 0, MaxMs)) << counterBits }

// Ms is the stamp's Unix milliseconds.
func (h HLC) Ms() int64 { return int64(h >> counterBits) }

// Time is the stamp's moment in Shanghai.
func (h HLC) Time() time.Time { return time.UnixMilli(h.Ms()).In(Shanghai) }

// HLCSource makes the stamps of one device. Last is kept with the observations and restored at the start.
// It is not for several goroutines at once.
type HLCSource struct{ Last HLC }

// Next returns a stamp greater than all before: of now if the wall clock has moved on, else the last one
// plus one, which carries into the milliseconds when the counter is full.
func (s *HLCSource) Next(nowMs int64) HLC {
	s.Last = max(s.Last+1, HLCAt(nowMs))
	return s.Last
}

// Observe takes note of another's stamp, so that what is said next sorts after it. A stamp more than
// MaxAhead before now is a wrong clock's and is left alone: it must not spread, and what was seen is
// ordered by causality anyhow.
func (s *HLCSource) Observe(h HLC, nowMs int64) {
	if h.Ms() <= clamp(nowMs, 0, MaxMs)+MaxAhead {
		s.Last = max(s.Last, h)
	}
}

func clamp(v, low, high int64) int64 { return min(max(v, low), high) }
