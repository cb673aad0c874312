package localdb

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

func (c *Config) fill() {
	if c.Clock == nil {
		c.Clock = SystemClock()
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Schema == nil {
		c.Schema = schema.Default()
	}
	if c.Reserve == nil {
		c.Reserve = c.reserve()
	}
}

// kernelClock is the kernel's boot, by a clock that runs on while the machine sleeps.
type kernelClock struct {
	boot string
	up   func() int64 // ms since the start of the boot, sleep included
}

// SystemClock is the machine's clock. On Linux and Android the boot is the kernel's, and its clock continues while the
// machine sleeps. Elsewhere each process counts as a boot, and begins another after a sleep: correct, but with less
// evidence.
var SystemClock = sync.OnceValue(func() Clock {
	if id, up, ok := kernelBoot(); ok {
		return kernelClock{bootID(id), up}
	}
	start := time.Now() //nolint:forbidigo // the real clock enters here
	return newProcessClock(systemWall, func() int64 {
		return time.Since(start).Milliseconds() //nolint:forbidigo // the real clock enters here
	})
})

func bootID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return wire.IDEncoding.EncodeToString(sum[:])[:wire.BootLen]
}

func systemWall() int64 { return time.Now().UnixMilli() + clockAhead } //nolint:forbidigo // the real clock enters here

func (kernelClock) Wall() int64 { return systemWall() }

func (c kernelClock) Boot() (id string, mono int64) { return c.boot, c.up() }

// processClock is a clock for machines whose steady clock may stop while they sleep. The wall clock then runs ahead of
// the steady clock, and a new boot begins: a boot never spans such a gap.
type processClock struct {
	wall, up func() int64 // ms; up since the start of the process, perhaps without sleep

	mu     sync.Mutex
	boot   string
	began  int64 // by up
	behind int64 // wall less up: the least of this boot
}

func newProcessClock(wall, up func() int64) *processClock {
	c := &processClock{wall: wall, up: up}
	c.begin(up())
	return c
}

func (c *processClock) begin(up int64) {
	c.boot, c.began, c.behind = bootID(rand.Text()), up, c.wall()-up
}

func (c *processClock) Wall() int64 { return c.wall() }

// Boot looks for a gap first. A clock set forward is taken for one, too: the boot ends earlier than it must, no more.
func (c *processClock) Boot() (id string, mono int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	up := c.up()
	behind := c.wall() - up
	if behind-c.behind > clock.MaxDrift {
		c.begin(up)
	}
	c.behind = min(c.behind, behind)
	return c.boot, up - c.began
}
