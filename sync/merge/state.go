// Package merge reconciles the observations of one record into its state, and the records of one event
// into the one that counts.
//
// A state is the set of the record's observations; joining is set union. Order, duplication and
// grouping can therefore not matter, and everything a reader sees is a pure function of that set (Fold).
package merge

import (
	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// MaxObservations caps the observations of one record; what exceeds it is quarantined as record_full.
const MaxObservations = 512

// Obs is what an observation contributes to its record, in compact and canonical form.
type Obs struct {
	ID      wire.ObsID
	HLC     clock.HLC
	Act     wire.Act
	Kind    string        // of the line: the record's kind, or the item's
	Item    wire.ObsID    // the item amended or voided; zero for the record itself or a new item
	Seen    []wire.ObsID  // sorted
	Fields  schema.Values // times already corrected where the device had filled them in
	Grade   clock.Grade   // of occurred_at, when given
	Group   string        // link, separate
	Reason  string        // void
	Officer string
}

// Stamp orders observations that did not know of each other: the latest wins.
type Stamp struct {
	HLC clock.HLC
	ID  wire.ObsID
}

// State is the set of a record's observations, sorted by id, each once.
type State struct {
	Obs []Obs
}

// Conflict is a value that lost to a concurrent one; it stays visible.
type Conflict struct {
	Register []string      // field names of the register
	Values   schema.Values // what the losing observation said
	By       wire.ObsID
}

// Item is one item of a record (a casualty of an accident), folded like a record of its own.
type Item struct {
	ID        wire.ObsID
	Kind      string
	Fields    schema.Values
	Void      bool
	Faults    schema.Faults // empty: complete
	Conflicts []Conflict
	Obs       []wire.ObsID
}

// Complete reports whether the item may count: it was created, and breaks no rule.
func (i *Item) Complete() bool { return i.Kind != "" && len(i.Faults) == 0 }

// View is what a record says, folded from its state.
type View struct {
	Record     string
	Kind       string // "" while only items or amendments without a create are known
	Unit       string
	Day        clock.Day // Shanghai day of occurred_at; 0 = unknown
	Fields     schema.Values
	Conflicts  []Conflict
	Void       bool
	VoidReason string
	Faults     schema.Faults // empty: complete
	Grade      clock.Grade
	Group      string       // name of the group it is in
	Least      Stamp        // of its first observation: decides which member of a group counts
	Last       bool         // of a group of its kind the member said last counts (schema.Kind.WinnerLast)
	Items      []Item       // sorted by id
	Ignored    []wire.ObsID // observations that do not fit this record, as amendments of another kind: shown, without effect
}

// Complete reports whether the record may count: it was created, and breaks no rule.
func (v *View) Complete() bool { return v.Kind != "" && len(v.Faults) == 0 }

// Member is what a group needs of a member: a function of the member's own observations only.
type Member struct {
	Record   string
	Least    Stamp
	Eligible bool   // complete and not void
	Items    []Item // those not void
	Last     bool   `cbor:",omitempty"` // of its group the member said last counts; absent in what was stored before
}
