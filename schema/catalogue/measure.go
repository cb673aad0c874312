package catalogue

import (
	"strconv"

	"roadbook/schema"
)

// Baseline is the kind whose records feed every measure: the field "measure" names it, "number" is the amount and
// "period_to" the day. It needs no part.
const Baseline = "baseline"

// Measure is what records add to a sum: each of its parts what the records of one kind do.
type Measure struct {
	Name    string
	Label   schema.Text
	Unit    string // of the sum, for display
	Divided bool   // it has dimensions: the sums are called "name:VALUE"
	Parts   []*Part

	definition   string // as the file has it: the same text is the same measure
	line, column int    // where
	dimensions   map[string]schema.Text
}

// Part is what a record of one kind adds: where When holds, the whole number Add on the day At.
type Part struct {
	Measure        *Measure
	Kind           string
	When, Add, At  string   // CEL over the kind's fields and Vars(Kind); "" = always, 1, occurred_at
	By             []string // fields: the amount goes to the measure's dimension of their values; none = it has no dimensions
	Dated          schema.Text
	when, add, day *schema.Condition
	constant       int64  // the amount, where Add is a number
	field          string // where At is just a field
	fixedName      string // the name in full, where it does not depend on the record
	importedOnly   bool   // counts that only an import brings
}

// Dimension is what a dimension of the measure is called: the code's name where a code divides it, else the value.
func (m *Measure) Dimension(value string) schema.Text {
	if label, ok := m.dimensions[value]; ok {
		return label
	}
	return schema.Text{ZH: value, EN: value}
}

// Applies reports whether a record counts for the part; vars are the kind's extra variables (see Vars).
// What is not known does not count.
func (p *Part) Applies(v, vars schema.Values) bool {
	if p.when == nil {
		return true
	}
	yes, known := p.when.Bool(v, vars)
	return yes && known
}

// Amount is what the record adds; ok is false where that is not known.
func (p *Part) Amount(v, vars schema.Values) (amount int64, ok bool) {
	if p.add == nil {
		return p.constant, true
	}
	return p.add.Int(v, vars)
}

// Day says when the record counts: Unix ms or yyyymmdd. said is false where the part says nothing (then it is the record's
// own day); ok is false where the day is not known.
func (p *Part) Day(v, vars schema.Values) (at int64, said, ok bool) {
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

// Name is the name under which the record is added up, with its dimension; ok is false where that has no value.
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

// ExtraVars returns the variables that measures of a kind may use besides its fields; tally supplies their values.
// accident: deaths_7d (int, persons dead within 7 days of the accident, as far as known) and
// dead_known (bool, whether the number of dead at the scene is known).
func ExtraVars(kind string) []schema.Var {
	if kind != "accident" {
		return nil
	}
	return []schema.Var{{Name: "deaths_7d", Type: schema.TypeInt}, {Name: "dead_known", Type: schema.TypeBool}}
}
