package clock

import "time"

const counterBits = 16

// MaxMs bounds every time read from a device: 1<<42 ms, 15 May 2109. The stamp has enough bits above MaxMs that
// counting on never overflows.
const MaxMs = 1 << 42

// MaxAhead bounds how far an observed stamp may be ahead of the own clock, in milliseconds: a day.
const MaxAhead = 24 * 3600 * 1000

// HLCAt makes the first stamp of a millisecond, clamped to 0..MaxMs.
func HLCAt(ms int64) HLC { return HLC(clamp(ms, 0, MaxMs)) << counterBits }

// Ms is the stamp's Unix milliseconds.
func (h HLC) Ms() int64 { return int64(h >> counterBits) }

// Time is the stamp's moment in Shanghai.
func (h HLC) Time() time.Time { return time.UnixMilli(h.Ms()).In(Shanghai) }

// HLCSource makes the stamps of a device. Last is stored with the observations and restored at the start. Not safe for
// concurrent use.
type HLCSource struct{ Last HLC }

// Next returns a stamp greater than all before: the stamp of now if the wall clock has moved on, else the last stamp
// plus one. A full counter carries into the milliseconds.
func (s *HLCSource) Next(nowMs int64) HLC {
	s.Last = max(s.Last+1, HLCAt(nowMs))
	return s.Last
}

// Observe notes a stamp from another device, so that the next stamp sorts after this one. A stamp more than MaxAhead
// after now comes from a wrong clock and is ignored: wrong clocks must not spread, and causality orders the
// observations anyway.
func (s *HLCSource) Observe(h HLC, nowMs int64) {
	if h.Ms() <= clamp(nowMs, 0, MaxMs)+MaxAhead {
		s.Last = max(s.Last, h)
	}
}

func clamp(v, low, high int64) int64 { return min(max(v, low), high) }
