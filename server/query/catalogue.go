package query

import (
	"roadbook/schema/catalogue"
	"roadbook/sync/tally"
)

// inForce holds the catalogues behind the answers.
type inForce struct {
	all     []*catalogue.Catalogue
	counter *tally.Counter
}

// SetCatalogues replaces the catalogues behind the answers, and the counter of the stored sums.
func (q *Query) SetCatalogues(all []*catalogue.Catalogue, counter *tally.Counter) {
	q.inForce.Store(&inForce{all, counter})
}

func (q *Query) counter() *tally.Counter { return q.inForce.Load().counter }

// Known is what a server tells devices of the catalogues in force.
type Known struct {
	Names []string // of the versions, the counting one first
}

// Always is Known that never changes.
func Always(names ...string) func() Known { return func() Known { return Known{Names: names} } }
