package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrBadChain: a frame's lines do not lead from Prev to Head.
var ErrBadChain = errors.New("wire: the lines do not lead to the head")

const tombstonePrefix = "#sha256:"

// MarshalText writes the hash as 64 lower-case hex digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads 64 lower-case hex digits and nothing else: every hash has a single spelling.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) || bytes.ContainsAny(text, "ABCDEF") {
		return errors.New("wire: a hash is 64 lower-case hex digits")
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("wire: a hash is 64 lower-case hex digits: %w", err)
	}
	return nil
}

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h is no hash at all.
func (h Hash) IsZero() bool { return h == Hash{} }

// Genesis is h(0) of a stream, the hash before its first line.
func Genesis(s StreamID) Hash {
	return sha256.Sum256([]byte("roadbook stream 1\n" + s.String()))
}

// LineHash is SHA-256 of the line's bytes, or the hash inside a tombstone: a line and its tombstone have the same hash.
func LineHash(line []byte) Hash {
	if h, ok := IsTombstone(line); ok {
		return h
	}
	return sha256.Sum256(line)
}

// ChainHash is h(n) of the line after prev = h(n-1).
func ChainHash(prev Hash, line []byte) Hash {
	var both [2 * sha256.Size]byte
	sum := LineHash(line)
	copy(both[:], prev[:])
	copy(both[sha256.Size:], sum[:])
	return sha256.Sum256(both[:])
}

// Tombstone is the line "#sha256:<64 hex>", sent in place of a line that is too large to send.
func Tombstone(line []byte) []byte {
	h := LineHash(line)
	return hex.AppendEncode([]byte(tombstonePrefix), h[:])
}

// IsTombstone reports whether line is a tombstone, and returns the hash inside. A tombstone is never JSON.
func IsTombstone(line []byte) (Hash, bool) {
	var h Hash
	if len(line) == 0 || line[0] != '#' {
		return h, false
	}
	rest, ok := bytes.CutPrefix(line, []byte(tombstonePrefix))
	if !ok || h.UnmarshalText(rest) != nil {
		return Hash{}, false
	}
	return h, true
}

// Hashes returns h of every line, in the order of Lines. The cost is two SHA-256 a line: callers keep the result.
func (f *Frame) Hashes() []Hash {
	hs := make([]Hash, len(f.Lines))
	h := f.Prev
	for i, line := range f.Lines {
		h = ChainHash(h, line)
		hs[i] = h
	}
	return hs
}

// IDs returns the id of every line; hs is the result of Hashes or Verify.
func (f *Frame) IDs(hs []Hash) []ObsID {
	ids := make([]ObsID, len(hs))
	for i, h := range hs {
		ids[i] = NewObsID(f.Stream, f.First+uint64(i), h)
	}
	return ids
}

// Verify returns the result of Hashes, and ErrBadChain if the last hash is not Head.
func (f *Frame) Verify() ([]Hash, error) {
	if len(f.Lines) == 0 {
		return nil, ErrBadChain
	}
	hs := f.Hashes()
	if hs[len(hs)-1] != f.Head {
		return nil, ErrBadChain
	}
	if f.First == 1 && f.Prev != Genesis(f.Stream) {
		return nil, ErrBadChain
	}
	return hs, nil
}

// CheckChain returns ErrBadChain unless the lines lead from Prev to Head, and a first line starts at the
// stream's genesis.
func (f *Frame) CheckChain() error {
	_, err := f.Verify()
	return err
}

// Trim drops the first n lines and moves First and Prev; Head and Sig stay true.
// n is less than the number of lines: a frame is never empty.
func (f *Frame) Trim(n int) {
	if n <= 0 {
		return
	}
	for _, line := range f.Lines[:n] {
		f.Prev = ChainHash(f.Prev, line)
	}
	f.Lines = f.Lines[n:]
	f.First += uint64(n)
}

// TrimHashed is Trim for a caller with the hashes at hand. It returns the hashes of the remaining lines.
func (f *Frame) TrimHashed(n int, hs []Hash) []Hash {
	if n <= 0 {
		return hs
	}
	f.Prev = hs[n-1]
	f.Lines = f.Lines[n:]
	f.First += uint64(n)
	return hs[n:]
}

// NewFrame makes the unsigned frame of the lines after prev = h(first-1).
func NewFrame(s StreamID, first uint64, prev Hash, lines [][]byte) *Frame {
	f := &Frame{Stream: s, First: first, Prev: prev, Lines: lines, Head: prev}
	for _, line := range lines {
		f.Head = ChainHash(f.Head, line)
	}
	return f
}
