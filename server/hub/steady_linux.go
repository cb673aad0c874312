package hub

import (
	"time"

	"golang.org/x/sys/unix"
)

// steady is the time since the machine's start, sleep included, by a clock that is never set.
func steady() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return time.Since(began)
	}
	return time.Duration(t.Nano())
}

var began = time.Now()
