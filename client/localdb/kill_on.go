//go:build killpoints

package localdb

import "roadbook/sync/simtest/killpoint"

var killAt = killpoint.FromEnvironment()

func passing(step string, before bool) { killAt.Pass(step, before) }
