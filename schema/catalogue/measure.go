package catalogue

import (
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// Baseline is the kind whose records may name any measure: the field "number" takes the place of what was observed of the
// measure from "period_from" to "period_to". No part is needed.
const Baseline = "baseline"

// Measure is a named amount that records add to; each part covers the records of a kind.
type Measure struct {
	Name    string
	Label   schema.Text
	Unit    string // unit of measure, for display
	Divided bool   // has dimensions: the sums are called "name:VALUE"
	Parts   []*Part

	definition   string // text of the file: the same text is the same measure
	line, column int    // place in the file
	dimensions   map[string]schema.Text
}

// Part says what a record of a kind adds: if When holds, the whole number Add on the day At.
type Part struct {
	Measure        *Measure
	Kind           string
	When, Add, At  string   // CEL over the kind's fields and ExtraVars(Kind); "" = always, 1, occurred_at
	By             []string // fields whose values name the dimension; empty = no dimensions
	Dated          schema.Text
	when, add, day *schema.Condition
	constant       int64       // the amount, if Add is a number
	field          string      // set if At is just a field
	codes          []bool      // of each field of By: whether it holds a code
	fixedName      string      // the full name, if it does not depend on the record
	stepsLeft      schema.Text // the steps of the kind that follow the end of a measured time
	central        bool        // the records are the whole brigade\'s, not a unit\'s
	importedOnly   bool        // only imports bring such records
	periodic       bool        // a record tells of one period and of no later one
}

// dividedBy reports whether every part has n dimensions.
func (m *Measure) dividedBy(n int) bool {
	return !slices.ContainsFunc(m.Parts, func(p *Part) bool { return len(p.By) != n })
}

// hasCode reports whether the dimension at a place is a code in every part.
func (m *Measure) hasCode(at int) bool {
	return !slices.ContainsFunc(m.Parts, func(p *Part) bool { return at >= len(p.codes) || !p.codes[at] })
}

// Dimension returns the label of a dimension: the code's label if a code divides the measure, else the value itself.
func (m *Measure) Dimension(value string) schema.Text {
	if label, ok := m.dimensions[value]; ok {
		return label
	}
	if code, rest, ok := strings.Cut(value, ":"); ok {
		if label, ok := m.dimensions[code]; ok {
			return schema.Text{ZH: label.ZH + " " + rest, EN: label.EN + " " + rest}
		}
	}
	return schema.Text{ZH: value, EN: value}
}

// Applies reports whether a record counts for the part; vars are the kind's extra variables, see ExtraVars. An unknown
// answer does not count.
func (p *Part) Applies(v, vars schema.Values) bool {
	if p.when == nil {
		return true
	}
	yes, known := p.when.Bool(v, vars)
	return yes && known
}

// Amount returns the amount that the record adds; ok is false if the amount is unknown.
func (p *Part) Amount(v, vars schema.Values) (amount int64, ok bool) {
	if p.add == nil {
		return p.constant, true
	}
	return p.add.Int(v, vars)
}

// Day returns the day on which the record counts: Unix ms or yyyymmdd. given is false if the part gives no day (then the
// record's own day counts); ok is false if the day is unknown.
func (p *Part) Day(v, vars schema.Values) (at int64, given, ok bool) {
	switch {
	case p.At == "":
		return 0, false, true
	case p.day != nil:
		at, ok = p.day.Int(v, vars)
		return at, true, ok
	default:
		value, ok := v.Get(p.field)
		return value.I, true, ok
	}
}

// Name returns the name of the sum that the record adds to, with its dimension; ok is false if the dimension has no
// value.
func (p *Part) Name(v schema.Values) (name string, ok bool) {
	if p.fixedName != "" {
		return p.fixedName, true
	}
	name = p.Measure.Name
	for _, field := range p.By {
		value, ok := v.Get(field)
		if !ok {
			return "", false
		}
		if value.S != "" {
			name += ":" + value.S
		} else {
			name += ":" + strconv.FormatInt(value.I, 10)
		}
	}
	return name, true
}

// ExtraVars returns the variables that measures of a kind may use besides the kind's fields; package tally supplies
// their values. accident: deaths_7d (int, known deaths within 7 days of the accident) and dead_known (bool, whether the
// number of dead at the scene is known).
func ExtraVars(kind string) []schema.Var {
	if kind != "accident" {
		return nil
	}
	return []schema.Var{{Name: "deaths_7d", Type: schema.TypeInt}, {Name: "dead_known", Type: schema.TypeBool}}
}
