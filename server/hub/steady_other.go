//go:build !linux

package hub

import "time"

// steady is the time since the program's start, by a clock that is never set.
func steady() time.Duration { return time.Since(began) }

var began = time.Now()
