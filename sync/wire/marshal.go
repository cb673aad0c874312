package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Marshal writes the line for signing: compact JSON, members in the order of Line, absent members left out. Fields must
// be a JSON object or empty. Invalid UTF-8 is replaced. ParseLine reads the result back.
func (l *Line) Marshal() []byte {
	b := make([]byte, 0, 256+len(l.Fields)+48*len(l.Seen))
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, int64(l.V), 10)
	b = appendString(append(b, `,"kind":`...), l.Kind)
	b = appendString(append(b, `,"act":`...), string(l.Act))
	b = appendMember(b, `,"catalogue":`, l.Catalogue)
	b = appendMember(b, `,"officer":`, l.Officer)
	b = l.appendClock(append(b, `,"clock":`...))
	b = appendMember(b, `,"record":`, l.Record)
	b = appendMember(b, `,"item":`, l.Item)
	b = appendList(b, `,"seen":`, l.Seen)
	b = appendList(b, `,"auto":`, l.Auto)
	b = appendMember(b, `,"reason":`, l.Reason)
	b = appendMember(b, `,"group":`, l.Group)
	b = appendMember(b, `,"target":`, l.Target)
	b = appendList(b, `,"share":`, l.Share)
	if len(l.Fields) > 0 {
		b = appendCompact(append(b, `,"fields":`...), l.Fields)
	}
	return append(b, '}')
}

func (l *Line) appendClock(b []byte) []byte {
	c := &l.Clock
	b = append(b, `{"hlc":"`...)
	b = strconv.AppendUint(b, uint64(c.HLC), 10)
	b = appendString(append(b, `","boot":`...), c.Boot)
	b = strconv.AppendInt(append(b, `,"mono":`...), c.Mono, 10)
	b = strconv.AppendInt(append(b, `,"wall":`...), c.Wall, 10)
	if c.Known != 0 {
		b = strconv.AppendInt(append(b, `,"known":`...), c.Known, 10)
	}
	if c.Base != 0 {
		b = strconv.AppendInt(append(b, `,"base":`...), c.Base, 10)
	}
	return append(b, '}')
}

func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(append(b, name...), value)
}

func appendList(b []byte, name string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, name...)
	for i, v := range values {
		b = appendString(append(b, "[,"[min(i, 1)]), v)
	}
	return append(b, ']')
}

// appendString quotes s and escapes only where JSON demands an escape.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// appendCompact appends JSON without spaces, and null for invalid JSON: the reader finds the fault, and a line never
// holds a newline.
func appendCompact(b, raw []byte) []byte {
	if !bytes.ContainsAny(raw, " \t\r\n") {
		return append(b, raw...)
	}
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return append(b, "null"...)
	}
	return append(b, out.Bytes()...)
}
