package wire

import (
	"encoding/json"

	"roadbook/sync/clock"
)

// Act is the word at the head of a line: the effect of the observation on its record.
type Act string

// The acts. The last four belong to HQ and stand only in HQ streams, whose key the server holds.
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

// Line is an observation as a device froze it. The hash covers the original bytes and stores keep those bytes; this
// struct is only the meaning.
type Line struct {
	V         int             `json:"v"`
	Kind      string          `json:"kind"`
	Act       Act             `json:"act"`
	Catalogue string          `json:"catalogue,omitempty"` // "shunping-2020@1"
	Officer   string          `json:"officer,omitempty"`
	Clock     clock.Evidence  `json:"clock"`
	Record    string          `json:"record,omitempty"` // the record spoken about; absent if this line begins a record
	Item      string          `json:"item,omitempty"`   // the amended or voided item of the record
	Seen      []string        `json:"seen,omitempty"`   // observations of the record known when this was said
	Auto      []string        `json:"auto,omitempty"`   // fields filled in by the device's clock
	Reason    string          `json:"reason,omitempty"`
	Group     string          `json:"group,omitempty"`
	Target    string          `json:"target,omitempty"`
	Share     []string        `json:"share,omitempty"` // units that may speak about the record from now on
	Fields    json.RawMessage `json:"fields,omitempty"`
}

// LineVersion is the version of the line format written here.
const LineVersion = 1

// The greatest lengths of a line's own members, in characters or elements. A server quarantines a line with a longer member, so a
// device refuses to save such a line.
const (
	MaxOfficer = 64
	MaxGroup   = 256
	MaxReason  = 1000 // like a remark
	MaxShare   = 16   // units
)
