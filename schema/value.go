package schema

import (
	"slices"
	"strings"
)

// Type determines how a field's value is read, compared and shown.
type Type uint8

// The field types. The numbers are append-only: stored record states contain them.
const (
	TypeText    Type = 1  // S: the text, clean
	TypeInt     Type = 2  // I
	TypeBool    Type = 3  // I: 0 or 1
	TypeTime    Type = 4  // I: Unix milliseconds, UTC
	TypeDecimal Type = 5  // S: canonical decimal, no exponent, no trailing zeros
	TypeCode    Type = 6  // S: the code of the field's table
	TypePlate   Type = 7  // S: plate number, upper case
	TypeRecord  Type = 8  // S: id of a record
	TypeList    Type = 9  // S: canonical JSON array of strings
	TypeDay     Type = 10 // I: a date of Asia/Shanghai as yyyymmdd
)

// Value is a field's value in canonical form; equal values are ==. The zero Value means "cleared": an amendment that
// removes a value.
type Value struct {
	Type Type   `cbor:"1,keyasint,omitempty"`
	I    int64  `cbor:"2,keyasint,omitempty"`
	S    string `cbor:"3,keyasint,omitempty"`
}

// IsZero reports whether v is the cleared value.
func (v Value) IsZero() bool { return v.Type == 0 }

// Named is a value under its field's name.
type Named struct {
	Name  string `cbor:"1,keyasint"`
	Value Value  `cbor:"2,keyasint"`
}

// Values are the fields of an observation or record, sorted by name, each name once.
type Values []Named

// Get returns the value of a field; ok is false when the field is absent or cleared.
func (vs Values) Get(name string) (v Value, ok bool) {
	for i := range vs {
		if vs[i].Name == name {
			return vs[i].Value, !vs[i].Value.IsZero()
		}
	}
	return Value{}, false
}

// Has reports whether the field is mentioned, with a value or cleared.
func (vs Values) Has(name string) bool {
	return slices.ContainsFunc(vs, func(n Named) bool { return n.Name == name })
}

// With returns a copy in which name has value v, sorted.
func (vs Values) With(name string, v Value) Values {
	out := make(Values, 0, len(vs)+1)
	for _, n := range vs {
		if n.Name != name {
			out = append(out, n)
		}
	}
	out = append(out, Named{name, v})
	out.Sort()
	return out
}

// Sort puts the values in the order of their names, the required order of Values.
func (vs Values) Sort() {
	slices.SortFunc(vs, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
}
