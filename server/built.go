package main

import "time"

// release is the moment of the release, RFC 3339, where the build sets it: -ldflags "-X main.release=…". A commit's own
// date is no measure: it shows whatever the clock of its writer did, and a build need not know it.
var release string

// noSooner is a moment before which nobody can have built this source: its Go was not out. It is moved on with go.mod.
var noSooner = time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)

// built is a moment before which this program did not exist: a clock that shows an earlier one is wrong.
func built() time.Time {
	if at, err := time.Parse(time.RFC3339, release); err == nil && at.After(noSooner) {
		return at
	}
	return noSooner
}
