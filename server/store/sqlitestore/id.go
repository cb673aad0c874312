package sqlitestore

import (
	"hash/fnv"
	"strconv"
	"strings"

	"roadbook/sync/wire"
)

// chunkBits: a chunk holds the records of 1<<chunkBits sequences of a stream.
const chunkBits = 4

// ref is the position of a record: a chunk and a place in the chunk, computed from a stream's number and sequence for
// an id of the protocol, and from a hash for any other text. Several records may share a ref (forks); tail tells them
// apart.
type ref struct {
	chunk int64
	low   uint8
	tail  string // the 10 bytes of the id's hash, or the whole text of an odd id
	odd   bool
}

// number packs chunk and low into one: for the protocol's ids, stream number << 32 | sequence.
func (r ref) number() int64 { return r.chunk<<chunkBits | int64(r.low) }

func chunkOf(number int64) (chunk int64, low uint8) {
	return number >> chunkBits, uint8(number & (1<<chunkBits - 1))
}

const streamLen = wire.DeviceLen + 1 + wire.EpochLen

// cutID parses an id of the protocol: the stream's text, the sequence, the hash's bytes.
func cutID(id string) (stream string, seq uint64, hash [10]byte, ok bool) {
	if len(id) < streamLen+3 || id[wire.DeviceLen] != '.' || id[streamLen] != '.' {
		return "", 0, hash, false
	}
	rest := id[streamLen+1:]
	dot := strings.IndexByte(rest, '.')
	if dot < 1 || dot > 10 || rest[0] == '0' || len(rest)-dot-1 != 16 {
		return "", 0, hash, false
	}
	for i := range dot {
		if rest[i] < '0' || rest[i] > '9' {
			return "", 0, hash, false
		}
		seq = seq*10 + uint64(rest[i]-'0')
	}
	if seq >= 1<<32 || !decodeHash(&hash, rest[dot+1:]) {
		return "", 0, hash, false
	}
	return id[:streamLen], seq, hash, true
}

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var digits = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(idAlphabet) {
		t[idAlphabet[i]] = uint8(i)
	}
	return t
}()

// decodeHash reads 16 letters of 5 bits each.
func decodeHash(h *[10]byte, text string) bool {
	for half := range 2 {
		var bits uint64
		for i := range 8 {
			d := digits[text[8*half+i]]
			if d == 0xff {
				return false
			}
			bits = bits<<5 | uint64(d)
		}
		for i := range 5 {
			h[5*half+i] = byte(bits >> (32 - 8*i))
		}
	}
	return true
}

// joinID reverses cutID.
func joinID(stream string, seq uint64, hash string) string {
	b := make([]byte, 0, 48)
	b = append(append(b, stream...), '.')
	b = append(strconv.AppendUint(b, seq, 10), '.')
	return string(wire.IDEncoding.AppendEncode(b, []byte(hash)))
}

// oddRef is the ref of a text that is not an id of the protocol.
func oddRef(id string) ref {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return ref{chunk: -1 - int64(h.Sum64()>>8), tail: id, odd: true}
}

// refOf is the ref of an id whose stream has number n; odd where n is 0.
func refOf(n int64, seq uint64, hash [10]byte) ref {
	return ref{
		chunk: n<<(32-chunkBits) | int64(seq>>chunkBits),
		low:   uint8(seq & (1<<chunkBits - 1)), tail: string(hash[:]),
	}
}

// streamOf is the number of the stream of a chunk.
func streamOf(chunk int64) int64 { return chunk >> (32 - chunkBits) }

// seqOf is the sequence at a place of a chunk.
func seqOf(chunk int64, low uint8) uint64 {
	return uint64(chunk&(1<<(32-chunkBits)-1))<<chunkBits | uint64(low)
}

func parseStream(text string) wire.StreamID {
	device, epoch, _ := strings.Cut(text, ".")
	return wire.StreamID{Device: device, Epoch: epoch}
}
