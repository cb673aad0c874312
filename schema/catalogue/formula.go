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
	Drop      = "drop"       // (base N − N) / base N, base = the same window one year earlier
	ShareDrop = "share_drop" // (base N / base D − N / D) / (base N / base D)
	Coverage  = "coverage"   // Σ passes × length of what was passed that day / (Shifts × Σ lengths in force each day)
	Latest    = "latest"     // N / D, each unit's as of its last day with an entry: a ratio with AggregateLatest
)

// The windows of formulas.
const (
	Flow  = "flow"  // 1 January to T
	Stock = "stock" // everything to T
	YoY   = "yoy"   // flow, beside the same window one year earlier
)

// How the sums of days become one number; "" adds them up.
const (
	AggregateDays     = "days"     // a level: what was added by a day holds on that day and after it; its days are added up
	AggregateLatest   = "latest"   // of each unit only its last day with an entry
	AggregateDistinct = "distinct" // how many dimensions of the denominator have a positive sum, and of these, of the numerator
)

// EachDimension after the name of a measure beside a value means every dimension of it: "facility_accepted:*".
const EachDimension = ":*"

// Formula says how a value is computed from sums of measures.
type Formula struct {
	Kind                   string
	Numerator, Denominator []Term // Sum and Drop have no denominator
	Divisor                int64  // the quotient is divided by it (3600000: milliseconds → hours); 1 if not said
	Percent                bool   // the value is × 100
	Window                 string
	Aggregate              string
	DatedBy                string   // AggregateLatest: the measure whose days count; "" = the denominator, else the numerator
	Closed                 string   // Coverage: the measure by segment and first day that says when that row of the ledger ended; may be ""
	Shifts                 int64    // Coverage: shifts a day
	Needs                  []string // measures that must be > 0 in the window, else the value is not computable
	Beside                 []string // measures shown beside the value; see EachDimension
}

// Term is one measure of a numerator or denominator, with its dimension after ":" where it has one.
type Term struct {
	Measure string
	Minus   bool // taken away
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

// String writes the term as the file has it.
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

// Measures are the names of all measures that the formula reads, with their dimensions, each once, in order.
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

// measureName is the name of a measure without its dimension.
func measureName(measure string) string {
	name, _, _ := strings.Cut(measure, ":")
	return name
}
