package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Result is the server's word on a run of lines, First to Last. A quarantined run has one line and carries the faults.
type Result struct {
	First  uint64        `json:"first"`
	Last   uint64        `json:"last"`
	Status Status        `json:"status"`
	Faults schema.Faults `json:"faults,omitempty"`
}

// Limits are the server's limits. Every answer carries them and the client obeys them.
type Limits struct {
	Observations int `json:"observations"` // soft: lines a frame
	Soft         int `json:"soft_bytes"`   // soft: bytes a frame, decompressed
	Hard         int `json:"hard_bytes"`   // 413 above, decompressed
	Line         int `json:"line_bytes"`   // a longer line travels as its hash
}

// DefaultLimits are the limits of the protocol's first version.
var DefaultLimits = Limits{Observations: 500, Soft: 1 << 20, Hard: 4 << 20, Line: 64 << 10}

// The bounds of every limit that a device obeys. Lower limits could only keep lines back, or turn them into tombstones.
const (
	minObservations, maxObservations = 1, 1 << 20
	minBytes, maxBytes               = 4 << 10, 64 << 20
)

// Clamp returns the limits as a device obeys them: never under the minimum, never over the device's capacity. Only
// signed limits turn a line into a tombstone: unsigned limits never lower Line under DefaultLimits.Line.
func (l Limits) Clamp(signed bool) Limits {
	l.Observations = min(max(l.Observations, minObservations), maxObservations)
	for _, n := range []*int{&l.Soft, &l.Hard, &l.Line} {
		*n = min(max(*n, minBytes), maxBytes)
	}
	if !signed {
		l.Line = max(l.Line, DefaultLimits.Line)
	}
	return l
}

// Answer is the server's answer to a Request.
type Answer struct {
	V           int          `json:"v"`
	Results     []Result     `json:"results,omitempty"`
	Ranges      []Range      `json:"ranges,omitempty"` // the ranges of this stream that the server has counted
	ServerEpoch string       `json:"server_epoch"`     // changes when a server is restored
	ServerTime  int64        `json:"server_time"`      // Unix ms
	Boots       []SignedBoot `json:"boots,omitempty"`
	Limits      Limits       `json:"limits"`
	Pull        *Pulled      `json:"pull,omitempty"`

	// Streams are all streams of the device, including the request's own, if the request asked for them. nil: the
	// server says nothing about other streams.
	Streams []StreamRanges `json:"streams,omitempty"`

	Doubts []Doubt `json:"doubts,omitempty"` // about the records that the request's lines created, at this moment

	Kinds *Kinds `json:"kinds,omitempty"` // if the request asked
	Moved *Moved `json:"moved,omitempty"` // if the request's certificate does not tell the device's last move

	// Arrival names the stored frame with the last line of the request's frame, by content and moment of receipt. Opaque.
	Arrival string `json:"arrival,omitempty"`
	// PutBack: the database lacks the frame named by the request's Arrival, so the database was put back from a copy.
	PutBack bool `json:"put_back,omitempty"`

	Signed bool `json:"-"` // the device's server signed this answer, for this very request
}

// Moved tells a device that HQ gave it to another unit.
type Moved struct {
	Unit        string   `json:"unit"`              // of what the device saves from now on
	Earlier     []string `json:"earlier,omitempty"` // units before, in any order: what it saved there counts as it did
	At          int64    `json:"at"`                // Unix ms; the latest move counts
	Certificate string   `json:"certificate"`       // in place of the one before
}

// Pulled is the news for the device.
type Pulled struct {
	Cursor       string       `json:"cursor"`
	More         bool         `json:"more,omitempty"`
	Reset        bool         `json:"reset,omitempty"`        // the cursor belonged to another epoch or filter: the pull began at the start
	Catalogues   []string     `json:"catalogues,omitempty"`   // versions known to the server, the version in force first
	Observations []PulledLine `json:"observations,omitempty"` // of the unit's changed records
	Gone         []Elsewhere  `json:"gone,omitempty"`         // records that left the unit: HQ gave them to another
	Linked       []Elsewhere  `json:"linked,omitempty"`       // other units' records of one event with a record of the unit
	Fates        []Fate       `json:"fates,omitempty"`        // later words on the device's own observations
	Totals       *Totals      `json:"totals,omitempty"`

	Reference json.RawMessage `json:"reference,omitempty"` // schema.Reference, whole, if its digest is not the request's
	Doubts    []RecordDoubts  `json:"doubts,omitempty"`    // records of the device whose doubts changed

	DoubtsAnew bool `json:"doubts_anew,omitempty"` // forget all doubts told by pulls before: Doubts begins with the first
}

// Elsewhere is another unit's record: that there is one, and nothing of its content.
type Elsewhere struct {
	Record string `json:"record"`
	Unit   string `json:"unit"`
	Group  string `json:"group,omitempty"` // of a linked record
}

// PulledLine is an observation as its device signed it, with the boot that the server fixed: enough to fold the record
// as the server does.
type PulledLine struct {
	ID   string     `json:"id"`
	Line string     `json:"line"`
	Boot clock.Boot `json:"boot,omitzero"`
	HQ   bool       `json:"hq,omitempty"` // HQ or one of its imports sent the line, not a device
}

// Totals are the unit's sums of the year to a day, by measure.
type Totals struct {
	Unit     string           `json:"unit"`
	To       string           `json:"to"` // 2020-12-31
	Measures map[string]int64 `json:"measures"`
}

// Fate is the server's word on an observation after its delivery.
type Fate struct {
	ID     string        `json:"id"`
	Status string        `json:"status"` // quarantined, released
	Faults schema.Faults `json:"faults,omitempty"`
	Group  string        `json:"group,omitempty"`
}

// Error is the only form of a refusal. An unknown code is retryable.
type Error struct {
	Code      string      `json:"code"`
	Retryable bool        `json:"retryable"`
	Message   schema.Text `json:"message"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message.EN }

// EncodeAnswer writes an answer's body, unsigned.
func EncodeAnswer(a *Answer, enc Encoding) ([]byte, error) {
	b, err := marshalAnswer(a)
	return compressBody(b, enc, err)
}

func marshalAnswer(a *Answer) ([]byte, error) { return json.Marshal(a) }

// ErrBadAnswer: the body is not an answer of this protocol. The device repeats the request.
var ErrBadAnswer = errors.New("wire: not an answer")

// DecodeAnswer reads an answer's body of at most limit bytes, inflated, and checks no signature. Every error is
// ErrBadAnswer.
func DecodeAnswer(body []byte, contentEncoding string, limit int) (*Answer, error) {
	text, err := inflateAnswer(body, contentEncoding, limit)
	if err != nil {
		return nil, err
	}
	return parseAnswer(text)
}

func inflateAnswer(body []byte, contentEncoding string, limit int) ([]byte, error) {
	enc, ok := ParseEncoding(contentEncoding)
	if !ok {
		return nil, fmt.Errorf("%w: encoding %q", ErrBadAnswer, clip(contentEncoding))
	}
	text, err := inflate(body, enc, limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return text, nil
}

func parseAnswer(text []byte) (*Answer, error) {
	var a Answer
	if err := decodeJSON(text, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	if a.V != Version {
		return nil, fmt.Errorf("%w: version %d", ErrBadAnswer, a.V)
	}
	return &a, nil
}
