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

// Harness gives the suite databases.
type Harness struct {
	// Open opens a new, empty database and closes it when the test ends.
	Open func(t *testing.T) store.Store
	// Reopen closes s and opens the same database again.
	Reopen func(t *testing.T, s store.Store) store.Store
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
		{"Held", heldTests},
		{"Registry", registryTests},
		{"Batches", batchTests},
		{"Reopen", reopenTests},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for name, test := range g.tests {
				t.Run(name, func(t *testing.T) { test(t, h) })
			}
		})
	}
}
