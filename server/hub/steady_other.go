//go:build !linux

package hub

import "time"

// steady is the time since the program began by a clock that nobody sets.
func steady() time.Duration { return time.Since(began) }

var began = time.Now()
