// Package storetest checks the promises of the contract on every store. It is one suite, run by sqlitestore,
// mongostore and faulty, each on databases of its own.
//
// The suite uses a store only through the contract, with small records and its own counting functions: expected
// values are computed here and not by the code under test.
package storetest

import (
	"testing"

	"roadbook/server/store"
)

// Harness opens databases for the suite. Several tests call it at once.
type Harness struct {
	// Open opens a new, empty database and closes it when the test ends.
	Open func(t *testing.T) store.Store
	// Reopen closes s and opens the same database again.
	Reopen func(t *testing.T, s store.Store) store.Store
	// Beside opens the database of s a second time, as another server does, and closes it when the test ends. nil: the
	// store serves one process; the suite's tests of two servers then share the one handle.
	Beside func(t *testing.T, s store.Store) store.Store
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	t.Helper()
	groups := []struct {
		name  string
		tests map[string]func(*testing.T, Harness)
	}{
		{"Frames", frameTests},
		{"Streams", streamTests},
		{"Records", recordTests},
		{"Groups", groupTests},
		{"Counting", countTests},
		{"Marks", markTests},
		{"Feed", feedTests},
		{"Quarantined", quarantineTests},
		{"Registry", registryTests},
		{"Side", sideTests},
		{"Batches", batchTests},
		{"Racers", racerTests},
		{"RegistryRacers", registryRacerTests},
		{"Duplicates", duplicateTests},
		{"TwoServers", serverTests},
		{"Deadlines", deadlineTests},
		{"PagesUnderWrites", pageTests},
		{"ErrorAfterLanding", landedTests},
		{"Reopen", reopenTests},
	}
	t.Run("Promises", func(t *testing.T) { // waits for all groups
		for _, g := range groups {
			t.Run(g.name, func(t *testing.T) {
				t.Parallel() // most of the time is a disk's sync
				for name, test := range g.tests {
					t.Run(name, func(t *testing.T) { test(t, h) })
				}
			})
		}
	})
}

// RunFollowed runs the feed tests that continue one database and never put back a copy.
func RunFollowed(t *testing.T, h Harness) {
	t.Helper()
	for name, test := range feedTests {
		if name == "PutBackFromACopy" || name == "SameFrameAgain" {
			continue
		}
		t.Run(name, func(t *testing.T) { test(t, h) })
	}
}
