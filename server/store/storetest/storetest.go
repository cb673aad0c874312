// Package storetest holds every store to the promises of its contract. It is one suite: sqlitestore,
// mongostore and faulty run it, each on databases of its own.
//
// It speaks to a store through the contract alone, with small records and with counting functions of its
// own, so that what it expects is computed here and not by the code that it tests.
package storetest

import (
	"testing"

	"roadbook/server/store"
)

// Harness gives the suite databases. Several tests call it at once.
type Harness struct {
	// Open opens a new, empty database and closes it when the test ends.
	Open func(t *testing.T) store.Store
	// Reopen closes s and opens the same database again.
	Reopen func(t *testing.T, s store.Store) store.Store
	// Beside opens the database of s a second time, as another server on it does, and closes it when the test
	// ends. nil: such a store serves one process; what the suite asks of two servers it then asks of two that
	// share the one handle.
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
	t.Run("Promises", func(t *testing.T) { // it waits for all of them
		for _, g := range groups {
			t.Run(g.name, func(t *testing.T) {
				t.Parallel() // what takes time is a disk that confirms
				for name, test := range g.tests {
					t.Run(name, func(t *testing.T) { test(t, h) })
				}
			})
		}
	})
}

// RunFollowed runs what the suite asks of a feed that is followed and never put back.
func RunFollowed(t *testing.T, h Harness) {
	t.Helper()
	for name, test := range feedTests {
		if name == "PutBackFromACopy" || name == "SameFrameAgain" {
			continue
		}
		t.Run(name, func(t *testing.T) { test(t, h) })
	}
}
