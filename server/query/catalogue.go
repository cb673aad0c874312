package query

import "roadbook/schema/catalogue"

// Catalogue returns the catalogue version behind the Indicators of a year. It refuses a year without a catalogue.
func (q *Query) Catalogue(year int) (*catalogue.Catalogue, error) {
	if cat := q.catalogueOf(year); cat != nil {
		return cat, nil
	}
	return nil, badRequest("没有该年度的目录", "there is no catalogue for that year")
}
