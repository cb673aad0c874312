package catalogue

import (
	"slices"
	"strings"
)

// The kinds of formulas. N and D are the numerator and the denominator over the window.
const (
	Sum       = "sum"        // N / Divisor
	Mean      = "mean"       // N / D / Divisor
	Ratio     = "ratio"      // N / D
	Drop      = "drop"       // (base N − N) / base N, base = the same window a year earlier
	ShareDrop = "share_drop" // (base N / base D − N / D) / (base N / base D)
	Coverage  = "coverage"   // Σ passes × length of the segment that day / (Shifts × Σ lengths in force each day)
	Latest    = "latest"     // N / D, each unit's as of its last day with an entry: a ratio with AggregateLatest
)

// The windows of formulas.
const (
	Flow  = "flow"  // 1 January to T
	Stock = "stock" // everything to T
	YoY   = "yoy"   // flow, beside the same window a year earlier
)

// How the sums of days become a single number; "" adds them up.
const (
	AggregateDays     = "days"     // a level: an amount added on a day holds from that day on; the levels of all days are added up
	AggregateLatest   = "latest"   // only each unit's last day with an entry
	AggregateDistinct = "distinct" // dimensions of the denominator with a positive sum, and how many of these the numerator has
	AggregateStates   = "states"   // days on which things are in a state: of the states that hold, the one that began last
	AggregateReached  = "reached"  // dimensions of the denominator with a positive sum, and how many of these sums the numerator reaches
)

// EachDimension after the name of a measure in Beside means each dimension of the measure: "facility_accepted:*".
const EachDimension = ":*"

// Formula computes a value from sums of measures.
type Formula struct {
	Kind                   string
	Numerator, Denominator []Term // Sum and Drop have no denominator
	Divisor                int64  // divides the quotient (3600000: milliseconds → hours); 1 if not given
	Percent                bool   // the value is × 100
	Window                 string // as computed: Flow where the file says Stock of what units report by period, see windowOf
	Aggregate              string
	DatedBy                string   // the measure whose days count. AggregateLatest: "" = the denominator, else the numerator; AggregateReached: divided as the numerator
	Closed                 string   // measure that dates ends: Coverage: by segment and first day, may be ""; AggregateStates: by state, first day and thing
	States                 []string // AggregateStates: all states; of those that begin on one day the first holds
	Shifts                 int64    // Coverage: shifts a day
	Needs                  []string // measures that must be > 0 in the window, else the value is not computable
	Beside                 []string // measures shown beside the value; see EachDimension
	Least                  int64    // the least denominator (of a drop: base) for a verdict; 1 = any
	WholeOnly              bool     // numerator and denominator have different owners: one unit has no value
}

// Term is a measure of a numerator or denominator, with its dimension after ":" if divided.
type Term struct {
	Measure string
	Minus   bool // subtracted
	Before  bool // over all days before the window's year instead of the window
}

// Terms of the file: "m", "-m", "m@before".
const before = "@before"

func parseTerm(s string) Term {
	t := Term{Measure: s}
	t.Measure, t.Minus = strings.CutPrefix(t.Measure, "-")
	t.Measure, t.Before = strings.CutSuffix(t.Measure, before)
	return t
}

// String writes the term in the form of the file.
func (t Term) String() string {
	s := t.Measure
	if t.Minus {
		s = "-" + s
	}
	if t.Before {
		s += before
	}
	return s
}

// Measures returns the names of all measures read by the formula, with their dimensions, each once, in order.
func (f *Formula) Measures() (names []string) {
	add := func(name string) {
		if name = strings.TrimSuffix(name, EachDimension); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, terms := range [][]Term{f.Numerator, f.Denominator} {
		for _, t := range terms {
			add(t.Measure)
		}
	}
	for _, more := range [][]string{{f.DatedBy, f.Closed}, f.Needs, f.Beside} {
		for _, name := range more {
			add(name)
		}
	}
	return names
}

// measureName returns the name of a measure without its dimension.
func measureName(measure string) string {
	name, _, _ := strings.Cut(measure, ":")
	return name
}
