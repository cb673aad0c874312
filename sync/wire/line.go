package wire

import (
	"encoding/json"

	"roadbook/sync/clock"
)

// Act says what an observation does to its record.
type Act string

// The acts. The last four are HQ's and stand only in streams whose key the server holds.
const (
	Create   Act = "create"
	Amend    Act = "amend"
	Void     Act = "void"
	Restore  Act = "restore"  // takes a void back
	Link     Act = "link"     // puts the record into the group named
	Separate Act = "separate" // gives the record a group of its own
	Review   Act = "review"
	Release  Act = "release" // lets a quarantined observation count
)

// Line is one observation as a device froze it. The bytes it was read from are what is hashed and
// kept; this struct is only their meaning.
type Line struct {
	V         int             `json:"v"`
	Kind      string          `json:"kind"`
	Act       Act             `json:"act"`
	Catalogue string          `json:"catalogue,omitempty"` // "shunping-2020@1"
	Officer   string          `json:"officer,omitempty"`
	Clock     clock.Evidence  `json:"clock"`
	Record    string          `json:"record,omitempty"` // record spoken about; absent where a record begins
	Item      string          `json:"item,omitempty"`   // item of that record amended or voided
	Seen      []string        `json:"seen,omitempty"`   // observations of the record known when this was said
	Auto      []string        `json:"auto,omitempty"`   // fields that the device filled in by its clock
	Reason    string          `json:"reason,omitempty"`
	Group     string          `json:"group,omitempty"`
	Target    string          `json:"target,omitempty"`
	Fields    json.RawMessage `json:"fields,omitempty"`
}

// LineVersion is the version of the line format written here.
const LineVersion = 1

// The greatest lengths of a line's own members, in characters: a server quarantines a line with a longer one, so a
// device does not save it.
const (
	MaxOfficer = 64
	MaxGroup   = 256
	MaxReason  = 1000 // like a remark
)
