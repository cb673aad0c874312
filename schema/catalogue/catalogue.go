// Package catalogue holds what is measured: a year's projects with budgets, plans and indicators, their literal
// targets, and the measures that records contribute to, as data with CEL conditions.
//
// It promises: facts come back verbatim (typing errors of the source included), amounts and values as exact decimal
// strings; every fault of a file is reported with file, line and column, a code and a reason in Chinese and English;
// a loaded catalogue never changes.
package catalogue

import (
	"strconv"

	"roadbook/schema"
)

// Catalogue is one immutable version of a year's targets.
type Catalogue struct {
	ID         string // "shunping-2020"
	Version    int
	Year       int
	LegalBasis string   // the same for every row
	PlanPoints []string // the source's names of the checkpoints
	Units      []BudgetUnit
	Department Department
	Projects   []*Project // by No
	Measures   []*Measure // in the order of the file
	Digest     string     // SHA-256 of the file, hex

	indicators []*Indicator
	byID       map[string]*Indicator
	measures   map[string]*Measure
	byKind     map[string][]*Measure
}

// BudgetUnit is a unit of the budget: not a unit in the field.
type BudgetUnit struct{ Code, Name string }

// Department is the department as a whole.
type Department struct {
	Name, Division, Slogan, OverallGoal string
	Currency                            string       // 元
	BudgetTotal                         string       // decimal: the sum of the projects
	Targets                             []*Indicator // D-1, D-2
	BusinessLines                       []string
	SubGoals                            []SubGoal
	Safeguards                          []Safeguard
}

// SubGoal is a part of the overall goal and its items.
type SubGoal struct {
	Name  string
	Items []string
}

// Safeguard is a measure that supports the goals and the systems it names.
type Safeguard struct {
	Name    string
	Systems []string
	Text    string
}

// Project is one budget project.
type Project struct {
	No               int
	Code, Name, Unit string // Unit: code of the budget unit
	Budget           Budget
	Plan             []string // cumulative % of the budget at each of the catalogue's PlanPoints, decimal
	Purpose          string
	Goals            []string
	Rows             []*Indicator
}

// Budget is an amount in 元 as decimal strings with two places; Other is nil where the source is empty.
type Budget struct {
	Total, Fiscal string
	Other         *string
}

// Indicator is one row: what is wanted (literal, unchangeable) and how it is computed.
type Indicator struct {
	ID, Project            string // "P1-1"; Project is the project's code, "" for the department's
	L1, L2, L3, Desc, Name string // levels and description, verbatim; Name = L3, or the raw target of the department's
	Target                 Target
	Intent                 *Intent  // nil until HQ confirms one
	Formula                *Formula // nil = not built yet
}

// Target is the literal target. Op is "≥", "≤", "<", ">" or "" where the source gives none; Value is a decimal.
type Target struct {
	Raw, Op, Value, Unit string
	YoY                  bool // the source compares with the year before
}

// Intent is what HQ confirmed the target to mean.
type Intent struct{ Direction, Op, Value, By, At string }

// The kinds of formulas.
const (
	Sum   = "sum"   // Σ numerator / Divisor
	Mean  = "mean"  // Σ numerator / Σ denominator / Divisor
	Ratio = "ratio" // Σ numerator / Σ denominator
	Drop  = "drop"  // (base − cur) / base of the numerator, base = the same window one year earlier
)

// The windows of formulas.
const (
	Flow  = "flow"  // 1 January to T by occurred_at
	Stock = "stock" // the state at T
	YoY   = "yoy"   // flow, beside the same window one year earlier
)

// Formula says how an indicator is computed from sums of measures.
type Formula struct {
	Kind                   string
	Numerator, Denominator string // names of measures; Sum and Drop use Numerator only
	Divisor                int64  // the quotient is divided by it (3600000: milliseconds → hours); 1 if not said
	Percent                bool   // the value is × 100
	Window                 string
	Beside                 []string // measures shown beside the value
}

// Measure is what a record of one kind adds to a sum: where When holds, the whole number Add.
type Measure struct {
	Name, Kind string
	Label      schema.Text
	Unit       string // of the sum, for display
	When, Add  string // CEL over the kind's fields and Vars(Kind)

	when, add *schema.Condition
}

// Name is how an observation names this version: "shunping-2020@1".
func (c *Catalogue) Name() string { return c.ID + "@" + strconv.Itoa(c.Version) }

// Indicator returns an indicator by its row id.
func (c *Catalogue) Indicator(id string) (*Indicator, bool) {
	i, ok := c.byID[id]
	return i, ok
}

// Indicators returns every indicator: the rows of the projects in order, then the department's.
func (c *Catalogue) Indicators() []*Indicator { return c.indicators }

// Measure returns a measure by name.
func (c *Catalogue) Measure(name string) (*Measure, bool) {
	m, ok := c.measures[name]
	return m, ok
}

// MeasuresOf returns the measures that records of a kind contribute to, in the order of the file.
func (c *Catalogue) MeasuresOf(kind string) []*Measure { return c.byKind[kind] }

// Amount is what a record with values v adds; vars are the kind's extra variables (see Vars).
// ok is false where When does not hold or is not known: the record then adds nothing.
func (m *Measure) Amount(v, vars schema.Values) (amount int64, ok bool) {
	if yes, known := m.when.Bool(v, vars); !yes || !known {
		return 0, false
	}
	return m.add.Int(v, vars)
}

// Vars returns the variables that measures of a kind may use besides its fields; tally supplies their values.
// accident: deaths_7d (int, persons dead within 7 days of the accident, as far as known) and
// dead_known (bool, whether the number of dead at the scene is known).
func Vars(kind string) []schema.Var {
	if kind != "accident" {
		return nil
	}
	return []schema.Var{{Name: "deaths_7d", Type: schema.TypeInt}, {Name: "dead_known", Type: schema.TypeBool}}
}
