package query

import "roadbook/schema"

// DrillQuestion asks what a figure is made of, as it was typed. Row and Measure may stand together, one of
// them must. A Row is a row's id or that of a companion; Measure alone is looked at over the year to At.
type DrillQuestion struct {
	Year, At, Unit string
	Row, Measure   string
	After          string // Next of the page before
	Limit          int    // records on a page; 0 = 100
}

// Drill is a figure taken apart: the terms of its formula, and a page of the records that add to them.
// The amounts of a term's records, all pages, add up to the term's.
type Drill struct {
	At      string        `json:"at"`
	Unit    string        `json:"unit,omitempty"`
	Row     *Row          `json:"row,omitempty"` // absent where only a measure was asked about
	Terms   []Term        `json:"terms"`
	Records []DrillRecord `json:"records"`
	Next    string        `json:"next,omitempty"`
}

// The roles of a term.
const (
	RoleNumerator   = "numerator"
	RoleDenominator = "denominator"
	RoleBase        = "base" // of the year before
	RoleBeside      = "beside"
)

// Term is one sum that a formula reads.
type Term struct {
	Measure string      `json:"measure"`
	Label   schema.Text `json:"label"`
	Unit    string      `json:"unit"`
	From    string      `json:"from,omitempty"` // a day; absent: from the beginning
	To      string      `json:"to"`
	Amount  int64       `json:"amount,string"`
	Role    string      `json:"role"`
}

// DrillRecord is what one record adds to one measure on one day.
type DrillRecord struct {
	Record   string `json:"record"`
	Kind     string `json:"kind"`
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
	Day      string `json:"day"`
	Measure  string `json:"measure"`
	Amount   int64  `json:"amount,string"`
	Summary  string `json:"summary"` // what it says of itself in a few words, sensitive values masked
}
