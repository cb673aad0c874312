//go:build killpoints

package localdb

import "roadbook/sync/simtest/killpoint" //nolint:depguard // a test program, by its tag

// clockAhead is by how many ms the wall clock is off, by what the environment says.
var clockAhead = killpoint.Shift().Milliseconds()

var killAt = killpoint.FromEnvironment()

func killPoint(step string, before bool) { killAt.Pass(step, before) }
