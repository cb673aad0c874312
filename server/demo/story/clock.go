package story

import (
	"sync/atomic"
	"time"
)

// Clock is a clock that a story moves, and that becomes the real one when the story is told. A server that runs on
// it sees time jump once, forward. Many goroutines may read it.
type Clock struct {
	at      atomic.Int64 // Unix ms; 0: the real clock
	present func() time.Time
}

// NewClock makes a clock that stands at a moment. present is what it becomes.
func NewClock(at time.Time, present func() time.Time) *Clock {
	c := &Clock{present: present}
	c.at.Store(at.UnixMilli())
	return c
}

// Now is the present.
func (c *Clock) Now() time.Time {
	if ms := c.at.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return c.present()
}

// Move sets the clock forward; an earlier moment leaves it.
func (c *Clock) Move(to time.Time) {
	if ms := to.UnixMilli(); ms > c.at.Load() && c.at.Load() != 0 {
		c.at.Store(ms)
	}
}

// Release lets the real clock take over.
func (c *Clock) Release() { c.at.Store(0) }
