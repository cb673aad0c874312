package merge

import (
	"strconv"

	"roadbook/sync/wire"
)

// isRecord reports whether id.String() == record, without building the string.
func isRecord(id wire.ObsID, record string) bool {
	rest, ok := cutPart(record, id.Device)
	if !ok {
		return false
	}
	if rest, ok = cutPart(rest, id.Epoch); !ok {
		return false
	}
	var buf [20]byte
	if rest, ok = cutPart(rest, string(strconv.AppendUint(buf[:0], id.Seq, 10))); !ok {
		return false
	}
	var hash [16]byte
	wire.IDEncoding.Encode(hash[:], id.Hash[:])
	return rest == string(hash[:])
}

// cutPart removes "part." from the front of text.
func cutPart(text, part string) (rest string, ok bool) {
	n := len(part)
	if len(text) <= n || text[:n] != part || text[n] != '.' {
		return "", false
	}
	return text[n+1:], true
}
