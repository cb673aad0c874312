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

// catalogueOf returns the catalogue for a year, or nil.
func (q *Query) catalogueOf(year int) *catalogue.Catalogue {
	return catalogue.ForYear(q.inForce.Load().all, year)
}

// Catalogue returns the catalogue version behind the Indicators of a year. It refuses a year without a catalogue.
func (q *Query) Catalogue(year int) (*catalogue.Catalogue, error) {
	if cat := q.catalogueOf(year); cat != nil {
		return cat, nil
	}
	return nil, badRequest("没有该年度的目录", "there is no catalogue for that year")
}

// Years returns the years with a catalogue, sorted.
func (q *Query) Years() []int { return catalogue.Years(q.inForce.Load().all) }

// Known is what a server tells devices of the catalogues in force.
type Known struct {
	Names []string // of the versions, the counting one first
}

// Always is Known that never changes.
func Always(names ...string) func() Known { return func() Known { return Known{Names: names} } }
