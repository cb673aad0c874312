//go:build killpoints

package localdb

import "roadbook/sync/simtest/killpoint" //nolint:depguard // a test program, by its tag

// clockAhead is the wall clock's offset in ms, from the environment.
var clockAhead = killpoint.Shift().Milliseconds()

var killAt = killpoint.FromEnvironment()

func killPoint(step string, before bool) { killAt.Pass(step, before) }
