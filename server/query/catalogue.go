package query

import "roadbook/schema/catalogue"

// Catalogue returns the version that Indicators of a year are computed by. A year without one is refused.
func (q *Query) Catalogue(year int) (*catalogue.Catalogue, error) {
	if cat := q.catalogueOf(year); cat != nil {
		return cat, nil
	}
	return nil, badRequest("没有该年度的目录", "there is no catalogue for that year")
}
