package catalogue

import "slices"

// ForYear returns the catalogue that answers for a year, nil if there is none. Published catalogues come before the
// program's own, later publications before earlier ones, and later versions before earlier ones.
func ForYear(all []*Catalogue, year int) (best *Catalogue) {
	for _, c := range all {
		if c.Year == year && (best == nil || c.supersedes(best)) {
			best = c
		}
	}
	return best
}

func (c *Catalogue) supersedes(other *Catalogue) bool {
	if c.Published != other.Published {
		return c.Published > other.Published
	}
	return c.Version > other.Version
}

// Current returns the catalogue that answers for the latest year, nil if there is none.
func Current(all []*Catalogue) *Catalogue {
	year := 0
	for _, c := range all {
		year = max(year, c.Year)
	}
	return ForYear(all, year)
}

// Years lists the years with a catalogue, sorted.
func Years(all []*Catalogue) (years []int) {
	for _, c := range all {
		if !slices.Contains(years, c.Year) {
			years = append(years, c.Year)
		}
	}
	slices.Sort(years)
	return years
}
