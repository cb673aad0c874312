package wire

// Doubt is a doubt about a record (schema/data/doubts.yaml), with its code alone: each side has the words of its own
// version.
type Doubt struct {
	Seq   uint64 `json:"seq,omitempty"` // in answers: of the line that created the record; 0 in pulls
	Code  string `json:"code"`
	Field string `json:"field,omitempty"`
	Item  string `json:"item,omitempty"`  // id of the record's item in doubt
	Value string `json:"value,omitempty"` // at the field
	Other string `json:"other,omitempty"` // the other record, if of a unit of the device; "": another unit's
	Day   string `json:"day,omitempty"`   // of the other record, yyyy-mm-dd
	Words string `json:"words,omitempty"` // of HQ, which has looked at the doubt
	Seen  bool   `json:"seen,omitempty"`  // HQ has looked at the doubt
}

// RecordDoubts are all doubts of a record of the device, in place of those told before; none: all are settled.
type RecordDoubts struct {
	Record string  `json:"record"`
	Doubts []Doubt `json:"doubts,omitempty"`
}

// AllReference in Pull.Reference asks for the reference data of a device that has none.
const AllReference = "none"
