package recounttest

import (
	"cmp"
	"slices"

	"roadbook/server/demo/truth"
)

// scope is the subject of an answer: all units, a single unit, or a unit with all units below.
type scope struct {
	*Counted
	unit    string // "": all
	subtree bool   // the unit with all units below
}

// of is the scope of an answer about a unit ("": about all).
func (n *Counted) of(unit string) scope {
	subtree := slices.ContainsFunc(n.entries(), func(e entry) bool { return unit != "" && e.parent == unit })
	return scope{n, unit, subtree && unit != "hq"}
}

func (s scope) holds(unit string, day int) bool {
	switch {
	case s.unit == "":
		return true
	case s.subtree:
		return slices.Contains(s.chain(unit, day), s.unit)
	}
	return s.unit == unit
}

// entry is a row of the register of units.
type entry struct {
	code, parent string
	from         int
}

func (n *Counted) entries() (all []entry) {
	for _, r := range n.records {
		if r.kind == "unit_entry" {
			all = append(all, entry{r.fields["code"], r.fields["parent"], int(number(r.fields["from_day"]))})
		}
	}
	return all
}

// parent is the unit above in the month of a day, by the register of the month's last day; before the first row, by the first row.
func (n *Counted) parent(unit string, day int) string {
	var first, now entry
	for _, e := range n.entries() {
		if e.code != unit {
			continue
		}
		if first.code == "" || e.from < first.from {
			first = e
		}
		if e.from/100 <= day/100 && e.from > now.from {
			now = e
		}
	}
	if now.code == "" {
		now = first
	}
	return now.parent
}

// chain is a unit and all units above.
func (n *Counted) chain(unit string, day int) []string {
	top := n.climb("hq", day)
	up := n.climb(unit, day)
	if root := top[len(top)-1]; up[len(up)-1] != root {
		up = append(up, root)
	}
	return up
}

func (n *Counted) climb(unit string, day int) []string {
	up := []string{unit}
	for p := n.parent(unit, day); p != "" && !slices.Contains(up, p); p = n.parent(p, day) {
		up = append(up, p)
	}
	return up
}

// baseline is an imported number.
type baseline struct {
	unit, measure string
	from, to      int
	number        int64
}

func (b *baseline) covers(day int) bool { return b.from <= day && day <= b.to }

// standing lists the baselines standing in a window for a measure and the scope.
func (s scope) standing(measure string, from, to truth.Day) (out []baseline) {
	var all []baseline
	for _, r := range s.records {
		f := r.fields
		if r.kind != "baseline" || f["measure"] != measure || !isMeasure(measure) {
			continue
		}
		b := baseline{f["unit"], measure, int(number(f["period_from"])), int(number(f["period_to"])), number(f["number"])}
		inside := int(from) <= b.from && b.to <= int(to) || !s.crowd.has(WholePeriods) && int(from) <= b.from && b.from <= int(to)
		if inside && s.holds(b.unit, b.to) {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b baseline) int {
		height, length := 0, 0
		if s.crowd.has(CountyFirst) {
			height = cmp.Compare(s.height(&a), s.height(&b))
		}
		if s.crowd.has(LongestFirst) {
			length = cmp.Compare(b.to-b.from, a.to-a.from)
		}
		return cmp.Or(height, length, cmp.Compare(b.to, a.to), cmp.Compare(a.unit, b.unit))
	})
	for _, b := range all {
		falls := slices.ContainsFunc(out, func(o baseline) bool {
			return o.from <= b.to && b.from <= o.to && s.above(o.unit, b.unit, b.to)
		})
		if !falls {
			out = append(out, b)
		}
	}
	return out
}

// height counts the units above a baseline's.
func (s scope) height(b *baseline) int {
	if s.unit != "" && !s.subtree {
		return 0
	}
	return len(s.chain(b.unit, b.to))
}

// above reports whether upper is the unit itself or stands above.
func (s scope) above(upper, unit string, day int) bool {
	if s.unit != "" && !s.subtree {
		return upper == unit
	}
	return slices.Contains(s.chain(unit, day), upper)
}

// rows are the counting sums of a measure in a window, by unit and day.
func (s scope) rows(measure string, from, to truth.Day) map[SumKey]int64 {
	standing := s.standing(measure, from, to)
	if !s.crowd.has(Replacing) {
		standing = nil
	}
	out := map[SumKey]int64{}
	for key, n := range s.byMeasure()[measure] {
		if key.Day < int(from) || key.Day > int(to) || !s.holds(key.Unit, key.Day) {
			continue
		}
		held := slices.ContainsFunc(standing, func(b baseline) bool { return b.covers(key.Day) && s.above(b.unit, key.Unit, key.Day) })
		if !held {
			out[key] += n
		}
	}
	for _, b := range standing {
		out[SumKey{b.unit, b.to, measure}] += b.number
	}
	return out
}

func (s scope) sum(measure string, from, to truth.Day) (n int64) {
	for _, amount := range s.rows(measure, from, to) {
		n += amount
	}
	return n
}

// byMeasure holds the sums by measure.
func (n *Counted) byMeasure() map[string]map[SumKey]int64 {
	if n.measures == nil {
		n.measures = map[string]map[SumKey]int64{}
		for key, amount := range n.Sums {
			if n.measures[key.Measure] == nil {
				n.measures[key.Measure] = map[SumKey]int64{}
			}
			n.measures[key.Measure][key] = amount
		}
	}
	return n.measures
}

// latest adds up a measure over the units, of each unit on the last day with an amount of datedBy.
func (s scope) latest(measure, datedBy string, from, to truth.Day) (n int64) {
	last := map[string]int{}
	for key, amount := range s.rows(datedBy, from, to) {
		if amount != 0 {
			last[key.Unit] = max(last[key.Unit], key.Day)
		}
	}
	for key, amount := range s.rows(measure, from, to) {
		if last[key.Unit] == key.Day {
			n += amount
		}
	}
	return n
}

// plainMeasures are measures for baselines; dividedMeasures are too, and take a dimension.
var (
	plainMeasures = []string{
		"incident_dispatch_ms", "incident_dispatched", "accident_counted", "accident_deaths", "hit_and_run_opened", "enforcement_on_site",
		"enforcement_off_site", "violations_highway", "congestion_all", "congestion_congested", "congestion_smooth", "plate_sets",
	}
	dividedMeasures = []string{"business_count", "reported", "survey_vehicle_valid", "certificates_issued"}
)

func isMeasure(name string) bool {
	base, dimension, divided := cutName(name)
	return !divided && slices.Contains(plainMeasures, base) || divided && dimension != "" && slices.Contains(dividedMeasures, base)
}
