//go:build killpoints

package localdb

import "roadbook/sync/simtest/killpoint" //nolint:depguard // a test program, by its tag

var killAt = killpoint.FromEnvironment()

func passing(step string, before bool) { killAt.Pass(step, before) }
