package tally

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"roadbook/sync/clock"
	"roadbook/sync/merge"
)

// Baseline is an imported number of a period within one month: all that happened at a unit and below. Where a baseline
// stands, its number takes the place of what was observed there on those days; see StandingIn.
type Baseline struct {
	Unit     string
	Measure  string // with its dimension
	From, To clock.Day
	Number   int64
}

// Baselines have sums of their own, on the last day of the period: "baseline@20190601:accident_counted" is the number, and
// "baseline_given@20190601:accident_counted" says that there is one, because a sum of 0 cannot be told from none. No
// catalogue has an "@" in the name of a measure.
const (
	numberPrefix = "baseline@"
	givenPrefix  = "baseline_given@"
)

// IsBaseline reports whether a sum belongs to a baseline, and so to no measure of a catalogue.
func IsBaseline(sum string) bool {
	return len(sum) > len(numberPrefix) && sum[0] == numberPrefix[0] && // fast, because nearly all sums are of other measures
		(strings.HasPrefix(sum, numberPrefix) || strings.HasPrefix(sum, givenPrefix))
}

// BaselinesAmong returns of the names of sums those that belong to baselines, and the measures of the baselines.
func BaselinesAmong(sums map[string]int64) (names, measures []string) {
	for name := range sums {
		rest, given := strings.CutPrefix(name, givenPrefix)
		if !given && !strings.HasPrefix(name, numberPrefix) {
			continue
		}
		names = append(names, name)
		if _, measure, ok := strings.Cut(rest, ":"); given && ok {
			measures = append(measures, measure)
		}
	}
	slices.Sort(names)
	slices.Sort(measures)
	return names, slices.Compact(measures)
}

// countBaseline: a baseline counts if the catalogue has the measure, and if a dimension is given exactly for a divided
// measure.
func (c *Counter) countBaseline(v *merge.View) []Contribution {
	name, _ := v.Fields.Get("measure")
	number, _ := v.Fields.Get("number")
	from, begins := v.Fields.Get("period_from")
	to, ends := v.Fields.Get("period_to")
	base, value, divided := strings.Cut(name.S, ":")
	m := c.measures[base]
	if !begins || !ends || m == nil || m.Divided != divided || divided && value == "" {
		return nil
	}
	day, period := dayAt(to.I), strconv.FormatInt(int64(dayAt(from.I)), 10)+":"+name.S
	given := Contribution{day, givenPrefix + period, 1}
	if number.I == 0 {
		return []Contribution{given}
	}
	return []Contribution{{day, numberPrefix + period, number.I}, given}
}

// BaselineOf reads a baseline from the contributions of its record.
func BaselineOf(unit string, cs []Contribution) (b Baseline, ok bool) {
	rows := make([]Sum, 0, len(cs))
	for _, c := range cs {
		rows = append(rows, Sum{unit, c.Day, c.Measure, c.Amount})
	}
	all := readBaselines(rows)
	if len(all) != 1 {
		return Baseline{}, false
	}
	return all[0], true
}

// readBaselines reads the baselines among sums by unit and day. Of baselines that HQ separated from one another the sums
// are one, and so are they here.
func readBaselines(rows []Sum) (all []Baseline) {
	rows = ofBaselines(rows)
	numbers := map[Baseline]int64{} // by the baseline without its number
	for i := range rows {
		if b, ok := readBaseline(&rows[i], numberPrefix); ok {
			numbers[b] += rows[i].Amount
		}
	}
	for i := range rows {
		if b, ok := readBaseline(&rows[i], givenPrefix); ok && rows[i].Amount > 0 {
			b.Number = numbers[b]
			all = append(all, b)
		}
	}
	return all
}

func ofBaselines(rows []Sum) (some []Sum) {
	for i := range rows {
		if IsBaseline(rows[i].Measure) {
			some = append(some, rows[i])
		}
	}
	return some
}

// readBaseline reads all but the number. A period lies within one month (rule two_months of the kind).
func readBaseline(s *Sum, prefix string) (b Baseline, ok bool) {
	rest, ok := strings.CutPrefix(s.Measure, prefix)
	if !ok {
		return b, false
	}
	begin, measure, _ := strings.Cut(rest, ":")
	from, err := strconv.ParseInt(begin, 10, 32)
	b = Baseline{Unit: s.Unit, Measure: measure, From: clock.Day(from), To: s.Day}
	return b, err == nil && b.From <= b.To && monthOf(b.From) == monthOf(b.To)
}

func monthOf(d clock.Day) int { return int(d) / 100 }

// days is the length of the period.
func (b *Baseline) days() int { return int(b.To - b.From + 1) }

func (b *Baseline) overlaps(c *Baseline) bool { return b.From <= c.To && c.From <= b.To }

// compareRank: of two baselines for the same days the higher unit's goes before the lower unit's, the longer before the
// shorter, the later before the earlier.
func compareRank(a, b *ranked) int {
	return cmp.Or(cmp.Compare(len(a.chain), len(b.chain)), cmp.Compare(b.days(), a.days()), cmp.Compare(b.To, a.To), cmp.Compare(a.Unit, b.Unit))
}

// ranked is a baseline with the units from its own up to the root.
type ranked struct {
	Baseline
	chain []string
}
