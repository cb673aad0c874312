// Package merge reconciles the observations of a record into its state, and picks among the records of an event the
// record that counts.
//
// A state is the set of the record's observations; joining is set union. Order, duplication and grouping can therefore
// not matter, and every view is a pure function of the set (Fold).
package merge

import (
	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Obs is an observation's contribution to its record, in compact and canonical form.
type Obs struct {
	ID      wire.ObsID
	Moment  int64 // of saving, corrected by the server's knowledge about the boot; Unix ms
	HLC     clock.HLC
	Act     wire.Act
	Kind    string        // the line's kind: the record's, or the item's
	Item    wire.ObsID    // the item amended or voided; zero for the record itself or a new item
	Seen    []wire.ObsID  // sorted
	Fields  schema.Values // times filled in by the device are already corrected
	Grade   clock.Grade   // of occurred_at, if given
	Group   string        // of link and separate; of a review its target
	Reason  string        // of a void; of a review its words
	Officer string
	Sender  Sender
	Share   []string // units that may speak about the record from now on; sorted
}

// Stamp orders concurrent observations: the latest wins. The corrected moment comes first: a device's own clock, in 1970
// or in 2109, must not decide.
type Stamp struct {
	Moment int64 `cbor:",omitempty"` // Unix ms
	HLC    clock.HLC
	ID     wire.ObsID
}

// State is the set of a record's observations, sorted by id, each once.
type State struct {
	Obs   []Obs
	Older bool // decoded from a form of before, and not joined since: a Refold begins the state anew
}

// Conflict is a value that lost to a concurrent value; it stays visible.
type Conflict struct {
	Register []string      // field names of the register
	Values   schema.Values // values of the losing observation
	By       wire.ObsID
}

// Item is an item of a record (a casualty of an accident), folded like a record.
type Item struct {
	ID        wire.ObsID
	Kind      string
	Fields    schema.Values
	Void      bool
	Faults    schema.Faults // empty: complete
	Conflicts []Conflict
	Obs       []wire.ObsID
}

// Complete reports whether the item may count: its create has arrived and no rule is broken.
func (i *Item) Complete() bool { return i.Kind != "" && len(i.Faults) == 0 }

// View is the merged content of a record, folded from its state.
type View struct {
	Record     string
	Kind       string // "" while the create is missing
	Unit       string
	Day        clock.Day // Shanghai day of occurred_at; 0 = unknown
	Void       bool
	Last       bool // in a group of this kind the last member counts (schema.Kind.WinnerLast)
	FromHQ     bool // HQ created or imported the record
	Fields     schema.Values
	Conflicts  []Conflict
	VoidReason string
	Faults     schema.Faults // empty: complete
	Grade      clock.Grade
	Group      string        // name of the record's group
	Least      Stamp         // stamp of the first observation: decides which member of a group counts
	Shared     schema.Values // values of the fields that the kind's records share in a group (schema.Kind.Shared)
	Items      []Item        // sorted by id
	Ignored    []wire.ObsID  // observations that do not fit this record, such as amendments of another kind: shown, without effect
	others     *others       // nil: only HQ and devices of Unit have spoken, and HQ reviewed nothing
}

// others is whatever a record has to do with units beside its create's, and HQ's reviews.
type others struct {
	reviews  []Review
	units    []string
	foreign  []wire.ObsID
	admitted []Admitted
}

// Units are the units whose devices may speak about the record, sorted; nil: Unit alone.
func (v *View) Units() []string {
	if v.others == nil {
		return nil
	}
	return v.others.units
}

// Foreign are the observations of other units' devices: shown, without effect until HQ or a unit of the record admits them.
func (v *View) Foreign() []wire.ObsID {
	if v.others == nil {
		return nil
	}
	return v.others.foreign
}

// Admitted are the observations that have effect only by an act of HQ or by a share.
func (v *View) Admitted() []Admitted {
	if v.others == nil {
		return nil
	}
	return v.others.admitted
}

// Admitted is an observation of another unit's device, and the observation that gave its unit the record.
type Admitted struct{ ID, By wire.ObsID }

// Complete reports whether the record may count: its create has arrived and no rule is broken.
func (v *View) Complete() bool { return v.Kind != "" && len(v.Faults) == 0 }

// Member is the part of a record that its group needs: a function of the record's own observations only.
type Member struct {
	Record   string
	Least    Stamp
	Eligible bool          // complete and not void
	Items    []Item        // without void items
	Last     bool          `cbor:",omitempty"` // among the members of its kind the last counts
	Kind     string        `cbor:",omitempty"` // "" while the create is missing
	Shared   schema.Values `cbor:",omitempty"` // of an eligible member: see View.Shared
	Void     bool          `cbor:",omitempty"`
}
