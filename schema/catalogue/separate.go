package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Clash is a measure that two catalogues define differently under one name.
type Clash struct {
	Measure string     // the common name, under which the keeper's records add up
	Keeper  *Catalogue // published before the other, or at all
	Other   *Catalogue // counts by its own definition, under a sum of its own
}

// Separate lets catalogues count together though measures of one name differ: both definitions count, each under a name of
// its own. The catalogue published first keeps the name, a published one before the program's; the other's measure becomes
// "name-id.version" wherever that catalogue reads it. Call Separate once, before the catalogues are used.
func Separate(all []*Catalogue) (clashes []Clash) {
	latest := LatestOf(all)
	slices.SortStableFunc(latest, byPublication)
	for i, c := range latest {
		for _, m := range slices.Clone(c.Measures) {
			if keeper := definedOtherwise(latest[:i], m); keeper != nil {
				clashes = append(clashes, Clash{m.Name, keeper, c})
				c.rename(m, m.Name+"-"+c.ID+"."+strconv.Itoa(c.Version))
			}
		}
	}
	return clashes
}

// byPublication puts published catalogues first, in the order of publication.
func byPublication(a, b *Catalogue) int {
	if (a.Published > 0) != (b.Published > 0) {
		return cmp.Compare(b.Published, a.Published)
	}
	return cmp.Compare(a.Published, b.Published)
}

// definedOtherwise returns the first catalogue with another measure of that name, nil if there is none.
func definedOtherwise(cats []*Catalogue, m *Measure) *Catalogue {
	for _, c := range cats {
		if n, ok := c.measures[m.Name]; ok && n.definition != m.definition {
			return c
		}
	}
	return nil
}

// rename gives a measure another name in the catalogue, its formulas included.
func (c *Catalogue) rename(m *Measure, name string) {
	was := m.Name
	delete(c.measures, was)
	m.Name, c.measures[name] = name, m
	for _, p := range m.Parts {
		if rest, ok := strings.CutPrefix(p.fixedName, was); ok {
			p.fixedName = name + rest
		}
	}
	renamed := func(full string) string {
		if measureName(full) == was {
			return name + strings.TrimPrefix(full, was)
		}
		return full
	}
	for _, f := range c.formulas() {
		f.renameMeasures(renamed)
	}
}

// formulas are the formulas of all rows and companions.
func (c *Catalogue) formulas() (all []*Formula) {
	for _, i := range c.indicators {
		if i.Formula != nil {
			all = append(all, i.Formula)
		}
		for _, co := range i.Companions {
			all = append(all, co.Formula)
		}
	}
	return all
}

func (f *Formula) renameMeasures(renamed func(string) string) {
	f.DatedBy, f.Closed = renamed(f.DatedBy), renamed(f.Closed)
	for _, terms := range [][]Term{f.Numerator, f.Denominator} {
		for i := range terms {
			terms[i].Measure = renamed(terms[i].Measure)
		}
	}
	for _, names := range [][]string{f.Needs, f.Beside} {
		for i := range names {
			names[i] = renamed(names[i])
		}
	}
}

// Together returns all catalogues of a server, the program's own first. Where HQ published a
// version of one of the program's catalogues, the program's versions from that number on are left out: under such a name
// observations and figures mean HQ's.
func Together(own, published []*Catalogue) (all []*Catalogue) {
	first := map[string]int{}
	for _, p := range published {
		if v, ok := first[p.ID]; !ok || p.Version < v {
			first[p.ID] = p.Version
		}
	}
	for _, c := range own {
		if v, ok := first[c.ID]; !ok || c.Version < v {
			all = append(all, c)
		}
	}
	return append(all, published...)
}
