package reconcile

import (
	"runtime/debug"
	"slices"
	"strconv"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Finding is a row, a record, or a pair of both, with its class.
type Finding struct {
	Class       Class        `json:"class"`
	Row         int          `json:"row,omitempty"`
	Record      string       `json:"record,omitempty"`
	Unit        string       `json:"unit,omitempty"` // of the record, else of the row
	Day         string       `json:"day,omitempty"`
	Name        schema.Text  `json:"name"`            // in words, sensitive values masked
	Score       int          `json:"score,omitempty"` // of a pair: 50 to 100
	Words       schema.Text  `json:"words,omitzero"`  // the grounds
	Differences []Difference `json:"differences,omitempty"`
	There       int64        `json:"there"` // counted on either side
	Here        int64        `json:"here"`

	index int // of the row
}

// Scope is the year and unit of a comparison.
type Scope struct {
	Year int
	Unit string // "": all
}

// Compare pairs the rows of a table with the records here, and gives each a class. has tells the fields with a column there. Records
// that don't count in the scope are offered after the others. more returns the records outside of the scope that may be one thing
// with a row left over; nil: none. The order of the lists does not matter.
func Compare(kind *schema.Kind, s Scope, has func(string) bool, there, here []Entry, more func(rows []*Entry) ([]Entry, error)) ([]Finding, error) {
	m := &matcher{kind: kind, rules: rulesOf[kind.Name], has: has}
	for i := range there {
		there[i].prepare(kind)
	}
	for i := range here {
		here[i].prepare(kind)
	}
	m.there = sorted(there)
	all := sorted(here)
	counting := slices.DeleteFunc(slices.Clone(all), func(e *Entry) bool { return e.Standing != Counts })
	others := slices.DeleteFunc(slices.Clone(all), func(e *Entry) bool { return e.Standing == Counts })
	m.byKey(counting)
	m.near(counting)
	m.setTwinsAside()
	m.byKey(others)
	m.near(others)
	if rest := m.unmatched(); len(rest) > 0 && more != nil {
		outside, err := more(rest)
		if err != nil {
			return nil, err
		}
		for i := range outside {
			outside[i].prepare(kind)
		}
		m.byKey(sorted(outside))
		m.near(sorted(outside))
	}
	if len(there)+len(here) > manyEntries {
		debug.FreeOSMemory() // what the search took and needs no more: the findings come on top
	}
	return m.findings(s, counting), nil
}

// manyEntries are so many that their memory matters.
const manyEntries = 20_000

// findings are the pairs, then the rest of both sides.
func (m *matcher) findings(s Scope, counting []*Entry) []Finding {
	rest := append(m.unmatched(), m.twins...)
	// Never grown, not even by the faulty rows: a copy would double the memory.
	out := make([]Finding, 0, len(m.pairs)+len(rest)+len(counting)-matchedOf(counting)+mostFaults)
	for i := range m.pairs {
		out = append(out, m.pairFinding(s, &m.pairs[i]))
	}
	known := m.firstOfKeys()
	for _, t := range rest {
		f := Finding{
			Class: m.rowClass(s, t), Row: t.Row, Unit: t.Unit, Day: dayText(t), Name: m.nameOf(t), There: t.Amount, index: int(t.index),
		}
		if first := known[t.twinKey()]; first != nil && f.Class == OnlyThere {
			f.Class = TwiceThere
			f.Words = schema.Text{ZH: "与第 " + strconv.Itoa(first.Row) + " 行是同一件", EN: "the same as row " + strconv.Itoa(first.Row)}
		} else if f.Class == OnlyThere {
			known[t.twinKey()] = t
		}
		out = append(out, f)
	}
	for _, h := range counting {
		if h.matched {
			continue
		}
		f := Finding{Class: OnlyHere, Record: h.Record, Unit: h.Unit, Day: dayText(h), Name: m.nameOf(h), Here: h.Amount, index: -1}
		if h.Amount == 0 {
			f.Class, f.Words = Nothing, schema.Text{ZH: "此处指标不计，平台没有", EN: "outside the measure here, and not on the platform"}
		}
		out = append(out, f)
	}
	return out
}

func matchedOf(list []*Entry) (n int) {
	for _, e := range list {
		if e.matched {
			n++
		}
	}
	return n
}

// firstOfKeys are the paired rows by key.
func (m *matcher) firstOfKeys() map[digest]*Entry {
	known := map[digest]*Entry{}
	for i := range m.pairs {
		if t := m.pairs[i].there; !t.Cancelled {
			known[t.twinKey()] = t
		}
	}
	return known
}

// setTwinsAside keeps further rows of a paired row's key from pairing with a void record or a duplicate of the event.
func (m *matcher) setTwinsAside() {
	known := m.firstOfKeys()
	for _, t := range m.unmatched() {
		if known[t.twinKey()] != nil && !t.Cancelled {
			t.matched = true
			m.twins = append(m.twins, t)
		}
	}
}

// twinKey tells rows apart: the natural key, or all values where the key is unknown.
func (e *Entry) twinKey() digest {
	if e.key != (digest{}) {
		return e.key
	}
	return digestOf("", e.Record, e.Unit, string(e.packed), strconv.FormatBool(e.Cancelled))
}

func dayText(e *Entry) string {
	if e.Day == 0 {
		return ""
	}
	return e.Day.String()
}

// rowClass is the class of a row without a record.
func (m *matcher) rowClass(s Scope, t *Entry) Class {
	switch {
	case t.Cancelled:
		return Nothing
	case t.Day.Year() != s.Year:
		return OtherYearThere
	case s.Unit != "" && t.Unit != "" && t.Unit != s.Unit:
		return OtherUnitThere
	}
	return OnlyThere
}

func (m *matcher) pairFinding(s Scope, p *pair) Finding {
	t, h := p.there, p.here
	f := Finding{
		Row: t.Row, Record: h.Record, Score: p.score, Words: p.words, Differences: m.differences(t, h), There: t.Amount, Here: h.Amount, index: int(t.index),
	}
	if f.Class = m.pairClass(s, &f, t, h); f.Class == Equal {
		return f // counted, and not listed
	}
	f.Unit, f.Day, f.Name = h.Unit, dayText(t), m.nameOf(t)
	if h.Standing != Counts && h.Why != nil {
		f.Words = before(*h.Why, f.Words)
	}
	return f
}

func before(why, grounds schema.Text) schema.Text {
	return schema.Text{ZH: why.ZH + "；" + grounds.ZH, EN: why.EN + "; " + grounds.EN}
}

// pairClass is the class of a pair: a side that does not count comes before differences.
func (m *matcher) pairClass(s Scope, f *Finding, t, h *Entry) Class {
	switch {
	case t.Cancelled && f.Here != 0:
		return CancelledThere
	case t.Cancelled:
		return Nothing
	case h.Standing == OtherYear && t.Day.Year() != s.Year:
		return OtherYearThere
	case h.Standing != Counts:
		return ofStanding[h.Standing]
	case f.There != f.Here:
		if f.Here == 0 {
			f.Words = before(m.rules.outside(h), f.Words)
			return NotMeasured
		}
		f.Words = before(amountWords(f.There, f.Here), f.Words)
		return OtherAmount
	case len(f.Differences) > 0 || f.Score < fullScore && !m.sameByNumber(t, h):
		return Differs
	}
	return Equal
}

// sameByNumber reports whether a pair below the full score agrees nonetheless: the row has nothing to say about the key.
func (m *matcher) sameByNumber(t, h *Entry) bool { return t.key == (digest{}) || h.key == (digest{}) }

// in reports whether a day lies in the scope's year.
func (s Scope) in(d clock.Day) bool { return d.Year() == s.Year }
