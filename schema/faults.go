package schema

// Codes of the faults found by this package. They are stable: append only. A kind's rules add codes of their own
// (plate_mismatch, fatal_dead, fatal_procedure, empty_period, not_positive, missed_over_due, two_months).
const (
	FaultJSON       = "bad_json"            // the fields are not a single JSON object
	FaultUnknown    = "unknown_field"       // the kind has no such field
	FaultDuplicate  = "duplicate_field"     // a field occurs twice
	FaultType       = "wrong_type"          // a JSON value of another type
	FaultText       = "bad_text"            // not UTF-8, or with control characters
	FaultTooLong    = "too_long"            // more characters or elements than allowed
	FaultPattern    = "bad_pattern"         // not of the field's form
	FaultCode       = "bad_code"            // not in the code table
	FaultRange      = "out_of_range"        // below the least or above the greatest value
	FaultTime       = "bad_time"            // not RFC 3339 with an offset
	FaultNumber     = "bad_number"          // not a decimal number
	FaultPlate      = "bad_plate"           // not a plate number
	FaultRecord     = "bad_record"          // not the id of a record
	FaultRequired   = "required"            // has no value
	FaultRegister   = "register_incomplete" // an amendment without all fields of a coupled register
	FaultTogether   = "together"            // only some of the fields that belong together have values
	FaultImportOnly = "import_only"         // a kind, field or code reserved for imports
	FaultMisplaced  = "misplaced"           // the item's record among the fields; it belongs in the line's "record"
	FaultOrder      = "times_order"         // a later time before an earlier one
	FaultDay        = "bad_day"             // not a date
	FaultScale      = "too_precise"         // more decimals than allowed
)

// fault makes the fault of a sentence about the field.
func (f *Field) fault(key string, values ...filling) Fault {
	return say(key, f.Name, append(values, filling{"label", f.Label})...)
}

func unknownFieldFault(name string) Fault {
	name = truncate(name)
	return say(FaultUnknown, name, with("name", name))
}

func (f *Field) typeFault() Fault { return f.fault(FaultType, filling{"type", jsonNames[f.Type]}) }

func (f *Field) lengthFault(most int) Fault {
	key := tooLongText
	if f.Type == TypeList {
		key = tooLongList
	}
	return f.fault(key, withNumber("n", int64(most)))
}

func (f *Field) rangeFault() Fault {
	switch {
	case f.Min != nil && f.Max != nil:
		return f.fault(rangeBetween, withNumber("min", *f.Min), withNumber("max", *f.Max))
	case f.Min != nil:
		return f.fault(rangeLeast, withNumber("min", *f.Min))
	case f.Max != nil:
		return f.fault(rangeMost, withNumber("max", *f.Max))
	default:
		return f.fault(rangeBits)
	}
}

func (f *Field) codeFault(text string) Fault { return f.fault(FaultCode, with("code", truncate(text))) }

// truncate keeps hostile input from filling a message.
func truncate(s string) string { return truncateTo(s, 60) }

// truncateTo keeps the first characters of a text.
func truncateTo(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
