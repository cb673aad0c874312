package catalogue

import (
	"fmt"
	"strings"

	"roadbook/schema"
)

// Codes of the faults of a catalogue file. They are stable: append only.
const (
	FaultYAML      = "bad_yaml"       // not YAML, or a key unknown to the format
	FaultMissing   = "missing"        // a required value is missing
	FaultDuplicate = "duplicate"      // a name occurs twice
	FaultNumber    = "bad_number"     // not a decimal number of the right form
	FaultSum       = "sum_mismatch"   // parts do not add up
	FaultPlan      = "bad_plan"       // a plan that does not rise to 100 over the checkpoints
	FaultReference = "unknown_name"   // an unknown unit, kind or measure
	FaultOperator  = "bad_operator"   // not one of ≥ ≤ > <
	FaultFormula   = "bad_formula"    // parts of a formula that do not fit together
	FaultCondition = "bad_expression" // a CEL expression that does not compile
	FaultMeasure   = "bad_measure"    // parts of a measure that do not fit together, or two measures of one name
	FaultSubGoal   = "bad_sub_goal"   // an item that is neither measured nor a narrative, or both
	FaultNote      = "bad_note"       // a note whose quoted words are not in the text
	FaultCarried   = "bad_carried"    // an item carried over from no other year
)

// Fault is a fault of a catalogue file. Line and Column count from 1.
type Fault struct {
	File         string
	Line, Column int
	Code         string
	Reason       schema.Text
}

func (f Fault) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s / %s", f.File, f.Line, f.Column, f.Code, f.Reason.ZH, f.Reason.EN)
}

// Faults are all faults of a file, in the order of discovery.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}
