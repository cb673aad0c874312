package wire

import "roadbook/sync/clock"

// Frame is a contiguous run of a stream's lines as sent. The frames are the log: lines verbatim. Sig covers only
// stream, last sequence and head, so the signature still verifies after Trim.
type Frame struct {
	Stream StreamID
	First  uint64 // sequence of Lines[0], from 1
	Prev   Hash   // h(First-1)
	Lines  [][]byte
	Head   Hash   // h(Last)
	Sig    []byte // Ed25519, 64 bytes
}

// Last is the sequence of the last line.
func (f *Frame) Last() uint64 { return f.First + uint64(len(f.Lines)) - 1 }

// Range is a run of a stream that a server has stored and counted, with the hashes at both ends.
type Range struct {
	First uint64 `json:"first" cbor:"1,keyasint"`
	Last  uint64 `json:"last" cbor:"2,keyasint"`
	Prev  Hash   `json:"prev" cbor:"3,keyasint"` // JSON: 64 hex digits
	Head  Hash   `json:"head" cbor:"4,keyasint"`
}

// StreamRanges are the ranges that a server has stored and counted of a stream.
type StreamRanges struct {
	Epoch  string  `json:"epoch"`
	Ranges []Range `json:"ranges,omitempty"`
}

// BootSample is a device's reading of its clocks in the running boot, at the time of sending.
type BootSample = clock.BootSample

// SignedBoot is a clock.Boot under the server's signature. The device keeps and offers the signed boot, so that a
// restored server computes the same times.
type SignedBoot struct {
	clock.Boot
	Sig []byte `json:"sig"` // Ed25519 by the server over stream and boot
}

// Request is the question of a round trip: at most one frame, and an optional pull.
type Request struct {
	Stream StreamID
	Now    *BootSample  // the running boot
	Offers []SignedBoot // boots of the sent lines, fixed by a server earlier
	Pull   *Pull        // nil: push only
	Frame  *Frame       // nil: pull only

	Boots   int    // the newest version of signed boots that the device reads; 0: version 1
	Streams bool   // the answer shall tell the ranges of all of the device's streams
	Nonce   []byte // NonceLen random bytes: the answer is signed over them; nil: unsigned

	Kinds       string // Digest of the server's Kinds at hand, or NoKinds; "": not asked
	Certificate string // of a device that was ever moved: tells the server which units it was given
	Arrival     string // from the last answer to a frame of this stream; "": none

	header Hash // of the header line as received; zero if the request was not read from the wire
}

// Pull asks for news.
type Pull struct {
	Cursor     string   `json:"cursor,omitempty"`     // from the last answer
	Catalogues []string `json:"catalogues,omitempty"` // versions at hand
	Limit      int      `json:"limit,omitempty"`
	Reference  string   `json:"reference,omitempty"` // digest of the reference data at hand, or AllReference; "": the device reads none
}

// Status is the fate of a line. created, exists and fork mean durable and taken into the reckoning; quarantined means
// durable and shown; retry means nothing was promised.
type Status string

// The statuses of a line (append-only).
const (
	Created     Status = "created"
	Exists      Status = "exists"
	Quarantined Status = "quarantined"
	Forked      Status = "fork"
	Retry       Status = "retry"
)

// Acknowledges reports whether the status lets the device take the line for delivered.
func (s Status) Acknowledges() bool {
	return s == Created || s == Exists || s == Quarantined || s == Forked
}
