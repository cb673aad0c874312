package schema

import "strconv"

// Encode writes values as the canonical JSON "fields" object of a line: sorted, compact, times in RFC 3339 at +08:00
// (milliseconds only if not 0), days as "2020-06-30", decimals as strings, null for cleared. Decode of the result gives
// the same values.
func (k *Kind) Encode(v Values) []byte {
	out := append(make([]byte, 0, 64*len(v)+2), '{')
	for i, n := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, n.Name), ':')
		out = AppendJSON(out, n.Value)
	}
	return append(out, '}')
}

// AppendJSON appends a value as JSON, in the form of a line.
func AppendJSON(b []byte, v Value) []byte {
	switch v.Type {
	case 0:
		return append(b, "null"...)
	case TypeInt:
		return strconv.AppendInt(b, v.I, 10)
	case TypeBool:
		return strconv.AppendBool(b, v.I != 0)
	case TypeTime:
		return append(appendTime(append(b, '"'), v.I), '"')
	case TypeDay:
		return append(appendDay(append(b, '"'), v.I), '"')
	case TypeList:
		return append(b, v.S...)
	default:
		return appendString(b, v.S)
	}
}
