package catalogue

import (
	"slices"
	"strings"
)

// LatestOf returns the latest version of each catalogue, by id, in the order of their names. Only these versions count.
func LatestOf(all []*Catalogue) (latest []*Catalogue) {
	best := map[string]*Catalogue{}
	for _, c := range all {
		if b := best[c.ID]; b == nil || c.Version > b.Version {
			best[c.ID] = c
		}
	}
	for _, c := range all {
		if best[c.ID] == c {
			latest = append(latest, c)
		}
	}
	slices.SortFunc(latest, byName)
	return latest
}

// CheckMeasuresAgree checks whether catalogues can count together: measures with the same name are the same in the
// latest versions of all catalogues. The error is Faults, one a measure, in the file of the second catalogue.
func CheckMeasuresAgree(all []*Catalogue) error {
	type first struct {
		by *Catalogue
		m  *Measure
	}
	seen := map[string]first{}
	var faults Faults
	for _, c := range LatestOf(all) {
		for _, m := range c.Measures {
			if f, ok := seen[m.Name]; ok && f.m.definition != m.definition {
				faults = append(faults, disagreement(c, f.by, m))
			} else if !ok {
				seen[m.Name] = first{c, m}
			}
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func disagreement(c, other *Catalogue, m *Measure) Fault {
	f := Fault{File: c.File, Line: m.line, Column: m.column, Code: FaultMeasure}
	f.Reason.ZH = "计量项 " + m.Name + " 与 " + other.Name() + " 中的同名计量项不同"
	f.Reason.EN = "the measure " + m.Name + " is another one than in " + other.Name()
	return f
}

func byName(a, b *Catalogue) int { return strings.Compare(a.Name(), b.Name()) }

// CheckAgainst checks whether a catalogue can count beside the latest versions of other catalogues. The error is Faults
// in the catalogue's own file.
func (c *Catalogue) CheckAgainst(others []*Catalogue) error {
	var faults Faults
	for _, m := range c.Measures {
		for _, o := range LatestOf(others) {
			if n, ok := o.measures[m.Name]; ok && o.ID != c.ID && n.definition != m.definition {
				faults = append(faults, disagreement(c, o, m))
				break
			}
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}
