package tally

import (
	"slices"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
)

// Counter computes contributions by the latest versions of the catalogues. Many goroutines may share a Counter.
type Counter struct {
	version  string
	parts    map[string][]*catalogue.Part // by kind, in the order of the catalogues and their files
	measures map[string]*catalogue.Measure
}

// NewCounter makes a counter from the union of the measures of all catalogues, each in its latest version. Measures
// with the same name are the same in all catalogues, see catalogue.Separate; the first is taken: the program's own first,
// then the published in order of publication.
func NewCounter(cats ...*catalogue.Catalogue) *Counter {
	c := &Counter{parts: map[string][]*catalogue.Part{}, measures: map[string]*catalogue.Measure{}}
	latest := catalogue.LatestOf(cats)
	slices.SortStableFunc(latest, func(a, b *catalogue.Catalogue) int { return a.Published - b.Published })
	var names []string
	for _, cat := range latest {
		adds := false
		for _, m := range cat.Measures {
			adds = c.addMeasure(m) || adds
		}
		if adds {
			names = append(names, cat.Name())
		}
	}
	c.version = versionOf(names)
	return c
}

// addMeasure reports whether the measure is a new one.
func (c *Counter) addMeasure(m *catalogue.Measure) bool {
	if c.measures[m.Name] != nil {
		return false
	}
	c.measures[m.Name] = m
	for _, p := range m.Parts {
		c.parts[p.Kind] = append(c.parts[p.Kind], p)
	}
	return true
}

// Version names the rules and the catalogue versions with measures of their own: "rules-3+shunping-2020@2+yunchuan-2026@1".
// A catalogue without any, as a year's copy, changes no sum and no version.
func (c *Counter) Version() string { return c.version }

// mayCount reports whether records of a kind may add anything.
func (c *Counter) mayCount(kind string) bool {
	return kind == catalogue.Baseline || len(c.parts[kind]) > 0
}

// Contributions returns the amounts that a record adds to the sums of its unit. group holds the members of the record's
// group (nil or empty: the record is alone). A record that does not count adds nothing; a record that counts adds what
// merge.Counted makes of it. The record's own entry in the group may be missing or older than v; v itself is used instead.
func Contributions(c *Counter, v *merge.View, group []merge.Member) []Contribution {
	if !c.mayCount(v.Kind) {
		return nil
	}
	counted, ok := merge.Counted(v, group)
	if !ok {
		return nil
	}
	return c.Count(counted)
}

// Count returns the amounts that a record adds if it counts, by its fields and items as merge.Counted gives them. Amounts
// of 0 are left out, and each measure occurs once a day. The order is the order of the catalogue's measures.
func (c *Counter) Count(v *merge.View) []Contribution {
	if v.Void || !v.Complete() || v.Day == 0 {
		return nil
	}
	if v.Kind == catalogue.Baseline {
		return c.countBaseline(v)
	}
	parts := c.parts[v.Kind]
	if len(parts) == 0 {
		return nil
	}
	vars := extraVars(v)
	var out []Contribution
	for _, p := range parts {
		contribution, ok := contributionOf(p, v, vars)
		if !ok {
			continue
		}
		if out == nil {
			out = make([]Contribution, 0, len(parts))
		}
		out = addContribution(out, contribution)
	}
	return out
}

// contributionOf returns the amount that a record adds to a part of a measure.
func contributionOf(p *catalogue.Part, v *merge.View, vars schema.Values) (Contribution, bool) {
	if !p.Applies(v.Fields, vars) {
		return Contribution{}, false
	}
	name, named := p.Name(v.Fields)
	at, given, dated := p.Day(v.Fields, vars)
	amount, known := p.Amount(v.Fields, vars)
	if !named || !dated || !known || amount == 0 {
		return Contribution{}, false
	}
	day := v.Day
	if given {
		day = dayAt(at)
	}
	return Contribution{day, name, amount}, true
}

// lastDay is 9999-12-31. As Unix ms the number would lie on 2 January 1970, before any counted moment.
const lastDay = 99991231

// dayAt reads a day as parts of measures give it: yyyymmdd, or Unix ms.
func dayAt(n int64) clock.Day {
	if 0 < n && n <= lastDay {
		return clock.Day(n)
	}
	return clock.DayOf(n)
}

// addContribution adds c to the record's contributions so far.
func addContribution(out []Contribution, c Contribution) []Contribution {
	for i := range out {
		if out[i].Day != c.Day || out[i].Measure != c.Measure {
			continue
		}
		if out[i].Amount += c.Amount; out[i].Amount == 0 {
			return slices.Delete(out, i, i+1)
		}
		return out
	}
	return append(out, c)
}

// extraVars returns the values of catalogue.ExtraVars for the kind.
func extraVars(v *merge.View) schema.Values {
	if v.Kind != "accident" {
		return nil
	}
	deaths, known := Deaths(v)
	isKnown := schema.Value{Type: schema.TypeBool}
	if known {
		isKnown.I = 1
	}
	return schema.Values{ // sorted by name
		{Name: "dead_known", Value: isKnown},
		{Name: "deaths_7d", Value: schema.Value{Type: schema.TypeInt, I: deaths}},
	}
}
