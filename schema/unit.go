package schema

import "unicode/utf8"

// HQUnit is the unit of HQ's own acts and imports.
const HQUnit = "hq"

// maxUnit bounds the name of a unit, in characters.
const maxUnit = 64

// unitField judges a unit's name outside of an observation, as the fields of type unit judge one inside: a device of a
// name that its own lines may not carry would send nothing that counts.
var unitField = Field{Name: "unit", Type: TypeText, MaxLen: maxUnit, token: true, Label: Text{ZH: "单位", EN: "Unit"}}

// UnitName returns the clean form of a typed name of a unit. A unit's name has 1 to 64 characters, none of them white
// space, "|" or a control character.
func UnitName(typed string) (string, *Fault) {
	if !utf8.ValidString(typed) {
		return "", new(unitField.notTextFault())
	}
	v, wrong := unitField.readValue([]byte(typed), false)
	if wrong == nil && v.IsZero() {
		wrong = new(unitField.requiredFault())
	}
	return v.S, wrong
}
