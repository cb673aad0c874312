package story

import (
	"sync/atomic"
	"time"
)

// Clock is a clock moved by a player until its release, and the real clock afterwards. A server on this clock sees one
// jump, forward. Many goroutines may read the clock.
type Clock struct {
	at      atomic.Int64 // Unix ms; 0: the real clock
	present func() time.Time
}

// NewClock makes a clock that stands at a moment. present is the clock after the release.
func NewClock(at time.Time, present func() time.Time) *Clock {
	c := &Clock{present: present}
	c.at.Store(at.UnixMilli())
	return c
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	if ms := c.at.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return c.present()
}

// Move sets the clock forward; an earlier moment changes nothing.
func (c *Clock) Move(to time.Time) {
	if ms := to.UnixMilli(); ms > c.at.Load() && c.at.Load() != 0 {
		c.at.Store(ms)
	}
}

// Release hands over to the real clock.
func (c *Clock) Release() { c.at.Store(0) }
