package schema

import "strconv"

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

func fault(code, field, zh, en string) Fault {
	return Fault{Code: code, Field: field, Message: Text{ZH: zh, EN: en}}
}

func (f *Field) fault(code, zh, en string) Fault {
	return fault(code, f.Name, "“"+f.Label.ZH+"”"+zh, "“"+f.Label.EN+"” "+en)
}

func unknownFieldFault(name string) Fault {
	name = truncate(name)
	return fault(FaultUnknown, name, "没有字段“"+name+"”", "there is no field “"+name+"”")
}

func (f *Field) typeFault() Fault {
	want := jsonNames[f.Type]
	return f.fault(FaultType, "的类型不对，应为"+want.ZH, "has the wrong type, it must be "+want.EN)
}

var jsonNames = map[Type]Text{
	TypeText: {"文本", "a text"}, TypeCode: {"代码（文本）", "a code (text)"}, TypePlate: {"号牌（文本）", "a plate number (text)"},
	TypeRecord: {"记录编号（文本）", "a record id (text)"}, TypeTime: {"时间（文本）", "a time (text)"}, TypeDay: {"日期（文本）", "a date (text)"},
	TypeInt: {"整数", "a whole number"}, TypeBool: {"是或否", "true or false"},
	TypeDecimal: {"数字", "a number"}, TypeList: {"文本列表", "a list of texts"},
}

func (f *Field) lengthFault(most int) Fault {
	n := strconv.Itoa(most)
	if f.Type == TypeList {
		return f.fault(FaultTooLong, "最多 "+n+" 项", "takes at most "+n+" elements")
	}
	return f.fault(FaultTooLong, "最多 "+n+" 个字", "takes at most "+n+" characters")
}

func (f *Field) rangeFault() Fault {
	switch {
	case f.Min != nil && f.Max != nil:
		lo, hi := strconv.FormatInt(*f.Min, 10), strconv.FormatInt(*f.Max, 10)
		return f.fault(FaultRange, "应在 "+lo+" 到 "+hi+" 之间", "must lie between "+lo+" and "+hi)
	case f.Min != nil:
		lo := strconv.FormatInt(*f.Min, 10)
		return f.fault(FaultRange, "不能小于 "+lo, "must be at least "+lo)
	case f.Max != nil:
		hi := strconv.FormatInt(*f.Max, 10)
		return f.fault(FaultRange, "不能大于 "+hi, "must be at most "+hi)
	default:
		return f.fault(FaultRange, "超出范围", "is out of range")
	}
}

func (f *Field) codeFault(text string) Fault {
	text = truncate(text)
	return f.fault(FaultCode, "没有代码“"+text+"”", "has no code “"+text+"”")
}

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
