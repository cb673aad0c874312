// Package catalogue holds a year's projects with budgets, plans and indicators, their literal targets, and the measures
// that records contribute to, as data with CEL conditions.
//
// The package promises: facts come back verbatim (typing errors of the target document included); amounts and values
// are exact decimal strings; every fault of a file is reported with file, line and column, a code and a reason in
// Chinese and English; a loaded catalogue never changes. For the origin of targets and formulas see
// schema/DOMAIN.md#target-document and schema/DOMAIN.md#indicators.
package catalogue

import (
	"slices"
	"strconv"

	"roadbook/schema"
)

// Catalogue is an immutable version of a year's targets.
type Catalogue struct {
	ID         string // "shunping-2020"
	Version    int
	Year       int
	LegalBasis string   // the same for every row
	PlanPoints []string // the target document's names of the checkpoints
	Units      []BudgetUnit
	Department Department
	Projects   []*Project // by No
	Measures   []*Measure // in the order of the file
	Demo       bool       // demo data: every page and export says so
	File       string     // name of the loaded file, as faults give it
	Digest     string     // SHA-256 of the file, hex
	Published  int        // order of publication on the server, from 1; 0 = embedded in the program

	carried    map[string]int // year by item, see CarriedFrom
	indicators []*Indicator
	byID       map[string]*Indicator
	companions map[string]*Companion
	measures   map[string]*Measure
	findings   []Finding
}

// BudgetUnit is a unit of the budget, not a field unit.
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
	CarriedFrom                         int // year of the goals; 0: the catalogue's own
}

// SubGoal is a part of the overall goal, with its items.
type SubGoal struct {
	Name  string
	Items []SubGoalItem
}

// SubGoalItem is an item, verbatim, and the evidence for it: either rows and companions, or a text that HQ writes
// (Narrative).
type SubGoalItem struct {
	Text       string   `yaml:"text"`
	MeasuredBy []string `yaml:"measured_by"` // ids of rows and companions
	Narrative  bool     `yaml:"narrative"`
}

// Safeguard is a supporting step with the systems named in it.
type Safeguard struct {
	Name    string
	Systems []string
	Text    string
}

// Project is a budget project.
type Project struct {
	No               int
	Code, Name, Unit string // Unit: code of the budget unit
	Budget           Budget
	Plan             []string // cumulative % of the budget at each of the catalogue's PlanPoints, decimal
	Purpose          string
	Goals            []string
	Rows             []*Indicator
	CarriedFrom      int // year of the budget and the plan; 0: the catalogue's own
}

// Budget is an amount in 元 as decimal strings with two places; Other is nil if the target document leaves it empty.
type Budget struct {
	Total, Fiscal string
	Other         *string
}

// Indicator is a row: its target (literal, unchangeable) and its formula.
type Indicator struct {
	ID, Project            string // "P1-1"; Project is the project's code, "" for the department's
	L1, L2, L3, Desc, Name string // levels and description, verbatim; Name = L3, or the raw target of the department's
	Target                 Target
	Intent                 *Intent  // nil until HQ confirms an intent
	Formula                *Formula // nil = no formula yet
	Companions             []*Companion
	CarriedFrom            int // year of the targets, which give no verdict in another year; 0: the catalogue's own

	lines map[string]int // line of each key of the row
}

// Companion is a figure shown with a row: a part of a composite target, or a proxy for a value that cannot be computed.
type Companion struct {
	ID      string // "P5-1.licences"
	Label   schema.Text
	Formula *Formula
	Target  *Target // nil = no target in the document; a companion's target has no operator, so no verdict

	line int // of its target
}

// Target is the literal target. Op is "≥", "≤", "<", ">", or "" if the document gives no operator; Value is a decimal.
type Target struct {
	Raw, Op, Value, Unit string
	YoY                  bool // the document compares with the year before
}

// Intent is HQ's confirmed reading of the target.
type Intent struct{ Direction, Op, Value, By, At string }

// Name is the name by which observations refer to this version: "shunping-2020@1".
func (c *Catalogue) Name() string { return c.ID + "@" + strconv.Itoa(c.Version) }

// Indicator returns an indicator by its row id.
func (c *Catalogue) Indicator(id string) (*Indicator, bool) {
	i, ok := c.byID[id]
	return i, ok
}

// Companion returns a companion by its id.
func (c *Catalogue) Companion(id string) (*Companion, bool) {
	co, ok := c.companions[id]
	return co, ok
}

// Indicators returns every indicator: the rows of the projects in order, then the department's.
func (c *Catalogue) Indicators() []*Indicator { return c.indicators }

// Measure returns a measure by name, without a dimension.
func (c *Catalogue) Measure(name string) (*Measure, bool) {
	m, ok := c.measures[name]
	return m, ok
}

// MeasureOf returns the measure of a name that may have a dimension: "tasks_due:451-0401-YZN-Y5U1".
func (c *Catalogue) MeasureOf(name string) (*Measure, bool) { return c.Measure(measureName(name)) }

// KindsOf returns the kinds whose records feed a measure, each once; the measure's name may have a dimension.
func (c *Catalogue) KindsOf(name string) (kinds []string) {
	if m, ok := c.MeasureOf(name); ok {
		for _, p := range m.Parts {
			if !slices.Contains(kinds, p.Kind) {
				kinds = append(kinds, p.Kind)
			}
		}
	}
	return kinds
}
