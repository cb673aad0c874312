package catalogue

import "sync"

// sample is an entry of least.yaml: a kind of which too small a part proves nothing.
type sample struct {
	Kind  string `yaml:"kind"`
	Unit  string `yaml:"unit"`
	Least int64  `yaml:"least"`
}

var samples = sync.OnceValue(func() []sample { return readOwn[sample]("least.yaml") })

// loadLeast checks the formula's own least number, or derives one from the kinds behind the formula's base.
func (l *loader) loadLeast(c *Catalogue, f *Formula, given *int64, path []any) {
	f.Least = c.leastOf(f)
	if given == nil {
		return
	}
	if f.Least = *given; *given < 1 || f.Kind == Sum {
		l.fail(FaultFormula, "least 为作判定所需的最少数，须为正整数，不用于 sum", "least is the least number for a verdict: 1 or more, and not of a sum",
			childPath(path, "least")...)
	}
}

// leastOf derives the least number: the largest sample among the dividing measures; 1 without a sample.
func (c *Catalogue) leastOf(f *Formula) int64 {
	terms, least := f.Denominator, int64(1)
	if f.Kind == Drop {
		terms = f.Numerator
	}
	for _, t := range terms {
		m, ok := c.MeasureOf(t.Measure)
		if !ok || f.Kind == Sum {
			continue
		}
		for _, p := range m.Parts {
			for _, s := range samples() {
				if s.Kind == p.Kind && s.Unit == m.Unit {
					least = max(least, s.Least)
				}
			}
		}
	}
	return least
}
